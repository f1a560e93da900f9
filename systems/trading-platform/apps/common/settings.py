"""Settings come from the environment, and from nowhere else."""

import os


def required(name: str) -> str:
    """The variable's value; the process ends with a message that names it when it is not set."""
    value = os.environ.get(name)
    if not value:
        raise SystemExit(f"{name} is not set in the environment")
    return value
