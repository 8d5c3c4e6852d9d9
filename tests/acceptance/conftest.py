"""A newcomer at a demo server, for the tests of the pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.newcomer import Newcomer
from tests.factories.cli.processes import started


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """A newcomer at a freshly started demo server."""
    with started("demo", "--serve", "--port", "0", environment={}, folder=tmp_path) as server:
        yield Newcomer(server, tmp_path)
