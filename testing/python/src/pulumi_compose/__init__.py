"""pytest on a throw-away stack of pulumi-compose: real containers, down again for certain."""

from .command import StackError
from .containers import ExecResult
from .database import BOOKKEEPING
from .stack import Stack
from .testcontainers import DockerCompose
from .wait import HealthcheckWaitStrategy, HttpWaitStrategy, LogMessageWaitStrategy, WaitStrategy

__all__ = [
    "BOOKKEEPING",
    "DockerCompose",
    "ExecResult",
    "HealthcheckWaitStrategy",
    "HttpWaitStrategy",
    "LogMessageWaitStrategy",
    "Stack",
    "StackError",
    "WaitStrategy",
]
