"""One server on one SQLite file, by any of its names."""

import os
import sys
from pathlib import Path

import pytest

from server.cli.single_server import sole_server
from server.cli.terminal import CommandRefused
from server.settings import Settings


def _named(name: object) -> Settings:
    return Settings(database={"url": f"sqlite://{name}"})


def _names(folder: Path) -> dict[str, Path]:
    """Return a file of a database by many names."""
    data = folder / "data"
    data.mkdir()
    file = data / "chappe.db"
    file.touch()
    (folder / "other").symlink_to(data)
    (folder / "link.db").symlink_to(file)
    (folder / "hard.db").hardlink_to(file)
    return {
        "itself": file,
        "a link": folder / "link.db",
        "a linked folder": folder / "other" / "chappe.db",
        "a way round": data / ".." / "data" / "chappe.db",
        "a relative path": Path(os.path.relpath(file)),
    } | ({"a hard link": folder / "hard.db"} if sys.platform == "linux" else {})


def test_whatever_it_is_called_the_file_has_one_server(tmp_path: Path) -> None:
    """A second one is refused by any name of the file, and starts once the first has ended."""
    names = _names(tmp_path)
    for first in names.values():
        with sole_server(_named(first)):
            for how, second in names.items():
                with (
                    pytest.raises(CommandRefused, match="Another serve or worker runs on"),
                    sole_server(_named(second)),
                ):
                    pytest.fail(how)
    with sole_server(_named(tmp_path / "fresh.db")):
        assert not (tmp_path / "fresh.db").exists()


def test_a_file_that_takes_anothers_place_is_refused_too(tmp_path: Path) -> None:
    """A backup that replaces a database in use is not served at the same time."""
    file = _names(tmp_path)["itself"]
    with sole_server(_named(file)):
        file.unlink()
        file.touch()
        with pytest.raises(CommandRefused), sole_server(_named(file)):
            pytest.fail("it is served")


@pytest.mark.parametrize("name", ["file/chappe.db", "loop/chappe.db"])
def test_a_place_that_can_hold_no_file_is_told(tmp_path: Path, name: str) -> None:
    """In one line, with the reason."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(CommandRefused, match="Can't open "), sole_server(_named(tmp_path / name)):
        pytest.fail("it is served")
