import logging
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, BackgroundTasks, HTTPException
from pydantic import Field

from app import artifacts
from app.analysis import services_of
from app.store import DecompositionStore
from common.errors import Invalid, Unavailable
from common.models import Body
from common.upstream import Upstream

log = logging.getLogger(__name__)

MAX_SERVICES = 100


class Prd(Body):
    prd_text: str = Field(max_length=200_000)


def router(store: DecompositionStore, folder: Path, engine: Upstream, codebase: Upstream) -> APIRouter:
    routes = APIRouter()

    @routes.post("/decompose", status_code=201)
    def decompose(prd: Prd, afterwards: BackgroundTasks) -> dict[str, Any]:
        if not prd.prd_text.strip():
            raise _invalid("prd_text is empty", "a text is needed")
        services = services_of(prd.prd_text)
        if not services:
            raise _invalid("prd_text names no service", "name them, as in 'an orders service'")
        if len(services) > MAX_SERVICES:
            raise _invalid(f"prd_text names {len(services)} services", f"at most {MAX_SERVICES} in one text")
        service_map = {"services": [{**service.as_json(), "contract": None} for service in services]}
        _add_known_contracts(service_map["services"], engine)
        decomposition_id = uuid4().hex[:12]
        artifacts.write(folder, decomposition_id, service_map)
        decomposition = store.add(decomposition_id, prd.prd_text, service_map)
        afterwards.add_task(_have_indexed, codebase, decomposition_id)
        return decomposition

    @routes.get("/decompositions")
    def list_decompositions() -> dict[str, Any]:
        return {"decompositions": store.summaries()}

    @routes.get("/decompositions/{decomposition_id}")
    def read_decomposition(decomposition_id: str) -> dict[str, Any]:
        decomposition = store.find(decomposition_id)
        if decomposition is None:
            raise HTTPException(404, f"no decomposition {decomposition_id!r}")
        return decomposition

    return routes


def _invalid(message: str, hint: str) -> Invalid:
    return Invalid(message, [{"path": "body.prd_text", "message": hint}])


def _add_known_contracts(services: list[dict[str, Any]], engine: Upstream) -> None:
    """A service that has a contract already is listed with it; without the engine, no service is."""
    try:
        known = {
            contract["name"]: contract["version"] for contract in engine.get("/api/contracts")["contracts"]
        }
    except Unavailable as error:
        log.warning("decomposing without knowing the contracts: %s", error)
        return
    for service in services:
        if service["name"] in known:
            service["contract"] = {"name": service["name"], "version": known[service["name"]]}


def _have_indexed(codebase: Upstream, decomposition_id: str) -> None:
    """The artifacts are on the shared volume either way, and can be indexed later."""
    try:
        codebase.post("/api/codebase/index", {"path": decomposition_id})
    except Exception as error:
        log.warning("the artifacts of %s are not indexed: %s", decomposition_id, error)
