"""The queue between the services that have something to tell and the one that delivers it: a Redis stream.

Delivery is at least once: a message stays in the stream until it is acknowledged, and one that was taken by a
consumer that died is given to another. `key` makes it exactly once: the consumer keeps one row a key.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import redis

log = logging.getLogger(__name__)

STREAM = "notifications"
REJECTED = "notifications:rejected"
GROUP = "notifications-service"
# One name for all consumers: what counts is how long a message is pending, not with whom.
CONSUMER = "worker"

BATCH = 50
BLOCK_MS = 1000
ABANDONED_MS = 10_000


@dataclass(frozen=True)
class Notification:
    key: str
    kind: str
    recipient: str | None
    payload: dict[str, Any]


class NotificationQueue:
    def __init__(self, cache: redis.Redis) -> None:
        self._cache = cache

    def publish(self, notification: Notification) -> None:
        self._cache.xadd(STREAM, {"notification": json.dumps(asdict(notification))})

    def take(self) -> dict[str, Notification]:
        """Messages by their id: abandoned ones first, else new ones; waits up to a second for them."""
        try:
            messages = self._cache.xautoclaim(STREAM, GROUP, CONSUMER, ABANDONED_MS, count=BATCH)[1]
            if not messages:
                streams = self._cache.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=BATCH, block=BLOCK_MS)
                messages = streams[0][1] if streams else []
        except redis.ResponseError as error:
            # A new Redis, or one that lost its memory.
            if not str(error).startswith("NOGROUP"):
                raise
            self._cache.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
            return {}
        return self._parse(messages)

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Done with: they leave the stream, which would grow for ever otherwise."""
        with self._cache.pipeline() as pipeline:
            pipeline.xack(STREAM, GROUP, *ids)
            pipeline.xdel(STREAM, *ids)
            pipeline.execute()

    def _parse(self, messages: list[tuple[str, dict[str, str]]]) -> dict[str, Notification]:
        parsed = {}
        for message_id, fields in messages:
            try:
                parsed[message_id] = Notification(**json.loads(fields["notification"]))
            except (KeyError, TypeError, ValueError) as error:
                # Somebody else's. Kept, but out of the way: it would be offered again and again.
                log.error("message %s is not a notification, moved to %s: %s", message_id, REJECTED, error)
                self._cache.xadd(REJECTED, fields)
                self.acknowledge([message_id])
        return parsed
