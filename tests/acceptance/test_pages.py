"""All pages: every block that can be pasted is tested, every link has a target, and every name exists."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from server.graphql.schema.schema import schema
from server.settings.environment import LINKS, OTHERS, variables
from tests.acceptance.pages import NOT_HERE, PAGES, ROOT, TESTED_BY, anchors, blocks, links, read, table

VARIABLES = OTHERS | {variable.name for variable in variables()}


@pytest.mark.parametrize("page", PAGES)
def test_no_block_goes_untested(page: str) -> None:
    """A test runs each block of shell or Python, or there is a reason why not; GraphQL fits the schema."""
    runnable = [*blocks(page, "sh"), *blocks(page, "python")]
    assert [block.text for block in runnable if not block.pasted and not block.told] == []
    for block in blocks(page, "graphql"):
        assert validate(schema._schema, parse(block.text)) == []


def test_what_is_told_of_blocks_is_so() -> None:
    """Each block that is listed with a test or a reason exists, and so does the test."""
    every = [block for page in PAGES for block in blocks(page)]
    told = [*TESTED_BY, *NOT_HERE]
    assert [key for key in told if not any(block.begins(*key) for block in every)] == []
    assert [test for test in TESTED_BY.values() if not (ROOT / test).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """A relative link leads to an existing file and heading."""
    dead = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(str(path.resolve().relative_to(ROOT)))):
            dead.append(link)
    assert dead == []


def test_every_page_is_found() -> None:
    """Links lead from the README to each page."""
    found, new = {"README.md"}, ["README.md"]
    while new:
        page = new.pop()
        for link in links(page):
            target = link.partition("#")[0]
            path = ((ROOT / page).parent / target).resolve()
            if target.endswith(".md") and "://" not in link and path.is_relative_to(ROOT):
                name = str(path.relative_to(ROOT))
                if name not in found:
                    found.add(name)
                    new.append(name)
    assert set(PAGES) - found == set()


def test_every_file_is_there() -> None:
    """Every path on a page exists in the repository, except built files and made-up examples."""
    named = {
        (page, path)
        for page in PAGES
        for path in re.findall(r"`((?:server|tests|docs|deploy|\.ci|\.github)/[\w./-]+)`", read(page))
    }
    assert [
        (page, path) for page, path in sorted(named) if not (ROOT / path).exists() and not _is_made_up(path)
    ] == []


def _is_made_up(path: str) -> bool:
    return "new_" in path


def test_every_setting_is_one() -> None:
    """The server reads every variable that a page names."""
    named = {(page, name) for page in PAGES for name in re.findall(r"\bCHAPPE_\w+[A-Z]\b", read(page))}
    unread = [pair for pair in named if pair[1] not in VARIABLES and not pair[1].startswith(LINKS)]
    assert sorted(unread) == []


def test_every_decision_is_listed_and_short() -> None:
    """In the order of their numbers, without gaps; each has the three sections, on one screen."""
    index = "docs/adr/README.md"
    names = [Path(page).name for page in PAGES if page.startswith("docs/adr/") and page != index]
    assert links(index) == names
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name in names:
        text = read(f"docs/adr/{name}")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert text.startswith(f"# {name[:4]} ")
        assert len(text.splitlines()) <= 40


def test_the_glossary_is_in_order() -> None:
    """Alphabetical, and each word once."""
    words = [row.split("|")[1].strip(" *").lower() for row in table("docs/glossary.md", "Glossary")]
    assert words == sorted(set(words))
