"""A stack that pytest brings up by itself. What the tests see goes to the folder that SEEN names."""

import os
import time
from pathlib import Path

import pytest
from pulumi_compose import Stack

seen = Path(os.environ["SEEN"])


@pytest.mark.parametrize("number", range(4))
def test_is_there_for_every_test_of_the_session(compose_stack: Stack, number: int) -> None:
    result = compose_stack.exec_in_container(["redis-cli", "incr", "tests"], "the-cache")
    assert result.exit_code == 0
    with (seen / compose_stack.name).open("a") as file:
        file.write(result.stdout)


@pytest.mark.skipif("WAIT" not in os.environ, reason="only to be killed")
def test_does_not_end(compose_stack: Stack) -> None:
    while True:
        time.sleep(60)
