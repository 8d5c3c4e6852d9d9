"""Cursors of delivery events."""

from server.graphql.delivery.types import EVENT_ORDER
from server.rules.messages.event_cursors import event_cursor


def test_it_is_the_cursor_of_the_query_and_the_subscription() -> None:
    """The same text, so that a listener can resume from any of them."""
    assert EVENT_ORDER.values(event_cursor(7, 9)) == (7,)
    assert event_cursor(7, 9) == EVENT_ORDER.cursor_at(7, 9)
