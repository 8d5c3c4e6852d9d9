"""Counts statistics from messages once more, message by message, to compare what was counted as it happened."""

from collections import Counter
from collections.abc import Iterable

from server.rules.messages.ptt import DeliveryStatus
from server.rules.statistics.delivery_times import EDGES_US
from server.store.models import Message, MessageOutcomes, MessageSums

SLOTS = (15, 1_440)
SUMS = ("messages", "parts", "credits", "refunded", "delivered", "failed", "not_billed")

Key = tuple[int, ...]


async def check_statistics(account_id: int, messages: Iterable[Message]) -> None:
    """Fail where the statistics of an account are not those of its messages, which are all given."""
    messages = list(messages)
    sums = {
        (row.user_id, row.slot_minutes, row.start_us): tuple(getattr(row, name) for name in SUMS)
        for row in await MessageSums.filter(account_id=account_id)
    }
    assert sums == _sums(messages)
    outcomes = {
        (row.user_id, row.slot_minutes, row.start_us, row.ptt, row.time_bucket): row.messages
        for row in await MessageOutcomes.filter(account_id=account_id)
    }
    assert outcomes == _outcomes(messages)


def _sums(messages: list[Message]) -> dict[Key, Key]:
    sums: dict[Key, Key] = {}
    for message in messages:
        not_billed = message.status == DeliveryStatus.NOT_BILLED
        adds = (
            1, message.parts, message.credits, message.credits if not_billed else 0,
            message.status == DeliveryStatus.SUCCESS, message.status == DeliveryStatus.FAILED, not_billed,
        )  # fmt: skip
        for key in _keys(message):
            before = sums.get(key, (0,) * len(SUMS))
            sums[key] = tuple(a + b for a, b in zip(before, adds, strict=True))
    return sums


def _outcomes(messages: list[Message]) -> dict[Key, int]:
    outcomes: Counter[Key] = Counter()
    for message in messages:
        delivered = message.status == DeliveryStatus.SUCCESS
        if delivered or (DeliveryStatus(message.status).final and message.ptt is not None):
            bucket = _time_bucket(message) if delivered else -1
            for key in _keys(message):
                outcomes[*key, -1 if message.ptt is None else message.ptt, bucket] += 1
    return dict(outcomes)


def _keys(message: Message) -> list[Key]:
    return [
        (user_id, minutes, message.created_at_us - message.created_at_us % (minutes * 60_000_000))
        for minutes in SLOTS
        for user_id in (message.user_id or 0, -1)
    ]


def _time_bucket(message: Message) -> int:
    times_us = (message.created_at_us, message.deferred_until_us, message.held_until_us)
    took_us = message.status_changed_at_us - max(us for us in times_us if us is not None)
    return sum(took_us >= edge_us for edge_us in EDGES_US)
