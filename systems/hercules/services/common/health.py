"""Liveness (/health) and readiness (/health/ready), as every service of the system answers them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter

Check = Callable[[], Awaitable[None]]

CHECK_SECONDS = 5


def router(service: str, checks: Mapping[str, Check]) -> APIRouter:
    """`checks`: what must answer before this service can do its work; a check fails by raising."""
    routes = APIRouter()

    @routes.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "healthy", "service": service}

    @routes.get("/health/ready")
    async def readiness() -> dict[str, object]:
        results = await asyncio.gather(*(_result(check) for check in checks.values()))
        all_healthy = all(result == "healthy" for result in results)
        return {
            "status": "ready" if all_healthy else "degraded",
            "checks": dict(zip(checks, results, strict=True)),
        }

    return routes


async def _result(check: Check) -> str:
    try:
        await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return f"unhealthy: no answer in {CHECK_SECONDS} s"
    except Exception as error:
        # Client libraries put hints into further lines; the first says what happened.
        return f"unhealthy: {str(error).partition(chr(10))[0] or type(error).__name__}"
    return "healthy"
