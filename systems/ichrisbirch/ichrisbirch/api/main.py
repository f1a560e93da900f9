"""The API: tasks, kept in PostgreSQL and listed through a cache in Redis."""

import logging
import os
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import select, text

from ichrisbirch import cache, logs
from ichrisbirch.api.bodies import Bodies
from ichrisbirch.database import Session, Task, create_tables, engine

logs.configure()
log = logging.getLogger(__name__)

# Their pages load scripts from the internet; /openapi.json is there.
app = FastAPI(title="ichrisbirch API", docs_url=None, redoc_url=None)
app.add_event_handler("startup", create_tables)
app.add_middleware(Bodies, limit=int(os.environ["MAX_BODY_BYTES"]))


class NewTask(BaseModel):
    name: str = Field(min_length=1)
    priority: int = Field(default=10, ge=1)


@app.get("/")
def root() -> dict[str, str]:
    return {"title": app.title}


@app.get("/health")
def health() -> JSONResponse:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        cache.server.ping()
    except Exception as error:
        log.exception("not healthy")
        return JSONResponse({"status": "unhealthy", "error": type(error).__name__}, status_code=503)
    return JSONResponse({"status": "healthy"})


@app.get("/tasks/")
def tasks() -> list[dict[str, Any]]:
    return cache.tasks(_read_tasks)


@app.post("/tasks/", status_code=201)
def add_task(new: NewTask) -> dict[str, Any]:
    with Session.begin() as session:
        task = Task(name=new.name, priority=new.priority)
        session.add(task)
        session.flush()
        added = _as_dict(task)
    cache.tasks_changed()
    log.debug("task %(id)s added: %(name)s", added)
    return added


def _read_tasks() -> list[dict[str, Any]]:
    log.debug("tasks are read from the database")
    with Session() as session:
        return [_as_dict(task) for task in session.scalars(select(Task).order_by(Task.priority, Task.id))]


def _as_dict(task: Task) -> dict[str, Any]:
    return {"id": task.id, "name": task.name, "priority": task.priority}
