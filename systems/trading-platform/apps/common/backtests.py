"""The queue of backtests in Redis: the console puts jobs in, the worker takes them out."""

from pydantic import BaseModel, Field, root_validator

from common.backing import cache

WAITING = "backtests"
# A job is here while it is worked on, so that a worker that dies loses none.
RUNNING = "backtests:running"


class Backtest(BaseModel):
    """Buys when the fast moving average is above the slow one; both in days."""

    id: str = Field(regex="^[A-Za-z0-9-]{1,64}$")
    symbol: str = Field(regex="^[A-Z]{1,12}$")
    fast: int = Field(default=10, ge=1)
    slow: int = Field(default=30, le=250)

    @root_validator(skip_on_failure=True)
    def fast_is_below_slow(cls, values):
        if values["fast"] >= values["slow"]:
            raise ValueError("fast must be below slow")
        return values


def enqueue(backtest: Backtest) -> None:
    cache.lpush(WAITING, backtest.json())
