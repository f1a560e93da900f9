"""A decomposition on the shared volume: its service map, and a stub and a contract skeleton per service."""

import json
import keyword
import re
import shutil
from pathlib import Path
from typing import Any

MAX_NAME = 60


def write(folder: Path, decomposition_id: str, service_map: dict[str, Any]) -> None:
    """Written beside, then renamed: who sees the folder sees all of it."""
    beside = folder / f".{decomposition_id}"
    beside.mkdir()
    try:
        (beside / "service_map.json").write_text(_json(service_map), encoding="utf-8")
        for service in service_map["services"]:
            package = beside / _module(service["name"])
            package.mkdir()
            (package / "service.py").write_text(_stub(service), encoding="utf-8")
            (package / "openapi.json").write_text(_json(_contract(service)), encoding="utf-8")
        beside.rename(folder / decomposition_id)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _stub(service: dict[str, Any]) -> str:
    """A class per service, a method per capability, what it depends on as arguments."""
    imports = [
        f"    from {_module(name)}.service import {_class(name)}" for name in sorted(service["dependencies"])
    ]
    parameters = "".join(f", {_module(name)}: {_class(name)}" for name in service["dependencies"])
    lines = [f"# {service['name']}: a stub made from the PRD.", "from __future__ import annotations", ""]
    if imports:
        # Only for the annotations: two services may depend on each other.
        lines += ["from typing import TYPE_CHECKING", "", "if TYPE_CHECKING:", *imports, ""]
    lines += ["", f"class {_class(service['name'])}:", f"    {_docstring(service['description'])}", ""]
    lines += [f"    def __init__(self{parameters}) -> None:"]
    lines += [f"        self.{_module(name)} = {_module(name)}" for name in service["dependencies"]] or [
        "        pass"
    ]
    for name, capability in _operations(service):
        lines += ["", f"    def {name}(self) -> None:", f"        {_docstring(capability)}"]
        lines += ["        raise NotImplementedError"]
    return "\n".join(lines) + "\n"


def _contract(service: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = {
        "/health": {"get": {"operationId": "health", "responses": {"200": {"description": "It is alive"}}}}
    }
    for name, capability in _operations(service):
        paths[f"/{name.replace('_', '-')}"] = {
            "post": {
                "operationId": name,
                "summary": capability,
                "responses": {"200": {"description": "Done"}},
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": service["name"], "version": "0.1.0", "description": service["description"]},
        "paths": paths,
    }


def _operations(service: dict[str, Any]) -> list[tuple[str, str]]:
    """A name for each capability, each name once."""
    named: dict[str, str] = {}
    for capability in service["capabilities"]:
        name = re.sub(r"[^a-z0-9]+", "_", capability.lower()).strip("_")[:MAX_NAME].rstrip("_")
        usable = name[:1].isalpha() and not keyword.iskeyword(name)
        named.setdefault(name if usable else f"do_{name}", capability)
    return [(name, capability) for name, capability in named.items() if name not in ("do_", "health")]


def _module(name: str) -> str:
    module = name.replace("-", "_")
    return module if module[0].isalpha() else f"service_{module}"


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in _module(name).split("_"))


def _docstring(text: str) -> str:
    return f'"""{json.dumps(text, ensure_ascii=False)[1:-1]}"""'


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
