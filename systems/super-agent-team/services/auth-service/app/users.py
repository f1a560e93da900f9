from typing import Any

from psycopg2.errors import UniqueViolation

from common.postgres import Postgres


class EmailTaken(Exception):
    pass


class Users:
    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, email: str, password_hash: str) -> dict[str, Any]:
        try:
            with self._database.transaction() as cursor:
                cursor.execute(
                    "INSERT INTO users (email, password_hash) VALUES (%s, %s)"
                    " RETURNING id, email, created_at",
                    (email, password_hash),
                )
                return cursor.fetchone()
        except UniqueViolation as error:
            raise EmailTaken(f"{email} is already registered") from error

    def find_by_email(self, email: str) -> dict[str, Any] | None:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT id, password_hash FROM users WHERE lower(email) = lower(%s)", (email,))
            return cursor.fetchone()

    def find(self, user_id: str) -> dict[str, Any] | None:
        with self._database.transaction() as cursor:
            cursor.execute("SELECT id, email, created_at FROM users WHERE id = %s", (user_id,))
            return cursor.fetchone()
