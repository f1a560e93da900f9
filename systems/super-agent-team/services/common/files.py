"""Files that others read while they are written."""

import os
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Written beside, then renamed: a reader sees the old file or the new one, never half of one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
