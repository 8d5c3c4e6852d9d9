"""The cursor of a delivery event, the same in queries, subscriptions and callbacks."""

from server.kit.ids import encode_cursor

EVENT_LOG = "delivery events"


def event_cursor(sequence: int, at_us: int) -> str:
    """Return the cursor of the event with this number in its account's log and this time."""
    return encode_cursor(f"{EVENT_LOG}.sequence", sequence, at_us)
