"""Redis holds answers for a minute. Without it, or while it is away, the database is asked."""

import json
import logging
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from src import settings

log = logging.getLogger(__name__)

SECONDS = 60

redis = Redis.from_url(settings.REDIS_URL, socket_timeout=1) if settings.REDIS_URL else None


async def find(key: str) -> Any | None:
    if redis is None:
        return None
    try:
        known = await redis.get(key)
    except RedisError as error:
        log.warning("the cache does not answer: %s", error)
        return None
    return None if known is None else json.loads(known)


async def keep(key: str, value: Any) -> None:
    if redis is None:
        return
    try:
        await redis.set(key, json.dumps(value), ex=SECONDS)
    except RedisError as error:
        log.warning("the cache does not answer: %s", error)
