"""Counting messages as they are accepted and as they end, in the same transaction; the account is locked.

`server.store.models.statistics` says what is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.rules.statistics.delivery_times import bucket_of
from server.rules.statistics.slots import Slot
from server.store.models import Message
from server.store.queries.statistics.additions import OutcomesKey, SumsKey, add_outcomes, add_sums
from server.store.queries.statistics.counted import EVERYBODY, NO_PTT, NO_USER, NOT_DELIVERED, SUMS

_Sums = defaultdict[tuple[int | None, int], list[int]]
"""The sums of each sender's messages that were accepted at one time."""

_MESSAGES, _PARTS, _CREDITS, _REFUNDED = map(SUMS.index, ("messages", "parts", "credits", "refunded"))
_ENDED: Mapping[DeliveryStatus, int] = {
    DeliveryStatus.SUCCESS: SUMS.index("delivered"),
    DeliveryStatus.FAILED: SUMS.index("failed"),
    DeliveryStatus.NOT_BILLED: SUMS.index("not_billed"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a message, `took_us` after it could go; `user_id` is its sender (None for the holder)."""

    user_id: int | None
    created_at_us: int
    credits: int
    state: State
    took_us: int


async def count_accepted(account_id: int, messages: Sequence[Message]) -> None:
    """Count newly accepted messages of a locked account."""
    sums: _Sums = defaultdict(_nothing)
    for message in messages:
        of_sender = sums[message.user_id, message.created_at_us]
        of_sender[_MESSAGES] += 1
        of_sender[_PARTS] += message.parts
        of_sender[_CREDITS] += message.credits
    await _add_sums(account_id, sums)


async def count_ended(account_id: int, endings: Sequence[Ending]) -> None:
    """Count the ends of messages of a locked account; each message ends once."""
    sums: _Sums = defaultdict(_nothing)
    outcomes: Counter[OutcomesKey] = Counter()
    for ending in endings:
        status, ptt = ending.state.status, ending.state.ptt
        of_sender = sums[ending.user_id, ending.created_at_us]
        of_sender[_ENDED[status]] += 1
        if status is DeliveryStatus.NOT_BILLED:
            of_sender[_REFUNDED] += ending.credits
        delivered = status is DeliveryStatus.SUCCESS
        if delivered or ptt is not None:
            bucket = bucket_of(ending.took_us) if delivered else NOT_DELIVERED
            for key in _slots(ending.user_id, ending.created_at_us):
                outcomes[*key, NO_PTT if ptt is None else ptt, bucket] += 1
    await _add_sums(account_id, sums)
    await add_outcomes(account_id, outcomes)


async def _add_sums(account_id: int, sums: _Sums) -> None:
    of_slots: defaultdict[SumsKey, list[int]] = defaultdict(_nothing)
    for (user_id, at_us), values in sums.items():
        for key in _slots(user_id, at_us):
            of_slot = of_slots[key]
            for column, value in enumerate(values):
                of_slot[column] += value
    await add_sums(account_id, of_slots)


def _slots(user_id: int | None, at_us: int) -> Iterator[SumsKey]:
    """Yield the slots in which a message counts, for its sender and for the whole account."""
    for slot in Slot:
        start_us = slot.start_of(at_us)
        yield user_id or NO_USER, slot, start_us
        yield EVERYBODY, slot, start_us


def _nothing() -> list[int]:
    return [0] * len(SUMS)
