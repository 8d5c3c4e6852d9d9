"""The pages that tell people about Chappe, taken apart: fenced blocks, tables, links and headings."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    str(path.relative_to(ROOT)) for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
)

PASTED = ("README.md", "docs/alerts.md", "docs/guides/send-by-url.md")
"""The pages whose shell blocks are pasted one after the other, by `test_pages_pasted.py`."""

TESTED_BY = {
    ("README.md", "make run\n"): "tests/acceptance/test_two_commands.py",
    ("README.md", "make run SMPP_URL="): "tests/acceptance/test_two_commands.py",
    ("docs/guides/callbacks.md", "import base64"): "tests/acceptance/test_callback_verifier.py",
    ("docs/guides/follow-deliveries.md", ".venv/bin/gql-cli"): "tests/acceptance/test_follow_page.py",
    ("docs/guides/follow-deliveries.md", "curl"): "tests/acceptance/test_follow_page.py",
}
"""What a test of its own runs, by its page and how it begins: that test."""

NOT_HERE = {
    ("CONTRIBUTING.md", "make quick\n"): "it would run tests inside a test",
    ("README.md", "make test\n"): "it is this very run",
    ("docs/guides/callbacks.md", "CHAPPE_CALLBACK_ALLOWED_NETWORKS="): "it serves until it is stopped",
    ("docs/guides/operator-link.md", "chappe smpp-check"): "it needs an operator",
    ("docs/guides/operator-link.md", "make run SMPP_URL="): "it needs an operator",
    ("docs/guides/production.md", "export CHAPPE_DATABASE_URL="): "it needs a PostgreSQL server of that name",
}
"""What no test can run, by its page and how it begins: why."""

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
        """Whether it is pasted into a shell, in its turn."""
        return self.language == "sh" and self.page in PASTED and not self.told

    @property
    def told(self) -> bool:
        """Whether it has a test of its own, or a reason for having none."""
        return any(self.begins(*key) for key in [*TESTED_BY, *NOT_HERE])

    def begins(self, page: str, start: str) -> bool:
        """Tell whether it stands on this page and begins like this."""
        return self.page == page and self.text.startswith(start)


@lru_cache
def read(page: str) -> str:
    """Return the text of a page, which is named from the root."""
    return (ROOT / page).read_text()


def blocks(page: str, language: str | None = None) -> list[Block]:
    """Return the fenced blocks of a page, or those in one language."""
    found = [Block(page, tag, text) for tag, text in _BLOCK.findall(read(page))]
    return [block for block in found if language in {None, block.language}]


def block(page: str, language: str, containing: str = "") -> str:
    """Return the text of the one block of a page that is in this language and has this text in it."""
    [found] = [each.text for each in blocks(page, language) if containing in each.text]
    return found


def table(page: str, heading: str) -> list[str]:
    """Return the rows of the first table under a heading (of any level), without its head."""
    section = re.split(rf"^#+ {re.escape(heading)}$", read(page), maxsplit=1, flags=re.MULTILINE)[1]
    rows: list[str] = []
    for line in section.splitlines():
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            break
    return rows[2:]


def links(page: str) -> list[str]:
    """Return where the links of a page lead, as they are written."""
    return _LINK.findall(_FENCED.sub("", read(page)))


def anchors(page: str) -> set[str]:
    """Return the anchors that the headings of a page have where it is shown."""
    headings = _HEADING.findall(_FENCED.sub("", read(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
