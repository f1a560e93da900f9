CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Ann@example.com and ann@example.com are one person.
CREATE UNIQUE INDEX users_email ON users (lower(email));
