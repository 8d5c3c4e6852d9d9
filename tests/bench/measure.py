"""Measures work and its yardstick in turns, so that both meet the same conditions."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

ROUNDS = 20
ROUND_SECONDS = 0.15

Work = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Row:
    """One line of the table; `ratio` is the figure divided by its yardstick."""

    scenario: str
    figure: str
    yardstick: str
    ratio: float
    aim: str
    spread: str = ""
    p99: str = ""
    memory: str = ""


async def compare(scenario: str, work: Work, yardstick: Work, *, aim: str) -> Row:
    """Compare the best rate per second of both, in alternating rounds.

    The best, since other work of the machine can only slow them down.
    """
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for timed, measured in zip((work, yardstick), rates, strict=True):
            measured.append(await _rate(timed))
    figure, by = map(max, rates)
    return Row(scenario, f"{figure:,.0f}/s", f"{by:,.0f}/s", figure / by, aim)


async def _rate(work: Work) -> float:
    await work()
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < ROUND_SECONDS:
        await work()
        done += 1
    return done / took
