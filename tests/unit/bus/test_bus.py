"""The bus of one process wakes listeners, and nobody else."""

from server.bus.bus import MemoryBus, account_topic


def test_every_listener_of_a_topic_is_woken() -> None:
    """But none of another topic; a wake-up before listening is not remembered."""
    bus = MemoryBus()
    bus.publish("a")
    with bus.listen("a") as first, bus.listen("a") as second, bus.listen("b") as other:
        assert bus.listener_count() == 3
        assert not first.is_set()
        bus.publish("a")
        assert (first.is_set(), second.is_set(), other.is_set()) == (True, True, False)


def test_a_listener_that_has_left_is_forgotten() -> None:
    """A topic without listeners is removed, so that nothing grows."""
    bus = MemoryBus()
    with bus.listen("a") as first:
        with bus.listen("a"):
            pass
        assert bus.listener_count() == 1
        bus.publish("a")
        assert first.is_set()
    bus.publish("a")
    assert bus.listener_count() == 0
    assert not bus._listeners


def test_publishing_asks_for_no_listener() -> None:
    """A topic without listeners is not kept."""
    bus = MemoryBus()
    bus.publish("a")
    assert not bus._listeners


def test_each_account_has_a_topic_of_its_own() -> None:
    """By its id."""
    assert account_topic(1) != account_topic(11)
