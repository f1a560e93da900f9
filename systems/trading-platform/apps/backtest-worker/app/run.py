"""`python -m app.run` runs the backtest that BACKTEST_SYMBOL, _FAST and _SLOW describe, and ends."""

import os
from datetime import UTC, datetime

from pydantic import ValidationError

from app.backtest import run
from common import backing, logs
from common.backtests import Backtest

if __name__ == "__main__":
    logs.configure()
    try:
        job = Backtest(
            id=f"manual-{datetime.now(UTC):%Y%m%d-%H%M%S}",
            symbol=os.environ["BACKTEST_SYMBOL"],
            fast=os.environ["BACKTEST_FAST"],
            slow=os.environ["BACKTEST_SLOW"],
        )
    except ValidationError as error:
        raise SystemExit(f"BACKTEST_SYMBOL, BACKTEST_FAST, BACKTEST_SLOW: {error}") from None
    backing.create_tables()
    run(job)
