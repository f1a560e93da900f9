"""The application every service is: its routes, health, errors as JSON, both spellings of its paths."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from fastapi import APIRouter, FastAPI

from common import health
from common.bodies import Bodies
from common.errors import HANDLERS
from common.paths import GatewayPaths
from common.settings import max_body_bytes


def create_app(
    service: str,
    *,
    prefix: str,
    checks: Mapping[str, health.Check],
    routers: Iterable[APIRouter],
    on_startup: Sequence[Callable[[], None]] = (),
    on_shutdown: Sequence[Callable[[], None]] = (),
) -> FastAPI:
    """`prefix` is the gateway's; routers declare their paths without it."""
    app = FastAPI(
        title=service,
        exception_handlers=HANDLERS,
        on_startup=on_startup,
        on_shutdown=on_shutdown,
        # Their pages load scripts from the internet; /openapi.json is there.
        docs_url=None,
        redoc_url=None,
    )
    # GatewayPaths takes trailing slashes off; a redirect would lose the prefix that the gateway stripped.
    app.router.redirect_slashes = False
    app.add_middleware(GatewayPaths, prefix=prefix)
    app.add_middleware(Bodies, limit=max_body_bytes())
    app.include_router(health.router(service, checks))
    for router in routers:
        app.include_router(router)
    return app
