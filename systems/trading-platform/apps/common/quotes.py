"""Quotes in Redis: the last one of each symbol, and a stream of all."""

from common.backing import cache

LATEST = "quotes"
STREAM = "quotes:stream"
KEPT = 10_000


def publish(symbol: str, price: float) -> None:
    with cache.pipeline() as pipeline:
        pipeline.hset(LATEST, symbol, price)
        pipeline.xadd(STREAM, {"symbol": symbol, "price": price}, maxlen=KEPT, approximate=True)
        pipeline.execute()


def latest() -> dict[str, float]:
    return {symbol: float(price) for symbol, price in sorted(cache.hgetall(LATEST).items())}
