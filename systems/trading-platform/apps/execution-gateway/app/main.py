"""Execution gateway: takes orders. Without Alpaca credentials they are filled at once, at the last price.

With credentials an order is recorded as accepted for Alpaca. Sending it there is the real gateway's business;
this reference application never does.
"""

import logging
import os
from typing import Any, Literal
from uuid import uuid4

from fastapi import APIRouter, HTTPException
from prometheus_client import Counter
from pydantic import BaseModel, Field

from common import quotes
from common.application import create_app
from common.backing import database

log = logging.getLogger("execution-gateway")

BROKER = "alpaca" if os.environ.get("ALPACA_API_KEY_ID") else "simulation"
ORDERS = Counter("execution_gateway_orders_total", "Orders taken", ["symbol", "side", "broker"])
routes = APIRouter()


class Order(BaseModel):
    symbol: str = Field(min_length=1, max_length=12)
    side: Literal["buy", "sell"]
    quantity: int = Field(gt=0)


@routes.get("/status")
def status() -> dict[str, str]:
    return {"broker": BROKER}


@routes.post("/orders", status_code=201)
def place(order: Order) -> dict[str, Any]:
    price = quotes.latest().get(order.symbol)
    if price is None:
        raise HTTPException(409, f"there is no quote for {order.symbol}")
    simulated = BROKER == "simulation"
    row = {
        **order.dict(),
        "id": str(uuid4()),
        "broker": BROKER,
        "status": "filled" if simulated else "accepted",
        "price": price if simulated else None,
    }
    with database() as cursor:
        cursor.execute(
            "INSERT INTO orders (id, symbol, side, quantity, broker, status, price) VALUES"
            " (%(id)s, %(symbol)s, %(side)s, %(quantity)s, %(broker)s, %(status)s, %(price)s)",
            row,
        )
    ORDERS.labels(order.symbol, order.side, BROKER).inc()
    log.info("order %(id)s: %(side)s %(quantity)s %(symbol)s, %(status)s", row)
    return row


@routes.get("/orders")
def latest_orders() -> list[dict[str, Any]]:
    with database() as cursor:
        cursor.execute("SELECT * FROM orders ORDER BY placed_at DESC LIMIT 20")
        return cursor.fetchall()


app = create_app(routes)
