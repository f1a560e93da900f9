"""Contracts as other services read them: over HTTP, or from the contract engine's volume.

The volume is the fallback for when the engine does not answer. What both sides must agree on is here: the
table, and the shape a contract has in an answer.
"""

import json
import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, HTTPException

from common.errors import Unavailable
from common.upstream import NotFound, Upstream

log = logging.getLogger(__name__)

DATABASE_FILE = "contracts.db"

SCHEMA = """
CREATE TABLE IF NOT EXISTS contracts (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (name, version)
)
"""

# With the gateway's prefix stripped, a contract's name stands where the engine's own paths do.
RESERVED_NAMES = frozenset({"api", "health", "openapi.json"})

SELECT_LATEST = "SELECT * FROM contracts WHERE name = ? ORDER BY version DESC LIMIT 1"


def from_row(row: sqlite3.Row | Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "type": row["type"],
        "version": row["version"],
        "created_at": row["created_at"],
        "document": json.loads(row["document"]),
    }


class Contracts:
    def __init__(self, engine: Upstream, volume: str) -> None:
        self._engine = engine
        self._file = Path(volume) / DATABASE_FILE

    def over_http(self, name: str) -> dict[str, Any]:
        if name in RESERVED_NAMES:
            raise NotFound(f"no contract is named {name!r}")
        return self._engine.get(f"/api/contracts/{quote(name, safe='')}")

    def from_volume(self, name: str) -> dict[str, Any]:
        try:
            row = self._select(name)
        except sqlite3.Error as error:
            raise Unavailable(str(self._file), error) from error
        if row is None:
            raise NotFound(f"{self._file} has no contract {name!r}")
        return from_row(row)

    def _select(self, name: str) -> sqlite3.Row | None:
        # SQLite reads a WAL database on a read-only mount through the files its writer keeps open. After a
        # clean stop of the writer they are gone; then the file is complete and nobody writes it: immutable.
        written = self._file.with_name(f"{self._file.name}-wal").exists()
        uri = f"{self._file.as_uri()}?mode=ro{'' if written else '&immutable=1'}"
        connection = sqlite3.connect(uri, uri=True)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(SELECT_LATEST, (name,)).fetchone()
        finally:
            connection.close()


def router(contracts: Contracts) -> APIRouter:
    routes = APIRouter()

    @routes.get("/contracts/{name}")
    def read_contract(name: str, source: Literal["volume"] | None = None) -> dict[str, Any]:
        try:
            if source != "volume":
                try:
                    return {**contracts.over_http(name), "source": "http"}
                except Unavailable as error:
                    log.warning("%s; reading the volume", error)
            return {**contracts.from_volume(name), "source": "volume"}
        except NotFound as error:
            raise HTTPException(404, str(error)) from error

    return routes
