"""PostgreSQL: a small pool that outlives restarts of the database."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extras import RealDictCursor

from common.errors import Unavailable

POOL_SIZE = 5
WAIT_SECONDS = 5


class Postgres:
    def __init__(self, url: str, service: str) -> None:
        self._url = url
        self._service = service
        self._slots = threading.BoundedSemaphore(POOL_SIZE)
        # Last in, first out: after a quiet time few connections are in use, and the rest stay idle.
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()

    @contextmanager
    def transaction(self) -> Iterator[RealDictCursor]:
        """A cursor whose rows are dictionaries; committed at the end, rolled back when something raises."""
        if not self._slots.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("postgres", f"all {POOL_SIZE} connections were busy for {WAIT_SECONDS} s")
        try:
            connection = self._take()
            try:
                with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
                    yield cursor
            finally:
                if not connection.closed:
                    self._idle.put(connection)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise Unavailable("postgres", error) from error
        finally:
            self._slots.release()

    def ping(self) -> None:
        with self.transaction() as cursor:
            cursor.execute("SELECT 1")

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get().close()

    def _take(self) -> Connection:
        while not self._idle.empty():
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                break
            if _is_alive(connection):
                return connection
            connection.close()
        return psycopg2.connect(
            self._url,
            application_name=self._service,
            connect_timeout=10,
            # A database that vanished without a word (its network taken away) is given up after these.
            tcp_user_timeout=10000,
            options="-c statement_timeout=10s",
        )


def _is_alive(connection: Connection) -> bool:
    """An idle connection does not notice that the database was restarted; asking costs one round trip."""
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except psycopg2.Error:
        return False
    return True
