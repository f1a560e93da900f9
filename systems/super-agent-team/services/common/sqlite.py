"""A service's own SQLite database."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Database:
    """One connection for the life of the process, in WAL mode.

    One, because these services write little; open all the time, because SQLite removes the WAL when the last
    connection closes, and readers on a read-only mount need it (see contracts.py).
    """

    def __init__(self, path: str, schema: str) -> None:
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.executescript(schema)
        except sqlite3.Error as error:
            raise SystemExit(f"{path}: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def query(self, statement: str, parameters: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, parameters).fetchall()

    def ping(self) -> None:
        self.query("SELECT count(*) FROM sqlite_master")

    def close(self) -> None:
        with self._lock:
            self._connection.close()
