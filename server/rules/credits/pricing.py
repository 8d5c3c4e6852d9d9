"""What a message costs."""


def cost(parts: int, rate_mc: int) -> int:
    """Return the millicredits that a message of some parts costs at a rate in millicredits a part.

    Raises:
        ValueError: there is no part, or the rate is negative; a fault of ours.
    """
    if parts < 1 or rate_mc < 0:
        msg = f"{parts} parts at {rate_mc} millicredits"
        raise ValueError(msg)
    return parts * rate_mc
