"""User profiles: kept in PostgreSQL, read through Redis."""

import json

from common.cache import Cache
from common.postgres import Postgres

TABLE = """
CREATE TABLE IF NOT EXISTS users (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL
)
"""

CACHE_SECONDS = 60


class Users:
    def __init__(self, database: Postgres, cache: Cache) -> None:
        self._database = database
        self._cache = cache

    def create_table(self) -> None:
        self._database.execute(TABLE)

    def find(self, user_id: str) -> dict[str, str] | None:
        cached = self._cache.get(_key(user_id))
        if cached is not None:
            return json.loads(cached)
        with self._database.transaction() as cursor:
            cursor.execute("SELECT id::text, email, name FROM users WHERE id::text = %s", (user_id,))
            user = cursor.fetchone()
        if user is not None:
            self._cache.set(_key(user_id), json.dumps(user), ex=CACHE_SECONDS)
        return user

    def save(self, user_id: str, email: str, name: str) -> dict[str, str]:
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO users (id, email, name) VALUES (%s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name"
                " RETURNING id::text, email, name",
                (user_id, email, name),
            )
            user = cursor.fetchone()
        self._cache.delete(_key(user_id))
        return user

    def remove(self, user_id: str) -> bool:
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM users WHERE id::text = %s", (user_id,))
            removed = cursor.rowcount > 0
        self._cache.delete(_key(user_id))
        return removed


def _key(user_id: str) -> str:
    return f"user:{user_id}"
