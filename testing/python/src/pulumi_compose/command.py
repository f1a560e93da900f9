"""The command `pulumi-compose`, which does the work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any


class StackError(Exception):
    """What went wrong with a stack, in a sentence."""


def program_of(directory: Path) -> Path:
    """The folder of the program: the nearest with a Pulumi.yaml, as the command finds it.

    :raises StackError: Where there is none.
    """
    start = directory.resolve()
    for folder in (start, *start.parents):
        if any((folder / name).exists() for name in ("Pulumi.yaml", "Pulumi.yml")):
            return folder
    raise StackError(f"there is no Pulumi.yaml in {start}, nor in a folder above it")


def inherited(program: Path) -> dict[str, Any] | None:
    """The stack that `pulumi-compose test -- pytest` has brought up, where that is a stack of this program."""
    text = os.environ.get("PULUMI_COMPOSE_TEST")
    if text is None:
        return None
    running: dict[str, Any] = json.loads(text)
    return running if Path(running["directory"]).resolve() == program else None


def status(program: Path, stack: str) -> list[dict[str, Any]]:
    """The containers of a stack that is up, as `pulumi-compose status --json` has them."""
    command, environment = _found(program)
    ended = subprocess.run(
        [*command, "status", "--json", "--cwd", str(program), "--stack", stack],
        env=environment,
        capture_output=True,
        text=True,
    )
    # It ends with 1 where a service is not as it should be, and prints the status all the same.
    answer: dict[str, Any] = json.loads(ended.stdout or "{}")
    if "containers" not in answer:
        raise StackError(ended.stderr.strip())
    rows = [row for row in answer["containers"] if row["state"] != "missing"]
    if not rows:
        raise StackError(f"nothing of the stack {stack} is on the engine: bring the stack up first")
    return rows


class Session:
    """A throw-away stack that is up as long as this process holds the session's input open.

    The kernel closes the input when this process dies, however it dies. The command then takes the stack down.
    """

    def __init__(self, program: Path, base: str | None) -> None:
        command, environment = _found(program)
        options = [] if base is None else ["--stack", base]
        self._log = tempfile.TemporaryFile(mode="w+")
        # In a session of its own, so that Ctrl-C ends pytest first, and the stack after its last test.
        self._process = subprocess.Popen(
            [*command, "test", "--json", "--cwd", str(program), *options],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
            text=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
        except BaseException:
            self.close()
            raise
        if line == "":
            self._process.stdin.close()
            raise StackError(f"the stack did not come up:\n{self._said()}")
        self.running: dict[str, Any] = json.loads(line)

    def close(self) -> None:
        """Has the stack taken down, and waits for that.

        :raises StackError: Where something of the stack is left.
        """
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        said = self._said()
        if code != 0:
            raise StackError(f"the stack was not taken down (exit code {code}):\n{said}")

    def _said(self) -> str:
        self._process.wait()
        self._log.seek(0)
        said = self._log.read().strip()
        self._log.close()
        return said


def _found(program: Path) -> tuple[list[str], dict[str, str]]:
    """The command as npm has installed it for the program, else as PATH has it."""
    environment = dict(os.environ)
    for folder in (program, *program.parents):
        commands = folder / "node_modules" / ".bin"
        if (commands / "pulumi-compose").exists():
            # As npx does: a Node.js that is installed there comes before the system's.
            environment["PATH"] = os.pathsep.join([str(commands), environment.get("PATH", "")])
            return [str(commands / "pulumi-compose")], environment
    if shutil.which("pulumi-compose") is not None:
        return ["pulumi-compose"], environment
    raise StackError(
        f"the command pulumi-compose is not installed in {program}: npm install pulumi-compose"
    )
