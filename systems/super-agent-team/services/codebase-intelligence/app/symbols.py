"""Symbols and imports of one source file: Python through its syntax tree, other languages by patterns."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.sources import language


@dataclass(frozen=True)
class Symbol:
    kind: str  # class, function, method
    name: str
    line: int
    # its own text: what similarity is computed from
    text: str


@dataclass
class Parsed:
    symbols: list[Symbol] = field(default_factory=list)
    # modules as the source names them
    imports: list[str] = field(default_factory=list)
    error: str | None = None


NAME = r"([A-Za-z_$][\w$]*)"
JAVASCRIPT = (
    ("class", rf"^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?(?:class|interface)\s+{NAME}"),
    ("function", rf"^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*{NAME}"),
    ("function", rf"^\s*(?:export\s+)?const\s+{NAME}\s*=\s*(?:async\s*)?(?:\([^()]*\)|{NAME})\s*=>"),
    ("import", r"""^\s*(?:import|export)\b[^'"]*?['"]([^'"]+)['"]"""),
    ("import", r"""\brequire\(\s*['"]([^'"]+)['"]\s*\)"""),
)
PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "javascript": JAVASCRIPT,
    "typescript": JAVASCRIPT,
    "go": (
        ("class", rf"^type\s+{NAME}\s+(?:struct|interface)\b"),
        ("method", rf"^func\s+\([^)]*\)\s*{NAME}"),
        ("function", rf"^func\s+{NAME}"),
        ("import", r'^(?:import\s+|\t)(?:\w+\s+)?"([^"]+)"\s*$'),
    ),
    "java": (
        ("class", rf"^\s*(?:[a-z]+\s+)*(?:class|interface|enum|record)\s+{NAME}"),
        ("method", rf"^\s+(?:public|protected|private)\s+[^=;(]*?\b{NAME}\s*\("),
        ("import", r"^import\s+(?:static\s+)?([\w.]+)"),
    ),
    "rust": (
        ("class", rf"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:struct|enum|trait)\s+{NAME}"),
        ("function", rf"^\s*(?:pub(?:\([^)]*\))?\s+)?(?:async\s+)?fn\s+{NAME}"),
        ("import", r"^\s*(?:pub\s+)?use\s+([\w:]+)"),
    ),
}
COMPILED = {
    one: tuple((kind, re.compile(pattern)) for kind, pattern in patterns)
    for one, patterns in PATTERNS.items()
}
# Without a syntax tree nobody knows where a symbol ends; this many lines stand for it.
EXCERPT_LINES = 20
MAX_LINE = 1000


def parse(path: str, source: str) -> Parsed:
    spoken = language(path)
    return _python(source) if spoken == "python" else _by_patterns(source, COMPILED[spoken])


def _python(source: str) -> Parsed:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        return Parsed(error=str(error))
    lines = source.splitlines()
    imports = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # "from package import module" may name a module: which of both is found is the graph's to say.
            imports += [f"{module}{'' if module.endswith('.') else '.'}{alias.name}" for alias in node.names]
    return Parsed(symbols=list(_definitions(tree, lines, "")), imports=imports)


def _definitions(parent: ast.AST, lines: list[str], scope: str) -> Iterator[Symbol]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{scope}{node.name}"
            if isinstance(node, ast.ClassDef):
                kind = "class"
            else:
                kind = "method" if isinstance(parent, ast.ClassDef) else "function"
            yield Symbol(kind, name, node.lineno, "\n".join(lines[node.lineno - 1 : node.end_lineno]))
            yield from _definitions(node, lines, f"{name}.")
        elif isinstance(node, ast.stmt | ast.ExceptHandler):
            # definitions below if, try and with
            yield from _definitions(node, lines, scope)


def _by_patterns(source: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]) -> Parsed:
    parsed = Parsed()
    lines = [line[:MAX_LINE] for line in source.splitlines()]
    for number, line in enumerate(lines):
        for kind, pattern in patterns:
            match = pattern.search(line)
            if match and kind == "import":
                parsed.imports.append(match[1])
            elif match:
                text = "\n".join(lines[number : number + EXCERPT_LINES])
                parsed.symbols.append(Symbol(kind, match[1], number + 1, text))
                break
    return parsed
