"""What pytest gets by itself when the package is installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stack import Stack


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pulumi-compose")
    group.addoption(
        "--running-stack",
        metavar="NAME",
        help="test on this stack, which is up, in place of a throw-away stack",
    )
    parser.addini("pulumi_compose_directory", "folder of the program (default: pytest's rootdir)")
    parser.addini("pulumi_compose_stack", "the stack whose config a throw-away stack starts from")


@pytest.fixture(scope="session")
def compose_stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """A throw-away stack that is up for the session; each process of pytest-xdist has its own."""
    directory = pytestconfig.rootpath / pytestconfig.getini("pulumi_compose_directory")
    running: str | None = pytestconfig.getoption("--running-stack")
    if running is not None:
        yield Stack.running(running, directory)
        return
    with Stack(directory, pytestconfig.getini("pulumi_compose_stack") or None) as stack:
        yield stack
