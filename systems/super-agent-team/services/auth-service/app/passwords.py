"""Passwords are kept as scrypt$n$r$p$salt$key, so that the parameters can be raised later."""

import base64
import hashlib
import hmac
import os

# OWASP's parameters for 16 MiB a hash; a container with little memory can take several log-ins at once.
N, R, P = 2**14, 8, 5


def hashed(password: str) -> str:
    salt = os.urandom(16)
    key = _scrypt(password, salt, N, R, P)
    return f"scrypt${N}${R}${P}${_encode(salt)}${_encode(key)}"


def verify(password: str, stored: str) -> bool:
    _scheme, n, r, p, salt, key = stored.split("$")
    derived = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(derived, base64.b64decode(key))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, dklen=32)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


# A well-formed hash that no password has.
NOBODYS = f"scrypt${N}${R}${P}${_encode(bytes(16))}${_encode(bytes(32))}"
