"""The price of a message."""


def cost(parts: int, rate_mc: int) -> int:
    """Return the price of a message in millicredits, from its parts and the rate per part.

    Raises:
        ValueError: there is no part, or the rate is negative: a fault of ours.
    """
    if parts < 1 or rate_mc < 0:
        msg = f"{parts} parts at {rate_mc} millicredits"
        raise ValueError(msg)
    return parts * rate_mc
