CREATE TABLE notifications (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- the sender's: what is sent twice is delivered once
    key text NOT NULL UNIQUE,
    kind text NOT NULL,
    recipient text,
    payload jsonb NOT NULL,
    delivered_at timestamptz NOT NULL DEFAULT now()
);
