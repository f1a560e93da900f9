"""Alert worker: follows the quotes in Redis, and raises each rule's alert once, as a row in PostgreSQL."""

import logging

import redis
from prometheus_client import Counter

from common.application import create_app
from common.backing import cache, database
from common.quotes import STREAM

log = logging.getLogger("alert-worker")

GROUP = "alert-worker"
CONSUMER = "worker"
RAISED = Counter("alerts_raised_total", "Alerts raised", ["symbol"])

RAISE = """
  INSERT INTO alerts (rule, price)
    SELECT id, %(price)s FROM alert_rules WHERE symbol = %(symbol)s AND above < %(price)s
  ON CONFLICT (rule) DO NOTHING
  RETURNING rule
"""


def step() -> None:
    # Those that were taken before and not done with, then new ones.
    messages = _take("0") or _take(">")
    for message_id, quote in messages:
        if not quote:
            # The stream keeps the last ten thousand; this one has left it since it was taken.
            cache.xack(STREAM, GROUP, message_id)
            continue
        with database() as cursor:
            cursor.execute(RAISE, {"symbol": quote["symbol"], "price": float(quote["price"])})
            raised = cursor.fetchall()
        for row in raised:
            RAISED.labels(quote["symbol"]).inc()
            log.info("rule %s: %s is at %s", row["rule"], quote["symbol"], quote["price"])
        cache.xack(STREAM, GROUP, message_id)


def _take(after: str) -> list[tuple[str, dict[str, str]]]:
    try:
        streams = cache.xreadgroup(GROUP, CONSUMER, {STREAM: after}, count=50, block=1000)
    except redis.ResponseError as error:
        # A new Redis, or one that lost its memory.
        if not str(error).startswith("NOGROUP"):
            raise
        cache.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        return []
    return streams[0][1] if streams else []


app = create_app(step=step)
