"""Liveness (/health) and readiness (/health/ready)."""

import asyncio
from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse

Check = Callable[[], object]

CHECK_SECONDS = 3


def router(service: str, checks: Mapping[str, Check]) -> APIRouter:
    """`checks`: what must answer before this service can do its work; a check fails by raising."""
    routes = APIRouter()

    # On the event loop: the process is alive even when every worker thread waits for a database.
    @routes.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "healthy", "service": service})

    @routes.get("/health/ready")
    async def ready() -> JSONResponse:
        answers = await asyncio.gather(*(_run(check) for check in checks.values()))
        results = dict(zip(checks, answers, strict=True))
        failed = [name for name, result in results.items() if result != "ok"]
        if failed:
            body = {"status": "not ready", "service": service, "failed": failed, "checks": results}
            return JSONResponse(body, status_code=503)
        return JSONResponse({"status": "ready", "service": service, "checks": results})

    return routes


async def _run(check: Check) -> str:
    try:
        await asyncio.wait_for(asyncio.to_thread(check), CHECK_SECONDS)
    except TimeoutError:
        return f"no answer in {CHECK_SECONDS} s"
    except Exception as error:
        return str(error) or type(error).__name__
    return "ok"
