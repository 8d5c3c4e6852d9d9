"""The tests mirror the source: a path on one side can be guessed from the other."""

from pathlib import Path

import pytest

from tests.acceptance.pages import ROOT

SERVER, TESTS = ROOT / "server", ROOT / "tests"
NOT_MIRRORED = {
    "acceptance": "it has the whole as a user meets it, and these pages",
    "bench": "it measures the whole",
    "browser": "it has the pages as a browser shows them",
    "factories": "its rooms are named as any layer's",
}
"""The folders of tests with another layout than the source: the reason."""
EVERYWHERE = {Path("running")}
"""The rooms of factories for no part of the source: general helpers."""


def _folders(root: Path) -> set[Path]:
    """Return the folders below a root that contain Python, directly or deeper."""
    files = (path.relative_to(root) for path in root.rglob("*.py") if "node_modules" not in path.parts)
    return {folder for file in files for folder in file.parents if folder != Path()}


def test_every_kind_of_test_is_mirrored_or_says_why_not() -> None:
    """A new kind has to do one or the other."""
    kinds = {folder.parts[0] for folder in _folders(TESTS)}
    assert {"unit", "integration", "property"} == kinds - NOT_MIRRORED.keys()


@pytest.mark.parametrize("kind", ["unit", "integration", "property"])
def test_a_folder_of_tests_is_one_of_the_source(kind: str) -> None:
    """What is in `tests/unit/rules/callbacks` is about `server/rules/callbacks`."""
    assert [folder for folder in sorted(_folders(TESTS / kind)) if not (SERVER / folder).is_dir()] == []


def test_a_room_of_factories_is_one_of_the_source() -> None:
    """Named like a layer, or like a domain in every layer that has it; no factory is outside a room."""
    factories = TESTS / "factories"
    assert [path.name for path in factories.glob("*.py")] == []
    known = _folders(SERVER)
    known |= {Path(*folder.parts[1:]) for folder in known}
    assert sorted(_folders(factories) - known) == sorted(EVERYWHERE)
