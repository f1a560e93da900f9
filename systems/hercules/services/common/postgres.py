"""PostgreSQL, a connection a transaction: a restarted database needs nothing from here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extras import RealDictCursor


class Postgres:
    def __init__(self, url: str) -> None:
        self._url = url

    @contextmanager
    def transaction(self) -> Iterator[RealDictCursor]:
        """A cursor whose rows are dictionaries; committed at the end, rolled back when something raises."""
        connection = psycopg2.connect(self._url, connect_timeout=10, cursor_factory=RealDictCursor)
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def execute(self, statement: str) -> None:
        with self.transaction() as cursor:
            cursor.execute(statement)

    async def check(self) -> None:
        await asyncio.to_thread(self.execute, "SELECT 1")
