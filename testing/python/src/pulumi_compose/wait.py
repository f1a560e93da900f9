"""What it means that a service is ready, beyond its own health check."""

from __future__ import annotations

import http.client
import re
import ssl
import time
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from . import containers
from .command import StackError

if TYPE_CHECKING:
    from .stack import Stack


class WaitStrategy(ABC):
    """Asks until a service is ready, within a time limit of 120 seconds unless it is told otherwise."""

    timeout: float = 120
    pause: float = 0.1

    def with_startup_timeout(self, timeout: float | timedelta) -> Self:
        """
        :param timeout: Seconds, or a timedelta.
        """
        self.timeout = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        return self

    def wait_until_ready(self, stack: Stack, service: str) -> None:
        """
        :raises TimeoutError: With what was seen last.
        :raises StackError: Where the container has ended, or has nothing to wait for.
        """
        deadline = time.monotonic() + self.timeout
        while True:
            seen = self.look(stack, service)
            if seen is None:
                return
            state = containers.inspect(stack.container(service))["State"]
            if state["Status"] in ("exited", "dead"):
                # It may have said so with its last words.
                if self.look(stack, service) is None:
                    return
                last = _last_line(stack.get_logs(service))
                ended = f"{service} ended with exit code {state['ExitCode']}"
                raise StackError(f"{ended}; it said last: {last}")
            if time.monotonic() >= deadline:
                late = f"{service}: {self.wanted()} not within {self.timeout:g} s"
                raise TimeoutError(f"{late}; seen last: {seen}")
            time.sleep(self.pause)

    @abstractmethod
    def wanted(self) -> str:
        """What is waited for, in words."""

    @abstractmethod
    def look(self, stack: Stack, service: str) -> str | None:
        """``None`` when the service is ready, else what there is to see in its place."""


class HttpWaitStrategy(WaitStrategy):
    """A service answers a GET on a published port with a status."""

    def __init__(self, port: int, path: str = "/") -> None:
        """
        :param port: The container's port.
        """
        self.port = port
        self.path = path
        self.status = 200

    def for_status_code(self, status: int) -> Self:
        self.status = status
        return self

    def for_path(self, path: str) -> Self:
        self.path = path
        return self

    def wanted(self) -> str:
        return f"status {self.status} of {self.path} on port {self.port}"

    def look(self, stack: Stack, service: str) -> str | None:
        url = stack.url(service, self.port)
        try:
            status = _status(url, self.path)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer from {url} ({error or type(error).__name__})"
        return None if status == self.status else f"status {status} of {url}{self.path}"


def _status(url: str, path: str) -> int:
    """A redirection is an answer of its own, and a certificate is nobody's concern here."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl._create_unverified_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=5, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


class LogMessageWaitStrategy(WaitStrategy):
    """A service has logged a message."""

    def __init__(self, message: str | re.Pattern[str], times: int = 1) -> None:
        """
        :param message: A regular expression.
        :param times: How often it has to be there.
        """
        self.message = re.compile(message, re.MULTILINE)
        self.times = times

    def wanted(self) -> str:
        often = "" if self.times == 1 else f", {self.times} times,"
        return f"a log message like {self.message.pattern!r}{often}"

    def look(self, stack: Stack, service: str) -> str | None:
        logged = stack.get_logs(service)
        found = sum(1 for _ in self.message.finditer(logged))
        if found >= self.times:
            return None
        often = "" if self.times == 1 else f"{found} times, and "
        return f"{often}the log line {_last_line(logged)!r}"


class HealthcheckWaitStrategy(WaitStrategy):
    """The service's own health check says healthy.

    ``up`` waits for that by itself. A test that restarts a container has to wait.
    """

    def wanted(self) -> str:
        return "healthy"

    def look(self, stack: Stack, service: str) -> str | None:
        health = containers.inspect(stack.container(service))["State"].get("Health")
        if health is None:
            raise StackError(f"{service} has no health check to wait for")
        if health["Status"] == "healthy":
            return None
        probes = health.get("Log") or [{"Output": ""}]
        said = _last_line(probes[-1]["Output"])
        return str(health["Status"]) + (f", the probe said {said!r}" if said else "")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]
