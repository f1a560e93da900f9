from collections.abc import Iterable
from typing import Any

from psycopg2.extras import Json

from common.notification_queue import Notification
from common.postgres import Postgres

COLUMNS = "id, key, kind, recipient, payload, delivered_at"


class Notifications:
    def __init__(self, database: Postgres) -> None:
        self._database = database

    def add(self, notifications: Iterable[Notification]) -> int:
        """How many of them are new; one that was delivered before stays as it is."""
        new = 0
        with self._database.transaction() as cursor:
            for one in notifications:
                cursor.execute(
                    "INSERT INTO notifications (key, kind, recipient, payload) VALUES (%s, %s, %s, %s)"
                    " ON CONFLICT (key) DO NOTHING",
                    (one.key, one.kind, one.recipient, Json(one.payload)),
                )
                new += cursor.rowcount
        return new

    def latest(self, kind: str | None, recipient: str | None, limit: int) -> list[dict[str, Any]]:
        with self._database.transaction() as cursor:
            cursor.execute(
                f"SELECT {COLUMNS} FROM notifications"
                " WHERE (%(kind)s IS NULL OR kind = %(kind)s)"
                " AND (%(recipient)s IS NULL OR recipient = %(recipient)s)"
                " ORDER BY id DESC LIMIT %(limit)s",
                {"kind": kind, "recipient": recipient, "limit": limit},
            )
            return cursor.fetchall()
