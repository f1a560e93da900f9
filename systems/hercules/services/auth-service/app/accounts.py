"""Accounts in PostgreSQL. Passwords are kept as scrypt hashes: 16 bytes of salt, 32 of key."""

import hashlib
import hmac
import os

from psycopg2.errors import UniqueViolation

from common.postgres import Postgres

TABLE = """
CREATE TABLE IF NOT EXISTS accounts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE,
  password bytea NOT NULL
)
"""

SALT_BYTES = 16


class EmailTaken(Exception):
    pass


class Accounts:
    def __init__(self, database: Postgres) -> None:
        self._database = database

    def create_table(self) -> None:
        self._database.execute(TABLE)

    def add(self, email: str, password: str) -> dict[str, str]:
        salt = os.urandom(SALT_BYTES)
        try:
            with self._database.transaction() as cursor:
                cursor.execute(
                    "INSERT INTO accounts (email, password) VALUES (lower(%s), %s) RETURNING id::text, email",
                    (email, salt + _key(password, salt)),
                )
                return cursor.fetchone()
        except UniqueViolation as error:
            raise EmailTaken(f"{email} is already registered") from error

    def with_password(self, email: str, password: str) -> dict[str, str] | None:
        """The account, if there is one with this password."""
        with self._database.transaction() as cursor:
            cursor.execute("SELECT id::text, email, password FROM accounts WHERE email = lower(%s)", (email,))
            found = cursor.fetchone()
        # Hashed even when there is no account: how long an answer takes does not tell who has one.
        stored = bytes(found["password"]) if found else bytes(SALT_BYTES + 32)
        right = hmac.compare_digest(stored[SALT_BYTES:], _key(password, stored[:SALT_BYTES]))
        return {"id": found["id"], "email": found["email"]} if found and right else None


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=5, dklen=32)
