"""Notifications: taken from the Redis queue by a worker, delivered into PostgreSQL, listed over HTTP."""
