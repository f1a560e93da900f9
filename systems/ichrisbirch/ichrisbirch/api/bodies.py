"""A body that is too large is not kept: Traefik passes every body on."""

from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Bodies:
    """ASGI middleware: 413 for a body of more than `limit` bytes."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        messages: list[Message] = []
        size = 0
        more = True
        while more:
            message = await receive()
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            # The rest is read, and dropped: a gateway that is cut off while it sends answers 502.
            if size <= self.limit:
                messages.append(message)
            else:
                messages.clear()
        if size > self.limit:
            answer = JSONResponse({"detail": f"the body is larger than {self.limit} bytes"}, status_code=413)
            await answer(scope, receive, send)
            return

        async def read() -> Message:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, read, send)
