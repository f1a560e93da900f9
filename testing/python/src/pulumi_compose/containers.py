"""The containers of a stack, as Docker's own command line shows them."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from typing import Any, NamedTuple

from .command import StackError


class ExecResult(NamedTuple):
    """What a command in a container has printed, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int


def run(container: str, command: list[str]) -> ExecResult:
    """Runs a command in a container."""
    ended = _docker("exec", container, *command)
    return ExecResult(ended.stdout, ended.stderr, ended.returncode)


def logs(container: str) -> str:
    """What a container has logged, its standard output before its standard error."""
    ended = _must("logs", container)
    return ended.stdout + ended.stderr


def inspect(container: str) -> dict[str, Any]:
    """What the engine says of a container."""
    (found,) = json.loads(_must("container", "inspect", container).stdout)
    return dict(found)


def containers_of(project: str) -> dict[str, str]:
    """The first container of each service of a Compose project, whatever its state, by the service's name.

    The engine is asked each time: an update gives a service another container.
    """
    label = f"label=com.docker.compose.project={project}"
    row = '{{.Label "com.docker.compose.service"}} {{.Names}}'
    rows = _must("ps", "--all", "--filter", label, "--format", row).stdout.splitlines()
    named = (line.partition(" ") for line in sorted(rows, reverse=True))
    # Of several the first is written last, and stays.
    return {service: container for service, _, container in named}


def published(found: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Host and port on this machine by the container's port: ``{"8000/tcp": ("localhost", 32768)}``.

    :param found: A container as ``inspect`` has it.
    """
    bound: dict[str, list[dict[str, str]] | None] = found["NetworkSettings"]["Ports"]
    return {
        port: (_host(bindings[0]["HostIp"]), int(bindings[0]["HostPort"]))
        for port, bindings in bound.items()
        if bindings
    }


def _host(address: str) -> str:
    return _engine_host() if address in ("", "0.0.0.0", "::", "127.0.0.1", "::1") else address


@functools.cache
def _engine_host() -> str:
    """Where ports are published that are published on every address."""
    endpoint = _must("context", "inspect", "--format", "{{.Endpoints.docker.Host}}").stdout
    remote = re.match(r"(?:tcp|https?|ssh)://(?:[^@/]*@)?([^:/\s]+)", endpoint)
    return "localhost" if remote is None else remote[1]


def _must(*args: str) -> subprocess.CompletedProcess[str]:
    ended = _docker(*args)
    if ended.returncode != 0:
        raise StackError(f"docker {args[0]}: {ended.stderr.strip()}")
    return ended


def _docker(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *args], capture_output=True, text=True, errors="replace")
