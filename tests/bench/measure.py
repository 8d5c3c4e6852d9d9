"""Measures work and its yardstick in turns, so that both meet the same conditions."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self

ROUNDS = 20
ROUND_SECONDS = 0.15

Work = Callable[[], Awaitable[object]]


COLUMNS = (
    "scenario",
    "figure",
    "yardstick",
    "ratio",
    "spread",
    "aim",
    "99th percentile",
    "memory",
    "refused",
)


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
    refused: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return what the table shows, by `COLUMNS`."""
        return (
            self.scenario, self.figure, self.yardstick, f"{self.ratio:.2f}", self.spread, self.aim, self.p99,
            self.memory, self.refused,
        )  # fmt: skip

    @classmethod
    def of_rounds(
        cls,
        scenario: str,
        rounds: Sequence[tuple[float, float]],
        *,
        aim: str,
        unit: str = "/s",
        p99: str = "",
        memory: str = "",
        refused: str = "",
    ) -> Self:
        """Return the medians of rounds, each a figure and its yardstick, with the spread of their ratio."""
        ratios = sorted(figure / by for figure, by in rounds)
        figure, by = (f"{_shown(median(side))}{unit}" for side in zip(*rounds, strict=True))
        spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        return cls(scenario, figure, by, median(ratios), aim, spread, p99, memory, refused)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


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
