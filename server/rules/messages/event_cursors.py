"""The cursor of a delivery event: the same text in the query, in the subscription and in a callback."""

from server.kit.ids import encode_cursor

EVENT_LOG = "delivery events"


def event_cursor(sequence: int, at_us: int) -> str:
    """Return the cursor of the event with this number in its account's log, written at this time."""
    return encode_cursor(f"{EVENT_LOG}.sequence", sequence, at_us)
