"""What a test finds that was written for ``testcontainers.compose``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

from .stack import Stack


class DockerCompose(Stack):
    """A stack with the arguments of Testcontainers' class of this name."""

    def __init__(
        self,
        context: str | os.PathLike[str] = ".",
        compose_file_name: str | Sequence[str] | None = None,
        pull: bool = False,
        build: bool = False,
        base: str | None = None,
    ) -> None:
        """
        :param context: Folder of the program, or below it.
        :param compose_file_name: Has no effect: the program says which files there are.
        :param pull: Has no effect: an image that the engine lacks is pulled.
        :param build: Has no effect: an image is built when its sources have changed.
        :param base: The stack whose config is started from. Default: test, where there is one.
        """
        super().__init__(context, base)
        if not os.path.isdir(context):
            warnings.warn(
                f"there is no folder {os.fspath(context)}: the program is that in {self.directory}",
                stacklevel=2,
            )
        if compose_file_name is not None:
            names = compose_file_name if isinstance(compose_file_name, str) else ", ".join(compose_file_name)
            warnings.warn(
                f"{names} has no effect: the program in {self.directory} says what the stack is",
                stacklevel=2,
            )
