"""Web console: what the platform does, on one page, and a way to ask for a backtest or an alert.

Who the visitor is, nginx says in X-Visitor. With REQUIRE_VISITOR a request without it did not come by nginx.
"""

import json
import os
import urllib.request
from html import escape
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from common import backtests, quotes, settings
from common.application import create_app
from common.backing import database

EXECUTION_GATEWAY = settings.required("EXECUTION_GATEWAY_URL")
REQUIRE_VISITOR = os.environ.get("REQUIRE_VISITOR") == "true"


def visitor(x_visitor: str | None = Header(default=None)) -> str:
    if REQUIRE_VISITOR and not x_visitor:
        raise HTTPException(401, "come by nginx")
    return x_visitor or "anonymous"


routes = APIRouter(dependencies=[Depends(visitor)])


class NewBacktest(BaseModel):
    symbol: str
    fast: int = 10
    slow: int = 30


class NewAlertRule(BaseModel):
    symbol: str = Field(regex="^[A-Z]{1,12}$")
    above: float = Field(gt=0)


@routes.post("/backtests", status_code=202)
def ask_for_backtest(new: NewBacktest) -> dict[str, str]:
    try:
        job = backtests.Backtest(id=str(uuid4()), **new.dict())
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    backtests.enqueue(job)
    return {"id": job.id}


@routes.post("/alert-rules", status_code=201)
def add_alert_rule(new: NewAlertRule) -> dict[str, int]:
    with database() as cursor:
        cursor.execute(
            "INSERT INTO alert_rules (symbol, above) VALUES (%s, %s) RETURNING id", (new.symbol, new.above)
        )
        return {"id": cursor.fetchone()["id"]}


@routes.get("/", response_class=HTMLResponse)
def page(who: str = Depends(visitor)) -> str:
    with database() as cursor:
        cursor.execute(
            "SELECT id, symbol, trades, total_return FROM backtests ORDER BY finished_at DESC LIMIT 20"
        )
        finished = cursor.fetchall()
        cursor.execute(
            "SELECT symbol, above, price, raised_at FROM alert_rules LEFT JOIN alerts ON rule = id"
            " ORDER BY id DESC LIMIT 20"
        )
        alerts = cursor.fetchall()
    return "\n".join(
        [
            "<!doctype html><title>Trading platform</title>",
            "<h1>Trading platform</h1>",
            f"<p>Visitor: {escape(who)}; broker: {escape(_ask('/status')['broker'])}",
            _table("Quotes", [{"symbol": name, "price": price} for name, price in quotes.latest().items()]),
            _table("Orders", _ask("/orders")),
            _table("Backtests", finished),
            _table("Alerts", alerts),
        ]
    )


def _ask(path: str) -> Any:
    with urllib.request.urlopen(EXECUTION_GATEWAY + path, timeout=10) as answer:
        return json.load(answer)


def _table(title: str, rows: list[dict[str, Any]]) -> str:
    if not rows:
        return f"<h2>{title}</h2><p>none yet"
    head = "".join(f"<th>{escape(key)}" for key in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}" for cell in row.values()) for row in rows)
    return f"<h2>{title}</h2><table><tr>{head}{body}</table>"


app = create_app(routes)
