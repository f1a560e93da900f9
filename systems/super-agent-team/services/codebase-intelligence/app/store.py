from collections.abc import Iterable, Mapping
from typing import Any

from app.symbols import Parsed
from common.sqlite import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, language TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS symbols (
    file TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS symbols_file ON symbols (file);
CREATE TABLE IF NOT EXISTS imports (file TEXT NOT NULL, module TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS imports_file ON imports (file);
"""


class SymbolStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, gone: Iterable[str], parsed: Mapping[str, tuple[str, Parsed]]) -> None:
        """`parsed`: path → its language and what is in it. One transaction, with the files that are gone."""
        with self._database.transaction() as connection:
            for path in {*gone, *parsed}:
                connection.execute("DELETE FROM files WHERE path = ?", (path,))
                connection.execute("DELETE FROM symbols WHERE file = ?", (path,))
                connection.execute("DELETE FROM imports WHERE file = ?", (path,))
            for path, (language, found) in parsed.items():
                connection.execute("INSERT INTO files VALUES (?, ?)", (path, language))
                connection.executemany(
                    "INSERT INTO symbols VALUES (?, ?, ?, ?)",
                    [(path, symbol.kind, symbol.name, symbol.line) for symbol in found.symbols],
                )
                connection.executemany(
                    "INSERT INTO imports VALUES (?, ?)", [(path, module) for module in found.imports]
                )

    def files_below(self, folder: str) -> list[str]:
        rows = self._database.query("SELECT path FROM files")
        return [row["path"] for row in rows if folder == "." or row["path"].startswith(f"{folder}/")]

    def imports(self) -> dict[str, list[str]]:
        """Every file with the modules it names, also where it names none."""
        rows = self._database.query(
            "SELECT path, module FROM files LEFT JOIN imports ON file = path ORDER BY path, module"
        )
        imports: dict[str, list[str]] = {}
        for row in rows:
            named = imports.setdefault(row["path"], [])
            if row["module"] is not None:
                named.append(row["module"])
        return imports

    def find(self, text: str, kind: str | None, limit: int) -> list[dict[str, Any]]:
        """Symbols and imports whose name has `text` in it; those that are it come first."""
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._database.query(
            "SELECT * FROM (SELECT file, kind, name, line FROM symbols"
            " UNION ALL SELECT file, 'import', module, NULL FROM imports)"
            " WHERE name LIKE ? ESCAPE '\\' AND (? IS NULL OR kind = ?)"
            " ORDER BY name <> ?, kind = 'import', name, file, line LIMIT ?",
            (f"%{escaped}%", kind, kind, text, limit),
        )
        return [dict(row) for row in rows]
