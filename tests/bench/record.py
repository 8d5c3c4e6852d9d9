"""`--record`: the figures of a version on the page about performance."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from time import strftime

from tests.bench.measure import COLUMNS, Row

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
HISTORY = "## History\n"


def record(rows: Sequence[Row]) -> None:
    """Write figures into this version's table, the first of the history; those of the same scenarios are replaced."""
    before, mark, history = PAGE.read_text().partition(HISTORY)
    assert mark, f"{PAGE} has no history"
    python = ".".join(map(str, sys.version_info[:2]))
    title = f"### {version('chappe')}, {strftime('%B %Y')}, Python {python}, {os.cpu_count()} cores\n"
    _, found, rest = history.partition(title)
    table, end, older = rest.partition("\n### ") if found else ("", "\n", history)
    lines = {
        line.split(" | ")[0]: line
        for line in table.splitlines()
        if line.startswith("| ") and line != _line(COLUMNS)
    }
    lines |= {line.split(" | ")[0]: line for line in (_line(row.cells) for row in rows)}
    shown = "\n".join([_line(COLUMNS), "|---" * len(COLUMNS) + "|", *lines.values()])
    PAGE.write_text(f"{before}{mark}\n{title}\n{shown}\n{end}{older.lstrip()}".rstrip() + "\n")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
