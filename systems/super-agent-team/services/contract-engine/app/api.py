from typing import Any, Literal

from fastapi import APIRouter, HTTPException, Response
from pydantic import Field, validator

from app.store import ContractStore, TypeChanged
from app.validation import problems
from common.contracts import RESERVED_NAMES
from common.errors import Invalid
from common.models import Body

TITLES = {"openapi": "an OpenAPI 3 document", "jsonschema": "a JSON Schema"}


class NewContract(Body):
    name: str = Field(max_length=100, regex=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    type: Literal["openapi", "jsonschema"]
    document: dict[str, Any]

    @validator("name")
    def is_not_reserved(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError(f"{name!r} is a path of this service")
        return name


def router(store: ContractStore) -> APIRouter:
    routes = APIRouter()

    @routes.post("/", status_code=201)
    def create_contract(new: NewContract, response: Response) -> dict[str, Any]:
        found = problems(new.type, new.document)
        if found:
            raise Invalid(f"the document is not {TITLES[new.type]}", found)
        try:
            contract, is_new = store.add(new.name, new.type, new.document)
        except TypeChanged as error:
            raise HTTPException(409, str(error)) from error
        if not is_new:
            response.status_code = 200
        return contract

    @routes.get("/")
    def list_contracts() -> dict[str, Any]:
        return {"contracts": store.summaries()}

    @routes.get("/{name}")
    def read_contract(name: str) -> dict[str, Any]:
        return _found(store.latest(name), f"no contract {name!r}")

    @routes.get("/{name}/versions")
    def list_versions(name: str) -> dict[str, Any]:
        return {"name": name, "versions": _found(store.versions(name), f"no contract {name!r}")}

    @routes.get("/{name}/versions/{version}")
    def read_version(name: str, version: int) -> dict[str, Any]:
        return _found(store.version(name, version), f"contract {name!r} has no version {version}")

    return routes


def _found(value: Any, otherwise: str) -> Any:
    if not value:
        raise HTTPException(404, otherwise)
    return value
