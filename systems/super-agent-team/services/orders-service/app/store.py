from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common.postgres import Postgres

COLUMNS = "id, item, quantity, customer, status, placed_at"
BATCH = 100


class Orders:
    def __init__(self, database: Postgres) -> None:
        self._database = database

    def place(self, item: str, quantity: int, customer: str | None) -> dict[str, Any]:
        with self._database.transaction() as cursor:
            cursor.execute(
                f"INSERT INTO orders (item, quantity, customer) VALUES (%s, %s, %s) RETURNING {COLUMNS}",
                (item, quantity, customer),
            )
            return cursor.fetchone()

    def find(self, order_id: str) -> dict[str, Any] | None:
        with self._database.transaction() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM orders WHERE id = %s", (order_id,))
            return cursor.fetchone()

    def latest(self, limit: int) -> list[dict[str, Any]]:
        with self._database.transaction() as cursor:
            cursor.execute(f"SELECT {COLUMNS} FROM orders ORDER BY placed_at DESC, id LIMIT %s", (limit,))
            return cursor.fetchall()

    @contextmanager
    def unannounced(self) -> Iterator[list[dict[str, Any]]]:
        """Orders nobody was told of yet; they count as announced when the block ends without an error."""
        with self._database.transaction() as cursor:
            # SKIP LOCKED: two replicas do not announce the same order.
            cursor.execute(
                f"SELECT {COLUMNS} FROM orders WHERE announced_at IS NULL"
                " ORDER BY placed_at LIMIT %s FOR UPDATE SKIP LOCKED",
                (BATCH,),
            )
            orders = cursor.fetchall()
            yield orders
            cursor.execute(
                "UPDATE orders SET announced_at = now() WHERE id = ANY(%s::uuid[])",
                ([order["id"] for order in orders],),
            )
