from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Query
from pydantic import Field

from app.store import Notifications
from common.models import Body
from common.notification_queue import Notification, NotificationQueue


class NewNotification(Body):
    kind: str = Field(min_length=1, max_length=100)
    recipient: str | None = Field(default=None, min_length=1, max_length=200)
    payload: dict[str, Any] = Field(default_factory=dict)
    # The sender's own, so that a notification it sends twice is delivered once.
    key: str | None = Field(default=None, min_length=1, max_length=200)


def router(notifications: Notifications, queue: NotificationQueue) -> APIRouter:
    routes = APIRouter()

    @routes.post("/", status_code=202)
    def enqueue(new: NewNotification) -> dict[str, Any]:
        key = new.key or str(uuid4())
        queue.publish(Notification(key, new.kind, new.recipient, new.payload))
        return {"status": "queued", "key": key}

    @routes.get("/")
    def list_notifications(
        kind: str | None = None, recipient: str | None = None, limit: int = Query(default=100, ge=1, le=1000)
    ) -> dict[str, Any]:
        return {"notifications": notifications.latest(kind, recipient, limit)}

    return routes
