"""README.md taken apart: its fenced blocks, and its tables as the code would write them."""

import re
from pathlib import Path

from server.gateways.simulator import SPECIAL
from server.rules.ptt import PTT_CODES

README = Path(__file__).parents[2] / "README.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path = README) -> list[tuple[str, str]]:
    """Return every fenced block of a page: its language and its text."""
    return _BLOCK.findall(page.read_text())


def table(heading: str) -> list[str]:
    """Return the rows of the first table under a heading, without its head."""
    section = README.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    end = next((i for i, line in enumerate(lines) if i > 1 and line.startswith("|---")), len(lines) + 1)
    return lines[2 : end - 1]


def simulator_rows() -> list[str]:
    """Return the rows that the table of the simulated operator has to have."""
    rows = [f"| {digits} | {script.summary} |" for digits, script in SPECIAL.items()]
    codes = [f"{code:03}" for code in PTT_CODES if f"{code:03}" not in SPECIAL]
    return [
        *rows,
        f"| {', '.join(codes)} | ends with the ptt code of that number |",
        "| any others | delivered |",
    ]
