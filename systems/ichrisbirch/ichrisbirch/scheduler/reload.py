"""`python -m ichrisbirch.scheduler.reload`, for development: the scheduler, begun again when the source changes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).parents[1]


def stamps() -> dict[Path, float]:
    """When each file of the source was changed. A change on the host is no event in a container of every engine."""
    return {path: path.stat().st_mtime for path in SOURCE.rglob("*.py") if path.is_file()}


def run_until_changed() -> None:
    """A scheduler that ends by itself, as by a mistake in the source, is begun again after the next change."""
    before = stamps()
    scheduler = subprocess.Popen([sys.executable, "-m", "ichrisbirch.scheduler"])
    try:
        while stamps() == before:
            time.sleep(1)
    finally:
        scheduler.terminate()
        scheduler.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        run_until_changed()
