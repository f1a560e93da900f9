"""A stack that tests run against."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from . import containers
from .command import Session, StackError, inherited, program_of, status
from .containers import ExecResult
from .database import BOOKKEEPING, RESET
from .wait import WaitStrategy


class Stack:
    """A throw-away stack, up inside of ``with``: real containers under a name and on host ports of their own.

    Under ``pulumi-compose test -- pytest`` the stack is the one that this command has brought up, and stays when the
    ``with`` ends.

    >>> with Stack("systems/shop") as stack:
    ...     requests.get(f"{stack.url('orders')}/health")
    """

    def __init__(self, directory: str | os.PathLike[str] = ".", base: str | None = None) -> None:
        """
        :param directory: Folder of the program, or below it.
        :param base: The stack whose config is started from. Default: test, where there is one.
        """
        self.directory = program_of(Path(directory))
        self._base = base
        self._strategies: Mapping[str, WaitStrategy] = {}
        self._session: Session | None = None
        self._running: Mapping[str, Any] | None = None

    @classmethod
    def running(cls, stack: str, directory: str | os.PathLike[str] = ".") -> Self:
        """A stack that somebody else has brought up, and takes down.

        :raises StackError: Where nothing of the stack is on the engine.
        """
        found = cls(directory)
        rows = status(found.directory, stack)
        labels = containers.inspect(rows[0]["container"])["Config"]["Labels"]
        found._running = {
            "stack": stack,
            "project": labels["com.docker.compose.project"],
            "services": {row["service"]: {"url": row["url"]} for row in reversed(rows)},
        }
        return found

    def waiting_for(self, strategies: Mapping[str, WaitStrategy]) -> Self:
        """Says what ``with`` waits for beside the stack's own health checks, by service."""
        self._strategies = strategies
        return self

    def __enter__(self) -> Self:
        if self._running is None:
            self._running = inherited(self.directory)
        if self._running is None:
            self._session = Session(self.directory, self._base)
            self._running = self._session.running
        try:
            for service, strategy in self._strategies.items():
                strategy.wait_until_ready(self, service)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        session, self._session, self._running = self._session, None, None
        if session is not None:
            session.close()

    @property
    def name(self) -> str:
        """The stack's name: ``npx pulumi-compose status --stack <name>``."""
        return str(self._up["stack"])

    @property
    def project(self) -> str:
        """The Compose project's name: ``docker compose -p <project> ps``."""
        return str(self._up["project"])

    def get_service_host(self, service_name: str, port: int | None = None) -> str:
        """The host on which a published port of a service is reached.

        :param port: The container's port. Default: the lowest published TCP port.
        """
        return self._address(service_name, port)[1]

    def get_service_port(self, service_name: str, port: int | None = None) -> int:
        """The host port of a service's published port. It is another one after the container was restarted.

        :param port: The container's port. Default: the lowest published TCP port.
        """
        return self._address(service_name, port)[2]

    def url(self, service_name: str, port: int | None = None) -> str:
        """The address of a service, without a slash at its end.

        :param port: The container's port. Default: the address through the gateway, else of the lowest published
            TCP port.
        """
        known: Mapping[str, Any] = self._up["services"].get(service_name) or {}
        told = str(known.get("url") or "")
        own = known.get("ports", {}).values()
        if port is None and told.startswith("http") and urlsplit(told).netloc not in own:
            return told.rstrip("/")
        inside, host, outside = self._address(service_name, port)
        scheme = "https" if inside in (443, 8443) else "http"
        return f"{scheme}://{host}:{outside}"

    def exec_in_container(self, command: Sequence[str], service_name: str) -> ExecResult:
        """Runs a command in a service's container, whatever its end."""
        return containers.run(self.container(service_name), list(command))

    def get_logs(self, service_name: str) -> str:
        """What a service's container has logged."""
        return containers.logs(self.container(service_name))

    def container(self, service_name: str) -> str:
        """The name of a service's first container."""
        found = containers.containers_of(self.project)
        if service_name not in found:
            known = ", ".join(sorted(found))
            raise StackError(f"the stack {self.name} has no service {service_name}: it has {known}")
        return found[service_name]

    def wait_for(self, service_name: str, strategy: WaitStrategy) -> None:
        """Waits until a service is ready.

        :raises TimeoutError: With what was seen last.
        """
        strategy.wait_until_ready(self, service_name)

    def reset_database(
        self, service_name: str = "postgres", keep: Iterable[str] = BOOKKEEPING
    ) -> None:
        """Empties every table of the schema public of a PostgreSQL service, and starts their sequences anew.

        :param keep: Tables that stay as they are. Default: those in which migrations keep what they have done.
        """
        result = self.exec_in_container(["sh", "-c", RESET, "reset_database", *keep], service_name)
        if result.exit_code != 0:
            raise StackError(f"the database of {service_name} was not emptied: {result.stderr.strip()}")

    def _address(self, service: str, port: int | None) -> tuple[int, str, int]:
        found = containers.published(containers.inspect(self.container(service)))
        open_ports = {int(key[:-4]): address for key, address in found.items() if key.endswith("/tcp")}
        wanted = min(open_ports, default=None) if port is None else port
        if wanted is None or wanted not in open_ports:
            which = "a TCP port" if wanted is None else f"port {wanted}"
            known = ", ".join(str(number) for number in sorted(open_ports)) or "none"
            raise StackError(f"{service} does not publish {which}: it publishes {known}")
        return (wanted, *open_ports[wanted])

    @property
    def _up(self) -> Mapping[str, Any]:
        if self._running is None:
            raise StackError("the stack is not up: use it inside of `with`")
        return self._running
