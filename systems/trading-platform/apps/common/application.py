"""The application every service is: its routes or its work, its health, its metrics."""

from collections.abc import Callable

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, generate_latest

from common import backing, settings
from common.worker import Worker

REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "path", "status"])


def create_app(router: APIRouter | None = None, step: Callable[[], None] | None = None) -> FastAPI:
    """`step` is repeated in a thread as long as the application runs."""
    service = settings.required("SERVICE")
    worker = None if step is None else Worker(service, step)
    # FastAPI's own pages load scripts from the internet.
    app = FastAPI(title=service, docs_url=None, redoc_url=None)

    @app.on_event("startup")
    def start() -> None:
        backing.create_tables()
        if worker:
            worker.start()

    @app.on_event("shutdown")
    def stop() -> None:
        if worker:
            worker.stop()

    @app.middleware("http")
    async def count(request, call_next):
        response = await call_next(request)
        route = request.scope.get("route")
        path = route.path if route else "unknown"
        REQUESTS.labels(request.method, path, response.status_code).inc()
        return response

    @app.get("/health")
    def health() -> JSONResponse:
        """PostgreSQL and Redis are what the service cannot work without."""
        checks = {"postgres": _check(backing.ask_database), "redis": _check(backing.cache.ping)}
        healthy = all(result == "ok" for result in checks.values())
        body = {"status": "healthy" if healthy else "unhealthy", "service": service, "checks": checks}
        return JSONResponse(body, status_code=200 if healthy else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    if router:
        app.include_router(router)
    return app


def _check(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:
        return str(error).strip() or type(error).__name__
    return "ok"
