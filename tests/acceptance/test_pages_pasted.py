"""The commands that a newcomer pastes work as written, and give exactly the answers shown."""

import json

import pytest

from tests.acceptance.newcomer import Newcomer
from tests.acceptance.pages import PASTED, Block, blocks, read
from tests.factories.cli.processes import eventually


@pytest.mark.parametrize("page", PASTED)
def test_a_page_works_as_pasted(newcomer: Newcomer, page: str) -> None:
    """Its shell blocks, one after the other, print the content of the block after them."""
    eventually(newcomer.settled)  # the demo's messages, some of which are refunded
    if "$TOKEN" in read(page) and "TOKEN=$(" not in read(page):
        newcomer.sign_in()
    every = blocks(page)
    for step, following in zip(every, [*every[1:], None], strict=True):
        if step.pasted:
            _compare(newcomer.paste(step.text), following)
            eventually(newcomer.settled)


def _compare(printed: str, shown: Block | None) -> None:
    """Compare the output with the page: a text or JSON, or at least no error."""
    if shown is not None and shown.language == "text":
        assert printed == shown.text.strip()
    elif shown is not None and shown.language == "json":
        answer = json.loads(printed)
        if "data" in answer:
            assert answer.pop("extensions")["cost"]["actual"] > 0
        assert answer == json.loads(shown.text)
    else:
        assert '"message"' not in printed


def test_the_first_command_is_make_run() -> None:
    """Nothing has to be typed before `make run`."""
    assert blocks("README.md")[0] == Block("README.md", "sh", "make run\n")
