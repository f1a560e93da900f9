"""Settings come from the environment, or from files that the environment names, and from nowhere else."""

import os
from pathlib import Path


def read(*names: str) -> tuple[str, ...]:
    """The values of these settings; the process ends with one message that names all that are missing."""
    values = {name: _value(name) for name in names}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise SystemExit(f"not set in the environment: {', '.join(missing)}")
    return tuple(values.values())


def _value(name: str) -> str:
    """The variable, or what the file holds that the variable with `_FILE` names, as PostgreSQL's image has it."""
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, "")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise SystemExit(f"{name}_FILE: {error}") from error


def serve_on_seconds() -> float:
    """Seconds that a server answers after it is asked to end."""
    return float(os.environ.get("SERVE_ON_SECONDS") or 0)


def max_body_bytes() -> int:
    """Bytes that the body of a request has at most."""
    return int(os.environ.get("MAX_BODY_BYTES") or 10 * 1024 * 1024)
