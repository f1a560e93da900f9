import logging

from app.store import Notifications
from common.notification_queue import NotificationQueue

log = logging.getLogger(__name__)


def deliver(queue: NotificationQueue, notifications: Notifications) -> None:
    """Acknowledged only after the commit: what is taken and not delivered comes again."""
    taken = queue.take()
    if taken:
        new = notifications.add(taken.values())
        queue.acknowledge(taken.keys())
        log.info("%d delivered, %d of them for the first time", len(taken), new)
