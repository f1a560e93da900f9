"""Is a document what its contract says it is? Every mistake at once, each with its JSON Pointer."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

from app.openapi import METHODS, OPENAPI_3

Problem = dict[str, str]

# A message quotes the value it is about, which can be a whole document.
MAX_MESSAGE = 500

# The keys below which a schema or an OpenAPI document carries data of its own, which no rule holds for.
DATA_KEYS = {"const", "default", "enum", "example", "examples"}


def problems(kind: str, document: dict[str, Any]) -> list[Problem]:
    check = _openapi if kind == "openapi" else _jsonschema
    found = list(check(document))
    return found or list(_dangling_references(document))


def _openapi(document: dict[str, Any]) -> Iterator[Problem]:
    yield from _violations(_openapi_validator(), document)
    # 3.0 always has paths; 3.1 may describe webhooks or components alone.
    enough = (
        {"paths", "webhooks", "components"} if str(document.get("openapi")).startswith("3.1") else {"paths"}
    )
    if not enough & document.keys():
        yield {"path": "/", "message": f"there is nothing in it: {' or '.join(sorted(enough))} is missing"}
    yield from _path_parameters(document)
    yield from _repeated_operation_ids(document)


def _jsonschema(document: dict[str, Any]) -> Iterator[Problem]:
    validators = import_module("jsonschema.validators")
    declared = document.get("$schema")
    dialect = validators.validator_for(document, default=None)
    if dialect is None:
        if declared is not None:
            yield {"path": "/$schema", "message": f"{declared!r} is not a dialect known here"}
            return
        dialect = validators.Draft202012Validator
    yield from _violations(dialect(dialect.META_SCHEMA), document)


@cache
def _openapi_validator() -> Any:
    # Imported when the first document comes: the import takes longer than the rest of this service's start.
    return import_module("jsonschema").Draft202012Validator(OPENAPI_3)


def _violations(validator: Any, document: dict[str, Any]) -> Iterator[Problem]:
    for error in sorted(
        validator.iter_errors(document), key=lambda error: [str(part) for part in error.path]
    ):
        yield {"path": _pointer(error.absolute_path), "message": error.message[:MAX_MESSAGE]}


def _path_parameters(document: dict[str, Any]) -> Iterator[Problem]:
    """Each {name} in a path is declared as a path parameter, and the other way round."""
    for path, method, item, operation in _operations(document):
        declared = set()
        for parameter in [*_list(item, "parameters"), *_list(operation, "parameters")]:
            parameter = _resolve(document, parameter)
            if isinstance(parameter, dict) and parameter.get("in") == "path":
                declared.add(parameter.get("name"))
        named = set(re.findall(r"\{([^{}]+)\}", path))
        where = _pointer(["paths", path, method])
        for name in sorted(named - declared):
            yield {"path": where, "message": f"the path parameter {name!r} is not declared"}
        for name in sorted(str(name) for name in declared - named):
            yield {"path": where, "message": f"the path parameter {name!r} is not in the path"}


def _repeated_operation_ids(document: dict[str, Any]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, method, _item, operation in _operations(document):
        identifier = operation.get("operationId")
        if not isinstance(identifier, str):
            continue
        where = _pointer(["paths", path, method])
        if identifier in seen:
            message = f"operationId {identifier!r} is also that of {seen[identifier]}"
            yield {"path": where, "message": message}
        seen.setdefault(identifier, where)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    paths = document.get("paths")
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for method in METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                yield path, method, item, item[method]


def _dangling_references(document: dict[str, Any]) -> Iterator[Problem]:
    for path, reference in _references(document, []):
        # Others (an $anchor, another file) are the reader's to resolve.
        if (reference == "#" or reference.startswith("#/")) and _lookup(document, reference) is None:
            yield {"path": _pointer(path), "message": f"{reference} is not in the document"}


def _references(value: Any, path: list[Any]) -> Iterator[tuple[list[Any], str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "$ref" and isinstance(child, str):
                yield [*path, key], child
            elif key not in DATA_KEYS:
                yield from _references(child, [*path, key])
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _references(child, [*path, index])


def _resolve(document: dict[str, Any], value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        return _lookup(document, value["$ref"])
    return value


def _lookup(document: dict[str, Any], reference: str) -> Any:
    value: Any = document
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _list(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _pointer(path: Any) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path) or "/"
