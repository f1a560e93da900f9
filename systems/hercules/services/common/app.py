"""The application every service is: its routes, its health, and 503 while what it needs does not answer."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

import httpx
import psycopg2
import redis
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from common import health

log = logging.getLogger(__name__)

# What the clients of PostgreSQL, Redis and other services raise when there is no answer.
UNAVAILABLE = (psycopg2.OperationalError, redis.RedisError, httpx.TransportError)


def create_app(
    service: str,
    *,
    checks: Mapping[str, health.Check],
    routers: Iterable[APIRouter],
    on_startup: Sequence[Callable[[], None]] = (),
) -> FastAPI:
    app = FastAPI(
        title=service,
        on_startup=on_startup,
        exception_handlers=dict.fromkeys(UNAVAILABLE, _unavailable),
        # Their pages load scripts from the internet; /openapi.json is there.
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(health.router(service, checks))
    for router in routers:
        app.include_router(router)
    return app


def _unavailable(request: Request, error: Exception) -> JSONResponse:
    log.warning("%s %s: %s", request.method, request.url.path, error)
    return JSONResponse({"detail": "something this service needs does not answer"}, status_code=503)
