"""Settings come from the environment, and from nowhere else."""

import os


def read(*names: str) -> tuple[str, ...]:
    """The values of these variables; the process ends with one message that names all that are missing."""
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise SystemExit(f"not set in the environment: {', '.join(missing)}")
    return tuple(os.environ[name] for name in names)


def max_body_bytes() -> int:
    """Bytes that the body of a request has at most."""
    return int(os.environ.get("MAX_BODY_BYTES") or 10 * 1024 * 1024)
