"""Redis: the list of tasks as it was last read."""

import json
import os
from collections.abc import Callable
from typing import Any

import redis

server = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)

# Lists carry the number of the change they were read after: one that was read while another change was being
# made is never asked for again.
CHANGES = "tasks:changes"
SECONDS_KEPT = 60


def tasks(read: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    key = f"tasks:{server.get(CHANGES) or 0}"
    kept = server.get(key)
    if kept is not None:
        return json.loads(kept)
    found = read()
    server.set(key, json.dumps(found), ex=SECONDS_KEPT)
    return found


def tasks_changed() -> None:
    """Call it when the change is committed."""
    server.incr(CHANGES)
