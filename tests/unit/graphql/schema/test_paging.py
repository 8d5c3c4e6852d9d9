"""Cursors and page requests."""

from typing import Any

import pytest

from server.errors import InvalidInput
from server.graphql.schema.paging import DEFAULT_PAGE, MAX_PAGE, Order, PageRequest
from server.store.models import Rate

BY_PRICE = Order("rates", ("credits", "country"), (int, str))
RATE = Rate(country="FR", credits=1_000)


def test_a_cursor_holds_the_key_of_its_row() -> None:
    """A list reads the values from a cursor that it wrote."""
    assert BY_PRICE.values(BY_PRICE.cursor(RATE)) == (1_000, "FR")


def test_a_list_reads_its_cursors_in_both_directions() -> None:
    """The reversed list continues from the same row."""
    assert Order("rates", ("credits", "country"), (int, str), descending=True).values(
        BY_PRICE.cursor(RATE)
    ) == (1_000, "FR")


@pytest.mark.parametrize(
    "other",
    [
        Order("prices", ("credits", "country"), (int, str)),
        Order("rates", ("updated_at_us", "country"), (int, str)),
        Order("rates", ("country",), (str,)),
    ],
    ids=["another list", "another order", "another shape"],
)
def test_a_cursor_is_for_its_own_list_and_order(other: Order) -> None:
    """A cursor of another list or order would begin at a meaningless row."""
    with pytest.raises(InvalidInput, match="not a cursor of this list"):
        other.values(BY_PRICE.cursor(RATE))


@pytest.mark.parametrize(
    ("arguments", "request_"),
    [
        ({}, PageRequest(DEFAULT_PAGE)),
        ({"first": 1}, PageRequest(1)),
        ({"first": MAX_PAGE, "after": "a"}, PageRequest(MAX_PAGE, after="a")),
        ({"last": 3}, PageRequest(3, backward=True)),
        ({"last": 3, "before": "b"}, PageRequest(3, before="b", backward=True)),
        ({"after": "a", "before": "b"}, PageRequest(DEFAULT_PAGE, after="a", before="b")),
    ],
    ids=["nothing", "first", "first and after", "last", "last and before", "two cursors"],
)
def test_these_pages_can_be_asked_for(arguments: dict[str, Any], request_: PageRequest) -> None:
    """A page is the first N after a cursor, or the last N before one."""
    none = dict.fromkeys(("first", "after", "last", "before"))
    assert PageRequest.of(**{**none, **arguments}) == request_


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 0}, {"first": -1}, {"first": MAX_PAGE + 1}, {"last": 0}, {"last": MAX_PAGE + 1},
        {"first": 1, "last": 1}, {"last": 1, "after": "a"},
    ],
    ids=repr,
)  # fmt: skip
def test_these_can_not(arguments: dict[str, Any]) -> None:
    """Sizes outside 1 to 100, and both directions at once, are refused."""
    none = dict.fromkeys(("first", "after", "last", "before"))
    with pytest.raises(InvalidInput):
        PageRequest.of(**{**none, **arguments})
