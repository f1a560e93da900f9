"""Which files are indexed: source text of a known language, from the artifacts folder or from a request."""

import logging
import os
from pathlib import Path, PurePosixPath

log = logging.getLogger(__name__)

LANGUAGES = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".tsx": "typescript",
    ".go": "go",
    ".java": "java",
    ".rs": "rust",
}
IGNORED_FOLDERS = {"node_modules", "__pycache__", "vendor", "dist", "build"}
MAX_BYTES = 1_000_000


class BadPath(Exception):
    def __init__(self, where: str, message: str) -> None:
        super().__init__(message)
        self.where = where


def is_source(path: str) -> bool:
    return PurePosixPath(path).suffix in LANGUAGES


def language(path: str) -> str:
    return LANGUAGES[PurePosixPath(path).suffix]


def folder_below(root: Path, path: str) -> Path:
    folder = (root / path).resolve()
    if not folder.is_relative_to(root.resolve()):
        raise BadPath("body.path", f"{path} is not below the artifacts folder")
    if not folder.is_dir():
        raise BadPath("body.path", f"there is no folder {path} below the artifacts folder")
    return folder


def read_tree(folder: Path, root: Path) -> dict[str, str]:
    """The folder's source files by their path below `root`."""
    found = {}
    # Links are not followed: they could lead out of the artifacts.
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(one for one in folders if one not in IGNORED_FOLDERS and not one.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            if not is_source(name) or file.is_symlink():
                continue
            try:
                if file.stat().st_size <= MAX_BYTES:
                    found[file.relative_to(root.resolve()).as_posix()] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                log.warning("%s is left out: %s", file, error)
    return found


def given(files: dict[str, str]) -> dict[str, str]:
    """The files of a request, their paths in one spelling; other languages' files are left out."""
    found = {}
    for path, text in files.items():
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts:
            raise BadPath("body.files", f"{path!r} is not a path inside a source tree")
        if is_source(path):
            found[pure.as_posix()] = text
    return found
