"""What every application stands on: PostgreSQL (by libpq's PG… variables) and Redis (REDIS_URL)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg2
import redis
from psycopg2.extras import RealDictCursor

from common import settings

# Any number, the same in every application.
SCHEMA_LOCK = 20260103

cache = redis.Redis.from_url(settings.required("REDIS_URL"), decode_responses=True, socket_connect_timeout=10)


@contextmanager
def database() -> Iterator[RealDictCursor]:
    """A cursor whose rows are dictionaries; committed at the end, rolled back when something raises."""
    connection = psycopg2.connect("", connect_timeout=10, cursor_factory=RealDictCursor)
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


class _Asked:
    """PostgreSQL by a connection that is kept: to connect takes most of a health check's processor time.

    Every wait ends before the health check of the container does, which has 5 s.
    """

    def __init__(self) -> None:
        self._connection = None
        self._turn = threading.Lock()

    def ask(self) -> None:
        # A server that hangs would keep one thread after the other.
        if not self._turn.acquire(timeout=2):
            raise TimeoutError("PostgreSQL has not answered the last health check yet")
        try:
            if not self._answers():
                self._answers()
        finally:
            self._turn.release()

    def _answers(self) -> bool:
        """False where the kept connection is broken, as after a restart of the server.

        Raises what a new connection raises.
        """
        is_new = self._connection is None
        try:
            if is_new:
                self._connection = psycopg2.connect(
                    "", connect_timeout=2, tcp_user_timeout=2000, options="-c statement_timeout=2000"
                )
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            if is_new:
                raise
            return False
        return True


ask_database = _Asked().ask


def create_tables() -> None:
    with database() as cursor:
        # Two at once would both find that a table is not there.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        cursor.execute(files("common").joinpath("schema.sql").read_text())
