"""Credits as integers of thousandths (millicredits), and as decimal strings for people."""

import re

from server.errors import ErrorCode, InvalidInput

MILLICREDITS_PER_CREDIT = 1_000

# A thousandth of the range of a signed 64-bit column, so that SQL can sum thousands of such amounts.
MAX_CREDITS = 1_000_000_000_000
MAX_MILLICREDITS = MAX_CREDITS * MILLICREDITS_PER_CREDIT

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,3}))?")


def parse_credits(text: str) -> int:
    """Return the millicredits of a decimal string of credits, like 49500 for "49.5".

    Digits are ASCII, with at most three after the point, and the whole part has no leading zeros.

    Raises:
        InvalidInput: INVALID_AMOUNT, when the form is wrong or the amount is beyond `MAX_CREDITS`.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        msg = "An amount is written as a decimal number with at most three digits after the point."
        raise InvalidInput(msg, code=ErrorCode.INVALID_AMOUNT)
    sign, whole, fraction = match.groups(default="")
    millicredits = int(whole) * MILLICREDITS_PER_CREDIT + int(fraction.ljust(3, "0"))
    if millicredits > MAX_MILLICREDITS:
        msg = f"An amount is at most {MAX_CREDITS} credits."
        raise InvalidInput(msg, code=ErrorCode.INVALID_AMOUNT)
    return -millicredits if sign else millicredits


def format_credits(millicredits: int) -> str:
    """Return the shortest decimal string of credits, like "49.5" for 49500 millicredits."""
    whole, thousandths = divmod(abs(millicredits), MILLICREDITS_PER_CREDIT)
    fraction = f".{thousandths:03d}".rstrip("0") if thousandths else ""
    return f"{'-' if millicredits < 0 else ''}{whole}{fraction}"
