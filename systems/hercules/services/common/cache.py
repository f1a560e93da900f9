"""Redis, whose password is in its URL."""

import asyncio

import redis


class Cache(redis.Redis):
    @classmethod
    def at(cls, url: str) -> "Cache":
        return cls.from_url(url, decode_responses=True, socket_connect_timeout=10, socket_timeout=10)

    async def check(self) -> None:
        await asyncio.to_thread(self.ping)
