"""Waiting receipts, and the part of a message that each is about."""

from collections.abc import Sequence
from typing import Any

from server.store.sql import fetch, placeholders

_OF_ID = """SELECT MAX(part.id) FROM message_parts part JOIN messages ON messages.id = part.message_id
            WHERE part.gateway = receipts.gateway AND part.operator_id = {id}
                  AND messages.sent_at_us <= receipts.received_at_us + $2"""
# A guessed id in another base may be the exact id of a message whose answer was lost, so the phone is
# checked. Only the ends of the numbers are compared: operators write them with +, with 00, in national form,
# or without a mark. Some leave the addresses as in the submission, so that the receipt comes from the sender.
_TO_ITS_RECEIVER = """
    AND (receipts.receiver_digits IS NULL OR messages.receiver LIKE '%' || receipts.receiver_digits
         OR messages.sender LIKE '%' || receipts.receiver_digits)"""
# A receipt by its text alone may be a person's message: it counts only for what was sent to that phone.
_PART = f"({_OF_ID} AND (receipts.as_message IS NULL OR (TRUE {_TO_ITS_RECEIVER})))"
_GUESSED_PART = f"({_OF_ID}{_TO_ITS_RECEIVER})"

# A number with a letter is hexadecimal. Without one it may be either, and both readings are likely to be ids
# that were given out.
_WAITING = f"""
    SELECT receipts.id AS receipt_id, COALESCE(
        {_PART.format(id="receipts.operator_id")},
        CASE WHEN receipts.hex_id IS NOT NULL
                  AND (UPPER(receipts.hex_id) <> LOWER(receipts.hex_id) OR receipts.received_at_us <= $1)
             THEN {_GUESSED_PART.format(id="receipts.hex_id")} END,
        CASE WHEN receipts.decimal_id IS NOT NULL
                  AND (UPPER(receipts.operator_id) <> LOWER(receipts.operator_id) OR receipts.received_at_us <= $1)
             THEN {_GUESSED_PART.format(id="receipts.decimal_id")} END
    ) AS part_id
    FROM receipts WHERE receipts.message_part_id IS NULL
"""  # noqa: S608 constant texts


async def matched_receipts(
    *, doubtful_until_us: int, early_us: int, but_for: Sequence[int], limit: int
) -> list[dict[str, Any]]:
    """Return unapplied receipts whose part is known, with its account, in the order they came.

    The part is the newest with the receipt's id; a receipt that came by `doubtful_until_us` may also mean one
    with the id in another base. A receipt may come up to `early_us` before its submission is recorded. The
    receipts of `but_for` accounts are skipped.
    """
    others = f"WHERE part.account_id NOT IN ({placeholders(but_for, after=3)})" if but_for else ""
    return await fetch(
        f"""
        SELECT waiting.receipt_id, part.account_id FROM ({_WAITING}) waiting
        JOIN message_parts part ON part.id = waiting.part_id {others}
        ORDER BY waiting.receipt_id LIMIT $3
        """,  # noqa: S608 constant texts
        doubtful_until_us,
        early_us,
        limit,
        *but_for,
    )


async def parts_of_receipts(ids: Sequence[int], *, doubtful_until_us: int, early_us: int) -> dict[int, int]:
    """Return by receipt the part that it is about, for those of these receipts that can be applied."""
    rows = await fetch(
        f"""
        SELECT waiting.receipt_id, waiting.part_id FROM ({_WAITING}) waiting
        WHERE waiting.receipt_id IN ({placeholders(ids, after=2)}) AND waiting.part_id IS NOT NULL
        """,  # noqa: S608 constant texts
        doubtful_until_us,
        early_us,
        *ids,
    )
    return {row["receipt_id"]: row["part_id"] for row in rows}
