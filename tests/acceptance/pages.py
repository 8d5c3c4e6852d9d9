"""The documentation pages, split into fenced blocks, tables, links and headings."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    str(path.relative_to(ROOT)) for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
)

PASTED = ("README.md", "docs/alerts.md", "docs/guides/send-by-url.md")
"""The pages whose shell blocks `test_pages_pasted.py` pastes one after the other."""

TESTED_BY = {
    ("README.md", "make run\n"): "tests/acceptance/test_two_commands.py",
    ("README.md", "make run SMPP_URL="): "tests/acceptance/test_two_commands.py",
    ("docs/guides/callbacks.md", "import base64"): "tests/acceptance/test_callback_verifier.py",
    ("docs/guides/follow-deliveries.md", ".venv/bin/gql-cli"): "tests/acceptance/test_follow_page.py",
    ("docs/guides/follow-deliveries.md", "curl"): "tests/acceptance/test_follow_page.py",
}
"""Blocks with their own test, by page and beginning: the test."""

NOT_HERE = {
    ("CONTRIBUTING.md", "make quick\n"): "it would run tests inside a test",
    ("README.md", "make test\n"): "it is this very run",
    ("docs/guides/callbacks.md", "CHAPPE_CALLBACK_ALLOWED_NETWORKS="): "it serves until it is stopped",
    ("docs/guides/operator-link.md", "chappe smpp-check"): "it needs an operator",
    ("docs/guides/operator-link.md", "make run SMPP_URL="): "it needs an operator",
    ("docs/guides/production.md", "export CHAPPE_DATABASE_URL="): "it needs a PostgreSQL server of that name",
}
"""Blocks that no test can run, by page and beginning: the reason."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(<?([^)>\s]+)>?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str

    @property
    def pasted(self) -> bool:
        """Whether it is pasted into a shell."""
        return self.language == "sh" and self.page in PASTED and not self.told

    @property
    def told(self) -> bool:
        """Whether it has its own test, or a reason for having none."""
        return any(self.begins(*key) for key in [*TESTED_BY, *NOT_HERE])

    def begins(self, page: str, start: str) -> bool:
        """Tell whether it is on this page and begins like this."""
        return self.page == page and self.text.startswith(start)


@lru_cache
def read(page: str) -> str:
    """Return the text of a page, by its path from the root."""
    return (ROOT / page).read_text()


def blocks(page: str, language: str | None = None) -> list[Block]:
    """Return the fenced blocks of a page, or those in one language."""
    found = [Block(page, tag, text) for tag, text in _BLOCK.findall(read(page))]
    return [block for block in found if language in {None, block.language}]


def block(page: str, language: str, containing: str = "") -> str:
    """Return the text of a page's only block in this language that contains this text."""
    [found] = [each.text for each in blocks(page, language) if containing in each.text]
    return found


def table(page: str, heading: str) -> list[str]:
    """Return the rows of the first table under a heading (of any level), without its header."""
    section = re.split(rf"^#+ {re.escape(heading)}$", read(page), maxsplit=1, flags=re.MULTILINE)[1]
    rows: list[str] = []
    for line in section.splitlines():
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            break
    return rows[2:]


def links(page: str) -> list[str]:
    """Return the targets of a page's links, as they are written."""
    return _LINK.findall(_FENCED.sub("", read(page)))


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings."""
    headings = _HEADING.findall(_FENCED.sub("", read(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
