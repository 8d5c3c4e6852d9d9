"""`make bench`: each scenario next to a yardstick of the same run, as a table or with `--json`.

`python -m tests.bench shipped doors` runs only these. With `--record` the figures also go to `docs/performance.md`, into
the table of this version.
"""

import asyncio
import gc
import json
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
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
    request_log,
    rows,
    scale,
    shipped,
    whole_way,
    writes,
)
from tests.bench.measure import COLUMNS, Row
from tests.bench.record import record

Scenario = Callable[[Path], Awaitable[list[Row]]]

AS_SHIPPED: dict[str, Scenario] = {
    "shipped": shipped.run, "log": request_log.run, "doors": doors.run, "whole-way": whole_way.run,
    "writes": writes.run, "fan-out": fan_out.run, "idle": idle.run, "history": history.run, "scale": scale.run,
    "loop": loop.run,
}  # fmt: skip
"""They load `chappe serve` as shipped, in a process of its own."""

PARTS: dict[str, Scenario] = {
    "edge": edge.run, "events": events.run, "callbacks": callbacks.run, "link": lambda _: link.run(),
    "rows": rows.run, "plans": plans.run,
}  # fmt: skip
"""They measure a part of the server in this process, to tell what that part costs."""

PRINTED_WIDTH = 190


async def main(chosen: Sequence[str]) -> list[Row]:
    """Run these scenarios, or all, each without earlier objects in the garbage collector's way, as in a server."""
    scenarios = AS_SHIPPED | PARTS
    unknown = [name for name in chosen if name not in scenarios]
    if unknown:
        sys.exit(f"There is no scenario {', '.join(unknown)}; there are {', '.join(scenarios)}.")
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen or scenarios:
            gc.collect()
            gc.freeze()
            found += await scenarios[name](Path(folder))
    return found


def show(found: list[Row]) -> None:
    """Print the table."""
    table = Table(*COLUMNS)
    for row in found:
        table.add_row(*row.cells)
    Console(width=None if sys.stdout.isatty() else PRINTED_WIDTH).print(table)


if __name__ == "__main__":
    # So that what is running ends with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    options = {word for word in sys.argv[1:] if word.startswith("--")}
    measured = asyncio.run(main([word for word in sys.argv[1:] if word not in options]))
    if "--json" in options:
        print(json.dumps([vars(row) for row in measured], indent=2))  # noqa: T201 the command's output
    else:
        show(measured)
    if "--record" in options:
        record(measured)
