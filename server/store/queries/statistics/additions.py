"""Adding to the statistics of a locked account, one statement for all that a transaction adds to a table."""

from collections.abc import Mapping, Sequence

from server.store.queries.statistics.counted import SUMS
from server.store.sql import run_many

SumsKey = tuple[int, int, int]
"""A user, a kind of slot, and the begin of the slot."""

OutcomesKey = tuple[int, int, int, int, int]
"""The same, and a ptt code and a bucket of time to delivery."""

_OF_SUMS = ("account_id", "user_id", "slot_minutes", "start_us")


def _addition(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    names = (*key, *columns)
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    sets = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in columns)
    return f"""
        INSERT INTO {table} ({", ".join(names)}) VALUES ({places})
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {sets}
    """  # noqa: S608 names of our own


_ADD_SUMS = _addition("message_sums", _OF_SUMS, SUMS)
_ADD_OUTCOMES = _addition("message_outcomes", (*_OF_SUMS, "ptt", "time_bucket"), ("messages",))


async def add_sums(account_id: int, sums: Mapping[SumsKey, Sequence[int]]) -> None:
    """Add to sums, in the order of `SUMS`."""
    await run_many(_ADD_SUMS, [(account_id, *key, *sums[key]) for key in sorted(sums)])


async def add_outcomes(account_id: int, messages: Mapping[OutcomesKey, int]) -> None:
    """Add to the numbers of messages with the same outcome."""
    await run_many(_ADD_OUTCOMES, [(account_id, *key, messages[key]) for key in sorted(messages)])
