"""A thread that does a service's background work."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

RETRY_SECONDS = 1
STOP_SECONDS = 5


class Worker:
    """Repeats `step` until it is stopped, and goes on when a step fails.

    `pause`: seconds between two steps, cut short by `wake()`; 0 for a step that waits for its work itself.
    """

    def __init__(self, name: str, step: Callable[[], None], pause: float = 0) -> None:
        self._name = name
        self._step = step
        self._pause = pause
        self._stopping = threading.Event()
        self._woken = threading.Event()
        # A daemon: a step that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        failing = False
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._step()
            except Exception as error:
                # Once an outage, not once a second.
                if not failing:
                    log.warning("%s waits: %s", self._name, error, exc_info=log.isEnabledFor(logging.DEBUG))
                failing = True
                self._stopping.wait(RETRY_SECONDS)
                continue
            if failing:
                log.info("%s goes on", self._name)
            failing = False
            if self._pause:
                self._woken.wait(self._pause)
