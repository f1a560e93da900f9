"""Runs one backtest: its result is a row in PostgreSQL, its equity curve a file in /backtests."""

import json
import logging
from dataclasses import asdict
from pathlib import Path

from app.strategy import closes, crossover
from common.backing import database
from common.backtests import Backtest

log = logging.getLogger("backtest")

FOLDER = Path("/backtests")


def run(job: Backtest) -> None:
    result = crossover(closes(job.symbol), job.fast, job.slow)
    file = FOLDER / f"{job.id}.json"
    # Written beside and renamed: a reader never sees half a file.
    beside = file.with_suffix(".part")
    beside.write_text(json.dumps({**job.dict(), **asdict(result)}))
    beside.rename(file)
    with database() as cursor:
        # A job may come twice, after a worker died; its result is the same.
        cursor.execute(
            "INSERT INTO backtests (id, symbol, fast, slow, trades, total_return, file)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO NOTHING",
            (job.id, job.symbol, job.fast, job.slow, result.trades, result.total_return, str(file)),
        )
    log.info(
        "backtest %s of %s: %+.2f %%, %s trades", job.id, job.symbol, 100 * result.total_return, result.trades
    )
