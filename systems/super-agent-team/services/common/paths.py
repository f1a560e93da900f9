"""One service, three spellings of a path: full, with the gateway's prefix stripped, and below a bare /api."""

from starlette.types import ASGIApp, Receive, Scope, Send


def canonical(path: str, prefix: str) -> str:
    """The path as the routes have it: /api/orders/7, /api/7 and /7/ are all /7."""
    for head in (prefix, "/api"):
        if path == head or path.startswith(f"{head}/"):
            path = path[len(head) :]
            break
    return path.rstrip("/") or "/"


class GatewayPaths:
    """ASGI middleware: a caller need not know whether a gateway stands between, and what it strips."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # A copy: the server's access log keeps the path as it was asked for.
            scope = {**scope, "path": canonical(scope["path"], self.prefix)}
        await self.app(scope, receive, send)
