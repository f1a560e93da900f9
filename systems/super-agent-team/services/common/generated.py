"""What the services of the generated tier share: PostgreSQL, Redis, and the contract engine."""

from collections.abc import Iterable
from dataclasses import dataclass

import redis
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from common import contracts, settings
from common.app import create_app
from common.errors import Unavailable, unavailable
from common.postgres import Postgres
from common.upstream import Upstream
from common.worker import Worker


@dataclass(frozen=True)
class Backing:
    database: Postgres
    cache: redis.Redis
    engine: Upstream
    contracts: contracts.Contracts


def connect(service: str) -> Backing:
    """Nothing is dialled here: a service starts, and is alive, before what it needs is there."""
    database_url, redis_url, engine_url, volume = settings.read(
        "DATABASE_URL", "REDIS_URL", "CONTRACT_ENGINE_URL", "CONTRACTS_PATH"
    )
    engine = Upstream("contract-engine", engine_url)
    return Backing(
        database=Postgres(database_url, service),
        cache=_redis(redis_url, service),
        engine=engine,
        contracts=contracts.Contracts(engine, volume),
    )


def _redis(url: str, service: str) -> redis.Redis:
    try:
        return redis.Redis.from_url(
            url, decode_responses=True, socket_connect_timeout=10, socket_timeout=10, client_name=service
        )
    except ValueError as error:
        raise SystemExit(f"REDIS_URL: {error}") from error


def create_generated_app(
    service: str, *, prefix: str, backing: Backing, routers: Iterable[APIRouter], worker: Worker | None = None
) -> FastAPI:
    app = create_app(
        service,
        prefix=prefix,
        checks={
            "postgres": backing.database.ping,
            "redis": backing.cache.ping,
            "contract-engine": backing.engine.ping,
        },
        # Contracts first: orders and notifications have routes that would take the word for an id.
        routers=[contracts.router(backing.contracts), *routers],
        on_startup=[worker.start] if worker else [],
        on_shutdown=[*([worker.stop] if worker else []), backing.database.close, backing.cache.close],
    )
    app.add_exception_handler(redis.RedisError, _redis_error)
    return app


def _redis_error(request: Request, error: redis.RedisError) -> JSONResponse:
    return unavailable(request, Unavailable("redis", error))
