"""A thread that does a service's work."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

RETRY_SECONDS = 1
STOP_SECONDS = 5


class Worker:
    """Repeats `step`, which waits for its work itself, until it is stopped; goes on when a step fails."""

    def __init__(self, name: str, step: Callable[[], None]) -> None:
        self._step = step
        self._stopping = threading.Event()
        # A daemon: a step that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except Exception:
                log.exception("a step failed, the next one is in %s s", RETRY_SECONDS)
                self._stopping.wait(RETRY_SECONDS)
