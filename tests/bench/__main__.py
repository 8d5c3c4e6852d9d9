"""`make bench`: each scenario next to a yardstick of the same run, as a table or with `--json`.

`python -m tests.bench shipped doors` runs only these.
"""

import asyncio
import gc
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    callbacks,
    doors,
    edge,
    events,
    fan_out,
    history,
    idle,
    link,
    loop,
    plans,
    rows,
    scale,
    shipped,
    whole_way,
    writes,
)  # fmt: skip
from tests.bench.measure import Row

SCENARIOS = {
    "shipped": shipped.run, "doors": doors.run, "loop": loop.run, "edge": edge.run, "events": events.run, "fan-out": fan_out.run, "idle": idle.run, "writes": writes.run, "history": history.run, "scale": scale.run,
    "callbacks": callbacks.run, "link": lambda _: link.run(), "whole-way": whole_way.run, "rows": rows.run,
    "plans": plans.run,
}  # fmt: skip
"""The first three load `chappe serve` as shipped, in a process of its own; the others measure parts of it."""


PRINTED_WIDTH = 170


async def main(chosen: Sequence[str]) -> list[Row]:
    """Run these scenarios, or all, each without earlier objects in the garbage collector's way, as in a server."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for name in chosen or SCENARIOS:
            gc.collect()
            gc.freeze()
            rows += await SCENARIOS[name](path)
    return rows


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("scenario", "figure", "yardstick", "ratio", "spread", "aim", "99th", "memory", "refused")
    for row in rows:
        table.add_row(
            row.scenario,
            row.figure,
            row.yardstick,
            f"{row.ratio:.2f}",
            row.spread,
            row.aim,
            row.p99,
            row.memory,
            row.refused,
        )
    Console(width=None if sys.stdout.isatty() else PRINTED_WIDTH).print(table)


if __name__ == "__main__":
    measured = asyncio.run(main([name for name in sys.argv[1:] if name in SCENARIOS]))
    if "--json" in sys.argv:
        print(json.dumps([vars(row) for row in measured], indent=2))  # noqa: T201 the command's output
    else:
        show(measured)
