import json
from datetime import UTC, datetime
from typing import Any

from common.contracts import SELECT_LATEST, from_row
from common.sqlite import Database


class TypeChanged(Exception):
    pass


class ContractStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, kind: str, document: Any) -> tuple[dict[str, Any], bool]:
        """The newest version, and whether it is new: the document that the contract has already adds none."""
        # Sorted, so that a document with its keys in another order is the same document.
        text = json.dumps(document, sort_keys=True)
        with self._database.transaction() as connection:
            latest = connection.execute(SELECT_LATEST, (name,)).fetchone()
            if latest is not None and latest["type"] != kind:
                raise TypeChanged(f"{name} is of type {latest['type']}; a contract keeps its type")
            if latest is not None and latest["document"] == text:
                return from_row(latest), False
            row = {
                "name": name,
                "version": latest["version"] + 1 if latest else 1,
                "type": kind,
                "document": text,
                "created_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            }
            connection.execute(
                "INSERT INTO contracts (name, version, type, document, created_at)"
                " VALUES (:name, :version, :type, :document, :created_at)",
                row,
            )
        return from_row(row), True

    def summaries(self) -> list[dict[str, Any]]:
        """Every contract's newest version, without its document."""
        rows = self._database.query(
            "SELECT name, type, max(version) AS version, created_at FROM contracts"
            " GROUP BY name ORDER BY name"
        )
        return [dict(row) for row in rows]

    def latest(self, name: str) -> dict[str, Any] | None:
        rows = self._database.query(SELECT_LATEST, (name,))
        return from_row(rows[0]) if rows else None

    def versions(self, name: str) -> list[dict[str, Any]]:
        rows = self._database.query(
            "SELECT version, created_at FROM contracts WHERE name = ? ORDER BY version", (name,)
        )
        return [dict(row) for row in rows]

    def version(self, name: str, version: int) -> dict[str, Any] | None:
        rows = self._database.query("SELECT * FROM contracts WHERE name = ? AND version = ?", (name, version))
        return from_row(rows[0]) if rows else None
