"""A secret that is generated once and stored."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.kit.kept_secret import kept_secret


def test_it_is_drawn_once_and_kept_from_others(tmp_path: Path) -> None:
    """The folder need not exist; only the owner can read it, and it is long enough for keys."""
    path = tmp_path / "var" / "secret.key"
    drawn = kept_secret(path)
    assert len(drawn) >= 32
    assert kept_secret(path) == drawn
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret.key"]


def test_all_who_draw_at_once_get_the_same(tmp_path: Path) -> None:
    """The second process takes the first one's secret."""
    with ThreadPoolExecutor(16) as pool:
        drawn = set(pool.map(kept_secret, [tmp_path / "secret.key"] * 16))
    assert len(drawn) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


def test_where_none_can_be_kept_it_says_so(tmp_path: Path) -> None:
    """Instead of using one that is lost with the process."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        kept_secret(tmp_path / "file" / "secret.key")
