"""Backtest worker: takes jobs from the queue in Redis, one at a time."""

import logging

from prometheus_client import Counter
from pydantic import ValidationError

from app.backtest import run
from common.application import create_app
from common.backing import cache
from common.backtests import RUNNING, WAITING, Backtest

log = logging.getLogger("backtest-worker")

DONE = Counter("backtests_total", "Backtests taken from the queue", ["outcome"])


def step() -> None:
    # What was being worked on when the last worker, or the last step, failed comes first.
    job = cache.lindex(RUNNING, -1) or cache.blmove(WAITING, RUNNING, timeout=1, src="RIGHT", dest="LEFT")
    if job is None:
        return
    try:
        run(Backtest.parse_raw(job))
        DONE.labels("finished").inc()
    except ValidationError as error:
        # It will not get better by trying again.
        log.error("job %s is thrown away: %s", job, error)
        DONE.labels("rejected").inc()
    cache.lrem(RUNNING, 1, job)


app = create_app(step=step)
