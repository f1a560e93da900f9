-- Every application runs this when it starts.
CREATE TABLE IF NOT EXISTS orders (
  id text PRIMARY KEY,
  symbol text NOT NULL,
  side text NOT NULL CHECK (side IN ('buy', 'sell')),
  quantity integer NOT NULL CHECK (quantity > 0),
  broker text NOT NULL,
  status text NOT NULL,
  price numeric,
  placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS backtests (
  id text PRIMARY KEY,
  symbol text NOT NULL,
  fast integer NOT NULL,
  slow integer NOT NULL,
  trades integer NOT NULL,
  total_return double precision NOT NULL,
  file text NOT NULL,
  finished_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS alert_rules (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  symbol text NOT NULL,
  above numeric NOT NULL
);

CREATE TABLE IF NOT EXISTS alerts (
  rule bigint PRIMARY KEY REFERENCES alert_rules ON DELETE CASCADE,
  price numeric NOT NULL,
  raised_at timestamptz NOT NULL DEFAULT now()
);
