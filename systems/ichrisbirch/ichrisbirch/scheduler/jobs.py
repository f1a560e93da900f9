"""What the scheduler does. The job store keeps a job by its function's name, so they stand in a module of their own."""

import logging

from sqlalchemy import update

from ichrisbirch import cache
from ichrisbirch.database import Session, Task

log = logging.getLogger(__name__)

HEARTBEAT = "scheduler:heartbeat"
HEARTBEAT_SECONDS = 10


def heartbeat() -> None:
    """Tells the health check that jobs are being run; some beats may be missed."""
    cache.server.set(HEARTBEAT, "beats", ex=6 * HEARTBEAT_SECONDS)


def raise_priorities() -> None:
    """A task that waits becomes more urgent every day."""
    with Session.begin() as session:
        result = session.execute(update(Task).where(Task.priority > 1).values(priority=Task.priority - 1))
    cache.tasks_changed()
    log.info("%s tasks became more urgent", result.rowcount)
