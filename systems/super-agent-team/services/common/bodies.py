"""What no service takes: a body that is too large, and text that no database can keep."""

import json
from collections.abc import Iterator
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import answer

Problem = dict[str, str]


def unstorable(value: Any) -> Iterator[Problem]:
    """Where a value has U+0000, which PostgreSQL refuses, or half of a surrogate pair, which is no text."""
    rest = [("body", value)]
    while rest:
        path, found = rest.pop()
        if isinstance(found, dict):
            rest += [(path, key) for key in found]
            rest += [(f"{path}.{key}", entry) for key, entry in found.items()]
        elif isinstance(found, list):
            rest += [(f"{path}.{index}", entry) for index, entry in enumerate(found)]
        elif isinstance(found, str):
            if "\0" in found:
                yield {"path": printable(path), "message": "a text cannot have the character U+0000"}
            elif any("\ud800" <= character <= "\udfff" for character in found):
                yield {"path": printable(path), "message": "a text cannot have half of a surrogate pair"}


def printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def problems_in(body: bytes) -> list[Problem]:
    # Unescaped, neither can be in a body that is JSON.
    if b"\\u" not in body:
        return []
    try:
        return list(unstorable(json.loads(body)))
    except (ValueError, RecursionError):
        # No JSON: for the route to refuse.
        return []


class Bodies:
    """ASGI middleware: 413 for a body of more than `limit` bytes, 422 for text that cannot be stored."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        # Whoever asks before sending is told before sending.
        asks = headers.get(b"expect", b"").lower() == b"100-continue"
        length = headers.get(b"content-length", b"")
        if asks and length.isdigit() and int(length) > self.limit:
            await self._refuse(scope, receive, send)
            return

        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # The client has gone.
            part = message.get("body", b"")
            size += len(part)
            # The rest is read, and dropped: a gateway that is cut off while it sends answers 502.
            if size <= self.limit:
                parts.append(part)
            else:
                parts.clear()
            if not message.get("more_body", False):
                break
        if size > self.limit:
            await self._refuse(scope, receive, send)
            return
        body = b"".join(parts)
        problems = problems_in(body)
        if problems:
            await answer(422, "the request is not valid", problems)(scope, receive, send)
            return

        is_read = False

        async def read() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, read, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"the body is larger than {self.limit} bytes"
        await answer(413, message)(scope, receive, send)
