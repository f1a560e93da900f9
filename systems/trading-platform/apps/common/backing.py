"""What every application stands on: PostgreSQL (by libpq's PG… variables) and Redis (REDIS_URL)."""

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


def create_tables() -> None:
    with database() as cursor:
        # Two at once would both find that a table is not there.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
        cursor.execute(files("common").joinpath("schema.sql").read_text())
