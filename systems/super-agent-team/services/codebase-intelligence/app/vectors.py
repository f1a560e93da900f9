"""The vector folder: a stand-in for ChromaDB, which Debian does not have.

It is no ChromaDB and does not read or write its files. A text becomes the counts of its words, hashed into a
vector of fixed length; two texts are similar when their vectors point the same way. Good enough to find code
by the words in it; it knows nothing of their meaning.
"""

import hashlib
import json
import math
import re
import threading
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.files import write_atomically

# Many, since only those that are not zero are stored: two words rarely share one.
DIMENSIONS = 2**16
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# index → weight; what is not there is zero
Vector = dict[int, float]


@dataclass(frozen=True)
class Entry:
    file: str
    symbol: str
    kind: str
    line: int
    vector: Vector


def embed(text: str) -> Vector:
    """placeOrder and place_order have the same words. The length is 1, so that long texts do not win."""
    counts = Counter(zlib.crc32(_stem(word.lower())) % DIMENSIONS for word in WORD.findall(text))
    weights = {index: 1 + math.log(count) for index, count in counts.items()}
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {index: round(weight / length, 6) for index, weight in weights.items()}


def _stem(word: str) -> bytes:
    return (word[:-1] if word.endswith("s") and len(word) > 3 else word).encode()


def similarity(one: Vector, other: Vector) -> float:
    return sum(weight * other.get(index, 0.0) for index, weight in one.items())


class VectorStore:
    """One JSON file per source file, read again when it changed: another process may write here too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: dict[str, tuple[int, list[Entry]]] = {}

    def put(self, file: str, entries: Iterable[Entry]) -> None:
        rows = [
            {"symbol": one.symbol, "kind": one.kind, "line": one.line, "vector": one.vector}
            for one in entries
        ]
        write_atomically(self._path(file), json.dumps({"file": file, "entries": rows}))

    def remove(self, file: str) -> None:
        self._path(file).unlink(missing_ok=True)

    def nearest(self, text: str, limit: int) -> list[dict[str, Any]]:
        asked = embed(text)
        scored = [(similarity(asked, entry.vector), entry) for entry in self._entries()]
        scored = [(score, entry) for score, entry in scored if score > 0]
        scored.sort(key=lambda pair: (-pair[0], pair[1].file, pair[1].line))
        return [
            {
                "file": entry.file,
                "symbol": entry.symbol,
                "kind": entry.kind,
                "line": entry.line,
                "score": round(score, 4),
            }
            for score, entry in scored[:limit]
        ]

    def _entries(self) -> list[Entry]:
        with self._lock:
            present = {}
            for path in self._folder.glob("*.json"):
                changed = path.stat().st_mtime_ns
                known = self._loaded.get(path.name)
                present[path.name] = known if known and known[0] == changed else (changed, _read(path))
            self._loaded = present
            return [entry for _changed, entries in present.values() for entry in entries]

    def _path(self, file: str) -> Path:
        return self._folder / f"{hashlib.sha256(file.encode()).hexdigest()[:32]}.json"


def _read(path: Path) -> list[Entry]:
    stored = json.loads(path.read_text(encoding="utf-8"))
    return [
        Entry(
            file=stored["file"],
            symbol=row["symbol"],
            kind=row["kind"],
            line=row["line"],
            # JSON has strings for keys
            vector={int(index): weight for index, weight in row["vector"].items()},
        )
        for row in stored["entries"]
    ]
