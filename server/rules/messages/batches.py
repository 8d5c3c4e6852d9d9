"""The limits of one request."""

from server.errors import ErrorCode, InvalidInput

MAX_RECEIVERS = 1_000


def check_receiver_count(count: int) -> int:
    """Return a number of receivers if one request may have so many.

    Raises:
        InvalidInput: NO_RECEIVERS or TOO_MANY_RECEIVERS.
    """
    if count < 1:
        msg = "A message needs at least one receiver."
        raise InvalidInput(msg, code=ErrorCode.NO_RECEIVERS)
    if count > MAX_RECEIVERS:
        msg = f"One request may have at most {MAX_RECEIVERS} receivers."
        raise InvalidInput(msg, code=ErrorCode.TOO_MANY_RECEIVERS)
    return count
