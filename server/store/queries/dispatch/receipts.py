"""Receipts that wait, and which part of a message each is about."""

from collections.abc import Sequence
from typing import Any

from server.store.sql import fetch, placeholders

_OF_ID = """SELECT MAX(part.id) FROM message_parts part JOIN messages ON messages.id = part.message_id
            WHERE part.gateway = receipts.gateway AND part.operator_id = {id}
                  AND messages.sent_at_us <= receipts.received_at_us + $2"""
# What is taken for its id in another base may be the very id of a message whose answer was lost. The ends of
# the numbers are compared: operators write them with +, with 00, in national form, or without saying which.
# Some leave the addresses as they were in the submission, so that a receipt comes from the sender.
_TO_ITS_RECEIVER = """
    AND (receipts.receiver_digits IS NULL OR messages.receiver LIKE '%' || receipts.receiver_digits
         OR messages.sender LIKE '%' || receipts.receiver_digits)"""
# What nothing but its text makes a receipt may be a person's: it is one only of what was sent to that phone.
_PART = f"({_OF_ID} AND (receipts.as_message IS NULL OR (TRUE {_TO_ITS_RECEIVER})))"
_GUESSED_PART = f"({_OF_ID}{_TO_ITS_RECEIVER})"

# A number with a letter in it is a hexadecimal one; without one it may be either, and its neighbours are
# likely to have been given out too.
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
    """Return receipts that are not applied and whose part is known, with its account, in the order they came.

    The part is the newest that bears the receipt's id; what came by `doubtful_until_us` may also mean one that
    bears it in another base. A receipt may come up to `early_us` before its submission is on record. Some accounts'
    are passed over.
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
    """Return by receipt the part that it is about, of these receipts, where it is known and not applied."""
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
