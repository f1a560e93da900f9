from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query
from pydantic import Field

from app.store import Orders
from common.models import Body
from common.worker import Worker


class NewOrder(Body):
    item: str = Field(min_length=1, max_length=200)
    quantity: int = Field(ge=1, le=1_000_000)
    customer: str | None = Field(default=None, min_length=1, max_length=200)


def router(orders: Orders, announcer: Worker) -> APIRouter:
    routes = APIRouter()

    @routes.post("/", status_code=201)
    def place_order(order: NewOrder) -> dict[str, Any]:
        placed = orders.place(order.item, order.quantity, order.customer)
        announcer.wake()
        return placed

    @routes.get("/")
    def list_orders(limit: int = Query(default=100, ge=1, le=1000)) -> dict[str, Any]:
        return {"orders": orders.latest(limit)}

    @routes.get("/{order_id}")
    def read_order(order_id: UUID) -> dict[str, Any]:
        order = orders.find(str(order_id))
        if order is None:
            raise HTTPException(404, f"no order {order_id}")
        return order

    return routes
