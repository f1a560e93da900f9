"""A moving-average crossover over a simulated year of closing prices."""

import random
from dataclasses import dataclass

DAYS = 252


@dataclass(frozen=True)
class Result:
    trades: int
    total_return: float
    # What 1.0 has become, day by day.
    equity: list[float]


def closes(symbol: str) -> list[float]:
    """The same for a symbol every time, so that a backtest can be repeated."""
    walk = random.Random(symbol)
    prices = [100.0]
    while len(prices) < DAYS:
        prices.append(prices[-1] * (1 + walk.gauss(0.0004, 0.012)))
    return prices


def crossover(prices: list[float], fast: int, slow: int) -> Result:
    equity, trades, invested = [1.0], 0, False
    for day in range(1, len(prices)):
        # What was decided the evening before is what the day's change is earned on.
        change = prices[day] / prices[day - 1] if invested else 1.0
        equity.append(equity[-1] * change)
        if day + 1 < slow:
            continue
        wanted = _average(prices, day, fast) > _average(prices, day, slow)
        trades += wanted != invested
        invested = wanted
    return Result(trades, equity[-1] - 1, equity)


def _average(prices: list[float], day: int, window: int) -> float:
    return sum(prices[day + 1 - window : day + 1]) / window
