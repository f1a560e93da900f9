"""Orders: placed over HTTP, kept in PostgreSQL, announced to the notification queue."""
