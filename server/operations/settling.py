"""Recording what became of messages that a worker had claimed: handed over, refused, put back or given up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tortoise.expressions import Q

from server.gateways.gateway import Accepted, Submitted, TryLater
from server.kit.clock import SECOND_US
from server.models import Account, Message, MessagePart, MessageState
from server.models.accounts import AccountStatus
from server.models.sql import fetch, placeholders
from server.operations.cancelling import Paid, refund, sweep
from server.operations.events import Change, record_changes
from server.operations.principals import SERVER
from server.rules.delivery_state import State, accepted, combine
from server.rules.ptt import DeliveryStatus

STOPPED = Q(account__status=AccountStatus.DISABLED) | Q(user__enabled=False)
"""The messages whose sender may send no more (deleting a user disables it)."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The message is not handed over, or not again, and ends like this."""

    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """Advertising hours do not let the message go before this instant."""

    until_us: int


Outcome = Submitted | TryLater | GivenUp | Held


async def settle(
    account: Account, claim_id: int, gateway: str | None, outcomes: Mapping[int, Outcome], *, now_us: int
) -> None:
    """Record what became of messages (by id) of a locked account; what is no longer this claim's is let be."""
    parts = {number: _part_states(one) for number, one in outcomes.items() if isinstance(one, Submitted)}
    reached = {number: combine(states) for number, states in parts.items()}
    reached |= {number: one.state for number, one in outcomes.items() if isinstance(one, GivenUp)}
    moved = await _move(claim_id, gateway, reached, now_us)
    await MessagePart.bulk_create(
        MessagePart(
            message_id=number,
            account_id=account.id,
            part=position,
            gateway=gateway,
            operator_id=part.operator_id if isinstance(part, Accepted) else "",
            status=state.status,
            ptt=state.ptt,
        )
        for number, outcome in outcomes.items()
        if isinstance(outcome, Submitted) and number in moved
        for position, (part, state) in enumerate(zip(outcome.parts, parts[number], strict=True), start=1)
    )
    created = State(DeliveryStatus.CREATED, None)
    changes = [Change(one.id, one.user_id, created, reached[one.id]) for one in moved.values()]
    await record_changes(account, changes, at_us=now_us)
    unbilled = [one for one in moved.values() if reached[one.id].status is DeliveryStatus.NOT_BILLED]
    await refund(account, unbilled, principal=SERVER, at_us=now_us)
    await _put_back(account, claim_id, outcomes, now_us)


def _part_states(outcome: Submitted) -> list[State]:
    return [
        accepted() if isinstance(part, Accepted) else State(DeliveryStatus.NOT_BILLED, part.ptt)
        for part in outcome.parts
    ]


async def _move(
    claim_id: int, gateway: str | None, reached: Mapping[int, State], now_us: int
) -> dict[int, Paid]:
    """Move messages on, those in one state together; return those that were this claim's, in order."""
    alike: defaultdict[State, list[int]] = defaultdict(list)
    for number, state in reached.items():
        alike[state].append(number)
    rows = []
    for state, numbers in alike.items():
        handed_over = gateway is not None and state.status is not DeliveryStatus.NOT_BILLED
        rows += await fetch(
            f"""
            UPDATE messages
            SET state = $1, gateway = $2, sent_at_us = $3, status = $4, ptt = $5, status_changed_at_us = $6
            WHERE state = 'claimed' AND claim_id = $7 AND id IN ({placeholders(numbers, after=7)})
            RETURNING id, user_id, from_quota, credits
            """,  # noqa: S608 placeholders
            MessageState.ENDED if state.status.final else MessageState.SUBMITTED,
            gateway,
            now_us if handed_over else None,
            state.status,
            state.ptt,
            now_us,
            claim_id,
            *numbers,
        )
    moved = {row["id"]: Paid(**row) for row in rows}
    return {number: moved[number] for number in reached if number in moved}


async def _put_back(account: Account, claim_id: int, outcomes: Mapping[int, Outcome], now_us: int) -> None:
    """Queue again what is to wait, and cancel it if its sender was stopped while a worker had it."""
    alike: defaultdict[tuple[int, int | None], list[int]] = defaultdict(list)
    for number, outcome in outcomes.items():
        if isinstance(outcome, Held):
            alike[outcome.until_us, outcome.until_us].append(number)
        elif isinstance(outcome, TryLater):
            alike[now_us + round(outcome.seconds * SECOND_US), None].append(number)
    for (due_us, held_us), numbers in alike.items():
        held = {} if held_us is None else {"held_until_us": held_us}
        claimed = Message.filter(id__in=numbers, state=MessageState.CLAIMED, claim_id=claim_id)
        await claimed.update(state=MessageState.QUEUED, due_at_us=due_us, **held)
    returned: Sequence[int] = [number for numbers in alike.values() for number in numbers]
    if returned:
        for message in await Message.filter(STOPPED, id__in=returned):
            await sweep(account, message_id=message.id, principal=SERVER, at_us=now_us)
