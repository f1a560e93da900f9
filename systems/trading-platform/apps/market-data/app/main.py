"""Market data: a simulated market. Each symbol's price walks at random, a step a second."""

import logging
import random
import time

from fastapi import APIRouter, HTTPException
from prometheus_client import Counter

from common import quotes
from common.application import create_app

log = logging.getLogger("market-data")

OPENING = {"AAPL": 190.0, "MSFT": 410.0, "SPY": 560.0}
TICKS = Counter("market_data_ticks_total", "Quotes published", ["symbol"])
routes = APIRouter()


@routes.get("/quotes")
def all_quotes() -> dict[str, float]:
    return quotes.latest()


@routes.get("/quotes/{symbol}")
def quote(symbol: str) -> dict[str, object]:
    price = quotes.latest().get(symbol)
    if price is None:
        log.warning("there is no quote for %s", symbol)
        raise HTTPException(404, f"there is no quote for {symbol}; there are {', '.join(OPENING)}")
    return {"symbol": symbol, "price": price}


def tick() -> None:
    for symbol, price in (OPENING | quotes.latest()).items():
        quotes.publish(symbol, round(price * (1 + random.gauss(0, 0.0005)), 2))
        TICKS.labels(symbol).inc()
    time.sleep(1)


app = create_app(routes, tick)
