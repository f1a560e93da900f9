"""The three stores, kept together: symbols in SQLite, vectors in their folder, the graph in its file."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app import graph
from app.sources import language
from app.store import SymbolStore
from app.symbols import Parsed, parse
from app.vectors import Entry, VectorStore, embed
from common.files import write_atomically


class Index:
    def __init__(self, symbols: SymbolStore, vectors: VectorStore, graph_file: Path) -> None:
        self._symbols = symbols
        self._vectors = vectors
        self._graph_file = graph_file
        # One at a time: the graph is made from all files, and must not be older than the symbols.
        self._writing = threading.Lock()

    def replace(self, folder: str, files: Mapping[str, str]) -> dict[str, Any]:
        """A whole folder: files that were indexed below it and are not there any more go."""
        with self._writing:
            gone = set(self._symbols.files_below(folder)) - files.keys()
            return self._write(files, gone)

    def add(self, files: Mapping[str, str]) -> dict[str, Any]:
        with self._writing:
            return self._write(files, set())

    def symbols(self, text: str, kind: str | None, limit: int) -> list[dict[str, Any]]:
        return self._symbols.find(text, kind, limit)

    def similar(self, text: str, limit: int) -> list[dict[str, Any]]:
        return self._vectors.nearest(text, limit)

    def graph(self) -> dict[str, Any]:
        if not self._graph_file.exists():
            return graph.build({})
        return json.loads(self._graph_file.read_text(encoding="utf-8"))

    def _write(self, files: Mapping[str, str], gone: set[str]) -> dict[str, Any]:
        parsed = {path: parse(path, source) for path, source in files.items()}
        self._symbols.replace(gone, {path: (language(path), found) for path, found in parsed.items()})
        for path in gone:
            self._vectors.remove(path)
        for path, found in parsed.items():
            self._vectors.put(path, _entries(path, files[path], found))
        built = graph.build(self._symbols.imports())
        write_atomically(self._graph_file, json.dumps(built, indent=1))
        return {
            "files": sorted(parsed),
            "removed": sorted(gone),
            "symbols": sum(len(found.symbols) for found in parsed.values()),
            "imports": sum(len(found.imports) for found in parsed.values()),
            "errors": {path: found.error for path, found in parsed.items() if found.error},
        }


def _entries(path: str, source: str, found: Parsed) -> list[Entry]:
    """A vector per symbol; a file without symbols can still be found by its words."""
    whole = Entry(path, path, "file", 1, embed(source))
    return [Entry(path, one.name, one.kind, one.line, embed(one.text)) for one in found.symbols] or [whole]
