from pathlib import Path
from typing import Any

from fastapi import APIRouter, Query
from pydantic import Field, root_validator

from app import sources
from app.index import Index
from common.errors import Invalid
from common.models import Body


class Sources(Body):
    # below the artifacts folder; all that was indexed below it before is replaced
    path: str | None = Field(default=None, min_length=1)
    # path → source; each file is added, or replaces the one of that path
    files: dict[str, str] | None = None

    @root_validator
    def is_one_of_both(cls, values: dict[str, Any]) -> dict[str, Any]:
        if (values.get("path") is None) == (values.get("files") is None):
            raise ValueError("either path or files")
        return values


def router(index: Index, artifacts: Path) -> APIRouter:
    routes = APIRouter()

    @routes.post("/index")
    def index_sources(given: Sources) -> dict[str, Any]:
        try:
            if given.path is not None:
                folder = sources.folder_below(artifacts, given.path)
                tree = sources.read_tree(folder, artifacts)
                return index.replace(folder.relative_to(artifacts.resolve()).as_posix(), tree)
            return index.add(sources.given(given.files or {}))
        except sources.BadPath as error:
            raise Invalid(
                "the sources cannot be indexed", [{"path": error.where, "message": str(error)}]
            ) from error

    @routes.get("/symbols")
    def find_symbols(
        q: str = "", kind: str | None = None, limit: int = Query(default=100, ge=1, le=1000)
    ) -> dict[str, Any]:
        return {"symbols": index.symbols(q, kind, limit)}

    @routes.get("/search")
    def search(
        q: str = Query(min_length=1, max_length=1000), limit: int = Query(default=10, ge=1, le=100)
    ) -> dict[str, Any]:
        return {"results": index.similar(q, limit)}

    @routes.get("/graph")
    def graph() -> dict[str, Any]:
        return index.graph()

    return routes
