"""Who imports whom, in the node-link form that NetworkX reads (`networkx.node_link_graph`)."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

EXTENSIONS = (".py", ".js", ".mjs", ".jsx", ".ts", ".tsx", ".go", ".java", ".rs")
PACKAGE_FILES = ("__init__.py", "index.js", "index.ts")


def build(imports: Mapping[str, list[str]]) -> dict[str, Any]:
    """`imports`: file → the modules it names. A module that no file is becomes an external node."""
    modules = _modules(imports)
    externals: set[str] = set()
    links: set[tuple[str, str]] = set()
    for file, named in imports.items():
        for module in named:
            target = _resolve(file, module, modules)
            if target is None:
                target = _package(module)
                externals.add(target)
            if target != file:
                links.add((file, target))
    return {
        "directed": True,
        "multigraph": False,
        "graph": {},
        "nodes": [
            *({"id": file, "kind": "file"} for file in sorted(imports)),
            *({"id": name, "kind": "external"} for name in sorted(externals - imports.keys())),
        ],
        "links": [{"source": source, "target": target} for source, target in sorted(links)],
    }


def _modules(files: Mapping[str, Any]) -> dict[str, str]:
    """Every path a module can be named by: shop/orders/store.py is shop/orders/store."""
    modules = {}
    for file in files:
        path = PurePosixPath(file)
        modules[str(path.with_suffix(""))] = file
        if path.name in PACKAGE_FILES:
            modules[str(path.parent)] = file
    return modules


def _resolve(file: str, module: str, modules: Mapping[str, str]) -> str | None:
    folder = PurePosixPath(file).parent
    if module.startswith("."):
        return _lookup(_relative(folder, module), modules)
    path = module.replace("::", "/") if "/" in module or "::" in module else module.replace(".", "/")
    # An absolute name counts from a source root, which can be any folder above the file: the nearest wins.
    for root in (folder, *folder.parents):
        found = _lookup(root / path, modules)
        if found:
            return found
    return None


def _relative(folder: PurePosixPath, module: str) -> PurePosixPath:
    if "/" in module:  # ./store or ../lib/store.js
        parts = list(folder.parts)
        for part in PurePosixPath(module).parts:
            if part == "..":
                parts = parts[:-1]
            else:
                parts.append(part)
        path = PurePosixPath(*parts)
        return path.with_suffix("") if path.suffix in EXTENSIONS else path
    dots = len(module) - len(module.lstrip("."))
    for _ in range(dots - 1):  # one dot is the file's own package
        folder = folder.parent
    return folder / module[dots:].replace(".", "/")


def _lookup(path: PurePosixPath, modules: Mapping[str, str]) -> str | None:
    """The module, or the one it is a member of: shop.store.Orders is in shop/store.py."""
    return modules.get(str(path)) or modules.get(str(path.parent))


def _package(module: str) -> str:
    """What stands for a module from elsewhere: os.path is os, @scope/name/file is @scope/name."""
    if module.startswith("."):
        return module
    if "/" in module:
        parts = module.split("/")
        return "/".join(parts[:2]) if module.startswith("@") else module
    return module.replace("::", ".").split(".")[0]
