"""`make bench`: each scenario next to a yardstick of the same run, as a table or with `--json`."""

import asyncio
import gc
import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import callbacks, doors, edge, events, link, loop, plans, rows, statistics, whole_way
from tests.bench.measure import Row

SCENARIOS = (
    edge.run, events.run, callbacks.run, lambda _: link.run(), whole_way.run, doors.run, loop.run,
    rows.run, plans.run, statistics.run,
)  # fmt: skip


async def main() -> list[Row]:
    """Run all scenarios, each without earlier objects in the garbage collector's way, as in a server."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        for scenario in SCENARIOS:
            gc.collect()
            gc.freeze()
            rows += await scenario(path)
    return rows


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("scenario", "figure", "yardstick", "ratio", "aim")
    for row in rows:
        table.add_row(row.scenario, row.figure, row.yardstick, f"{row.ratio:.2f}", row.aim)
    Console().print(table)


if __name__ == "__main__":
    measured = asyncio.run(main())
    if "--json" in sys.argv:
        print(json.dumps([vars(row) for row in measured], indent=2))  # noqa: T201 the command's output
    else:
        show(measured)
