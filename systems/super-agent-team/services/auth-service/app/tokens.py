import hashlib
import secrets

import redis

TOKEN_SECONDS = 3600


class Tokens:
    """Opaque tokens. Redis holds their digests only: who reads Redis cannot log in with what is there."""

    def __init__(self, cache: redis.Redis) -> None:
        self._cache = cache

    def issue(self, user_id: str) -> str:
        token = secrets.token_urlsafe(32)
        self._cache.set(_key(token), user_id, ex=TOKEN_SECONDS)
        return token

    def user_id(self, token: str) -> str | None:
        return self._cache.get(_key(token))

    def revoke(self, token: str) -> None:
        self._cache.delete(_key(token))


def _key(token: str) -> str:
    return f"auth:token:{hashlib.sha256(token.encode()).hexdigest()}"
