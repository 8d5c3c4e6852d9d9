"""Full garbage collections happen when nothing large is running."""

import gc
from collections.abc import Iterator

import pytest

from server.kit.collecting import DUE, Collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A started collector; Python takes over again afterwards."""
    thresholds = gc.get_threshold()
    collector = Collector()
    collector.start()
    yield collector
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def _full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def _grow() -> list[list[object]]:
    """Create enough objects for a collection to be due."""
    kept: list[list[object]] = []
    while gc.get_count()[2] < DUE:
        kept.append([])
    return kept


async def test_none_comes_by_itself(collector: Collector) -> None:
    """Python begins no full collection, however many objects are created."""
    before = _full_collections()
    assert _grow()
    assert _full_collections() == before
    collector.look()
    assert _full_collections() == before + 1
    collector.look()
    assert _full_collections() == before + 1


async def test_none_comes_while_something_large_is_under_way(collector: Collector) -> None:
    """It waits for the end of the last one."""
    before = _full_collections()
    with collector.busy():
        with collector.busy():
            assert _grow()
            collector.look()
        collector.look()
        assert _full_collections() == before
    collector.look()
    assert _full_collections() == before + 1


async def test_one_that_is_overdue_waits_no_longer(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So memory does not fill up if something large is always running."""
    monkeypatch.setattr("server.kit.collecting.OVERDUE_SECONDS", 0.0)
    before = _full_collections()
    with collector.busy():
        assert _grow()
        collector.look()
    assert _full_collections() == before + 1


def test_python_keeps_its_own_way_without_a_start() -> None:
    """A process that does not serve keeps Python's collections."""
    before = gc.get_threshold(), _full_collections()
    Collector().look()
    assert (gc.get_threshold(), _full_collections()) == before
