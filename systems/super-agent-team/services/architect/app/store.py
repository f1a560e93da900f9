import json
from datetime import UTC, datetime
from typing import Any

from common.sqlite import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS decompositions (
    id TEXT PRIMARY KEY,
    prd_text TEXT NOT NULL,
    service_map TEXT NOT NULL,
    created_at TEXT NOT NULL
)
"""


class DecompositionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, decomposition_id: str, prd_text: str, service_map: dict[str, Any]) -> dict[str, Any]:
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO decompositions (id, prd_text, service_map, created_at) VALUES (?, ?, ?, ?)",
                (decomposition_id, prd_text, json.dumps(service_map), created_at),
            )
        return {"id": decomposition_id, "created_at": created_at, "service_map": service_map}

    def find(self, decomposition_id: str) -> dict[str, Any] | None:
        rows = self._database.query("SELECT * FROM decompositions WHERE id = ?", (decomposition_id,))
        if not rows:
            return None
        row = rows[0]
        return {
            "id": row["id"],
            "created_at": row["created_at"],
            "prd_text": row["prd_text"],
            "service_map": json.loads(row["service_map"]),
        }

    def summaries(self) -> list[dict[str, Any]]:
        """The newest first."""
        rows = self._database.query(
            "SELECT id, created_at, service_map FROM decompositions ORDER BY created_at DESC, id"
        )
        return [
            {
                "id": row["id"],
                "created_at": row["created_at"],
                "services": [service["name"] for service in json.loads(row["service_map"])["services"]],
            }
            for row in rows
        ]
