"""Counting the messages of a locked account anew, one day at a time."""

from server.kit.clock import DAY_US
from server.rules.statistics.slots import Slot
from server.store.queries.statistics.counted import (
    COUNTED_FOR,
    COUNTED_SENDER,
    COUNTED_START,
    EVERYBODY,
    NO_USER,
    OUTCOME_PTT,
    SUMS,
    SUMS_OF_MESSAGE,
    TIME_BUCKET,
    WITH_OUTCOME,
    added,
)
from server.store.sql import fetch

_MESSAGES = f"""
    messages CROSS JOIN {COUNTED_FOR}
    WHERE account_id = $1 AND created_at_us >= $2 AND created_at_us < $3
"""
_SLOT = "account_id, user_id, slot_minutes, start_us"


async def next_counted_day(account_id: int, *, from_us: int) -> int | None:
    """Return the begin of the first day, from a time on, with messages or counts of an account; None without any."""
    [row] = await fetch(
        f"""
        SELECT MIN(at_us) AS at_us FROM (
            SELECT MIN(created_at_us) AS at_us FROM messages WHERE account_id = $1 AND created_at_us >= $2
            UNION ALL
            SELECT MIN(start_us) FROM message_sums
            WHERE account_id = $1 AND slot_minutes = {Slot.DAY:d} AND start_us >= $2
        ) days
        """,  # noqa: S608 integers
        account_id,
        from_us,
    )
    return None if row["at_us"] is None else Slot.DAY.start_of(row["at_us"])


async def recount_day(account_id: int, day_us: int) -> None:
    """Replace the counts of a day of a locked account by those of its messages."""
    for table in ("message_sums", "message_outcomes"):
        await _delete(table, account_id, day_us)
    # Each inner query has names of its own for what the messages' columns would hide.
    await fetch(
        f"""
        INSERT INTO message_sums ({_SLOT}, {", ".join(SUMS)})
        SELECT account_id, sender, slot_minutes, began_us, {added(SUMS)} FROM (
            SELECT account_id, {COUNTED_SENDER} AS sender, slot_minutes, {COUNTED_START} AS began_us, {SUMS_OF_MESSAGE}
            FROM {_MESSAGES}
        ) counted GROUP BY account_id, sender, slot_minutes, began_us
        """,  # noqa: S608 names of our own
        account_id,
        day_us,
        day_us + DAY_US,
    )
    await fetch(
        f"""
        INSERT INTO message_outcomes ({_SLOT}, ptt, time_bucket, messages)
        SELECT account_id, sender, slot_minutes, began_us, code, time_bucket, COUNT(*) FROM (
            SELECT account_id, {COUNTED_SENDER} AS sender, slot_minutes, {COUNTED_START} AS began_us,
                   {OUTCOME_PTT} AS code, {TIME_BUCKET} AS time_bucket
            FROM {_MESSAGES} AND {WITH_OUTCOME}
        ) counted GROUP BY account_id, sender, slot_minutes, began_us, code, time_bucket
        """,  # noqa: S608 names of our own
        account_id,
        day_us,
        day_us + DAY_US,
    )


async def _delete(table: str, account_id: int, day_us: int) -> None:
    # It names all possible senders and slots, since the index has them before the time.
    await fetch(
        f"""
        DELETE FROM {table}
        WHERE account_id = $1 AND start_us >= $2 AND start_us < $3
          AND slot_minutes IN ({", ".join(f"{slot:d}" for slot in Slot)}) AND user_id IN (
            SELECT id FROM users WHERE account_id = $1 UNION ALL SELECT {NO_USER:d} UNION ALL SELECT {EVERYBODY:d}
        )
        """,  # noqa: S608 names of our own
        account_id,
        day_us,
        day_us + DAY_US,
    )
