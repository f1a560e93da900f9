"""
Access tokens are JWTs, which anybody may read and only this service can make; refresh tokens are random.
Redis holds the sessions: the refresh tokens (their digests), and the access tokens that were taken back.
"""

import hashlib
import json
import secrets
import time
import uuid

import jwt

from common.cache import Cache

ISSUER = "hercules"
ALGORITHM = "HS256"
ACCESS_SECONDS = 15 * 60
REFRESH_SECONDS = 14 * 24 * 3600


class Refused(Exception):
    pass


class Tokens:
    def __init__(self, cache: Cache, secret: str) -> None:
        self._cache = cache
        self._secret = secret

    def issue(self, account: dict[str, str]) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": account["id"],
            "email": account["email"],
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": now + ACCESS_SECONDS,
        }
        refresh = secrets.token_urlsafe(32)
        self._cache.set(_session(refresh), json.dumps(account), ex=REFRESH_SECONDS)
        return {
            "access_token": jwt.encode(claims, self._secret, ALGORITHM),
            "refresh_token": refresh,
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
        }

    def verify(self, token: str) -> dict[str, object]:
        try:
            claims = jwt.decode(
                token,
                self._secret,
                [ALGORITHM],
                issuer=ISSUER,
                options={"require": ["iss", "sub", "jti", "exp"]},
            )
        except jwt.InvalidTokenError as error:
            raise Refused(f"the token is not valid: {error}") from error
        if self._cache.exists(_revoked(claims)):
            raise Refused("the token has been taken back")
        return claims

    def refresh(self, refresh: str) -> dict[str, object]:
        """A refresh token is good for one use."""
        account = self._cache.getdel(_session(refresh))
        if account is None:
            raise Refused("the refresh token is unknown, used, or has expired")
        return self.issue(json.loads(account))

    def revoke(self, token: str, refresh: str) -> None:
        claims = self.verify(token)
        self._cache.set(_revoked(claims), "", ex=ACCESS_SECONDS)
        self._cache.delete(_session(refresh))


def _session(refresh: str) -> str:
    return f"session:{hashlib.sha256(refresh.encode()).hexdigest()}"


def _revoked(claims: dict[str, object]) -> str:
    return f"revoked:{claims['jti']}"
