"""ContraVento's API."""

import logging
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from src import settings, users
from src.database import create_tables, engine

# uvicorn has seen to its own.
logger = logging.getLogger("src")
logger.addHandler(logging.StreamHandler())
logger.setLevel(settings.LOG_LEVEL)

# The pages of /docs load scripts from the internet; /openapi.json is there.
app = FastAPI(title="ContraVento", debug=settings.DEBUG, docs_url=None, redoc_url=None)
app.include_router(users.router)


@app.on_event("startup")
async def startup() -> None:
    await create_tables()


@app.get("/health")
async def health() -> dict[str, Any]:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    return {"status": "healthy", "environment": settings.APP_ENV, "debug": settings.DEBUG}
