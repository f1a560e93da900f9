CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    item text NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    customer text,
    status text NOT NULL DEFAULT 'placed',
    placed_at timestamptz NOT NULL DEFAULT now(),
    -- when the notification queue was told of it
    announced_at timestamptz
);

CREATE INDEX orders_placed_at ON orders (placed_at);
CREATE INDEX orders_unannounced ON orders (placed_at) WHERE announced_at IS NULL;
