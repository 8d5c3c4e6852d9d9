"""How the state of a message changes."""

import pytest

from server.rules.dispatch.delivery_state import State, accepted, advance, combine, no_final_receipt
from server.rules.messages.ptt import DeliveryStatus

CREATED, SUCCESS, FAILED, PENDING, BUFFERED, NOT_BILLED = DeliveryStatus


def state(status: int, ptt: int | None = None) -> State:
    """Return a state from a status's number."""
    return State(DeliveryStatus(status), ptt)


@pytest.mark.parametrize(
    ("current", "receipt"),
    [
        (state(0), state(4, 3)),
        (state(0), state(8, 1)),
        (state(0), state(1, 4)),
        (state(0), state(2, 5)),
        (state(0), state(16, 23)),
        (state(4, 3), state(8, 1)),
        (state(4, 3), state(8, 3)),
        (state(4, 3), state(1, 4)),
        (state(4, 3), state(2, None)),
        (state(4, 3), state(16, 29)),
        (state(8, 1), state(1, 4)),
        (state(8, 1), state(2, 24)),
        (state(8, 1), state(16, 1)),
        (state(8, 1), state(8, 2)),
        (state(8, None), state(8, 1)),
    ],
)
def test_a_receipt_that_leads_on_is_followed(current: State, receipt: State) -> None:
    """A later status counts, and so does another reason for a delay."""
    assert advance(current, receipt) == receipt


@pytest.mark.parametrize(
    ("current", "receipt"),
    [
        (state(0), state(0)),
        (state(0), state(0, 3)),
        (state(4, 3), state(0)),
        (state(4, 3), state(4, 3)),
        (state(4, 3), state(4, 99)),
        (state(8, 1), state(0)),
        (state(8, 1), state(4, 3)),
        (state(8, 1), state(8, 1)),
        (state(8, 1), state(8, None)),
        (state(8, None), state(8, None)),
        (state(1, 4), state(0)),
        (state(1, 4), state(4, 3)),
        (state(1, 4), state(8, 1)),
        (state(1, 4), state(1, 4)),
        (state(1, 4), state(1, 5)),
        (state(1, 4), state(2, 5)),
        (state(1, 4), state(16, 5)),
        (state(2, 6), state(1, 4)),
        (state(2, 6), state(2, 24)),
        (state(2, 6), state(16, 24)),
        (state(16, 23), state(1, 4)),
        (state(16, 23), state(2, 5)),
        (state(16, 23), state(16, 24)),
    ],
)
def test_a_late_or_doubled_receipt_changes_nothing(current: State, receipt: State) -> None:
    """No status comes back, and final ones stay."""
    assert advance(current, receipt) is None


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([(0, None)], (0, None)),
        ([(4, 3)], (4, 3)),
        ([(1, 4)], (1, 4)),
        ([(2, 24)], (2, 24)),
        ([(16, 23)], (16, 23)),
        ([(4, 3), (0, None)], (0, None)),
        ([(1, 4), (4, 3)], (4, 3)),
        ([(8, 1), (4, 3)], (4, 3)),
        ([(2, 24), (8, 2)], (8, 2)),
        ([(16, 23), (0, None)], (0, None)),
        ([(8, 2), (8, 1)], (8, 2)),
        ([(1, 4), (8, 2), (8, 1)], (8, 2)),
        ([(1, 4), (1, 4)], (1, 4)),
        ([(1, 4), (2, 24)], (2, 24)),
        ([(2, 24), (1, 4), (2, 23)], (2, 24)),
        ([(1, 4), (2, 23), (2, 24)], (2, 23)),
        ([(16, 29), (2, 24), (1, 4)], (2, 24)),
        ([(16, 29), (2, 24)], (2, 24)),
        ([(16, 29), (16, 23)], (16, 29)),
        ([(1, 4), (16, 29)], (2, 29)),
        ([(16, 29), (1, 4), (16, 23)], (2, 29)),
        ([(1, 4), (16, None)], (2, None)),
    ],
)
def test_parts_make_up_the_state_of_the_message(
    parts: list[tuple[int, int | None]], whole: tuple[int, int | None]
) -> None:
    """The least advanced part decides until all have ended; then the first failure does."""
    assert combine([state(*part) for part in parts]) == state(*whole)


def test_a_message_without_parts_is_a_fault() -> None:
    """A message always has at least one part."""
    with pytest.raises(ValueError, match="empty"):
        combine([])


def test_the_states_that_the_server_itself_sets() -> None:
    """Acceptance is 4 with ptt 3, and silence until the end is 2 with ptt 6."""
    assert accepted() == state(4, 3)
    assert no_final_receipt() == state(2, 6)
