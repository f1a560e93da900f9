"""Sign-up and log-in: users in PostgreSQL, tokens in Redis."""
