"""Recording what became of messages that a worker had claimed: handed over, refused, put back or given up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.gateways.protocol import Accepted, Submitted, TryLater
from server.kit.clock import SECOND_US
from server.operations.core.principals import SERVER
from server.operations.dispatch.parts import OPEN, Handed, hand_over
from server.operations.messages.cancellation import Paid, cancel, refund
from server.operations.messages.events import Change, record_changes
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, MessagePart, MessageState
from server.store.queries.dispatch.claims import move_claimed, note_partly_sent, queue_claimed
from server.store.queries.dispatch.parts import parts_of
from server.store.queries.messages import stopped_messages
from server.store.writing import insert, new, update


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The message is not handed over, or not again, and ends like this."""

    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """Advertising hours do not let the message go before this instant."""

    until_us: int


Outcome = Submitted | TryLater | GivenUp | Held


class Reached(NamedTuple):
    """The state that a message has come to, the link that decided it, and whether that was a guess."""

    state: State
    link: str | None
    unknown: bool = False


async def settle(
    account: Account,
    claim_id: int,
    gateway: str | None,
    outcomes: Mapping[int, Outcome],
    *,
    now_us: int,
) -> None:
    """Record what became of messages (by id) of a locked account; what is no longer this claim's is let be.

    `gateway` is the link of what names none itself.
    """
    answered = {number: one for number, one in outcomes.items() if isinstance(one, Submitted)}
    earlier = await _earlier_parts(list(answered))
    handed = {
        number: result
        for number, one in answered.items()
        if (result := hand_over(one, earlier.get(number, ()))) is not None
    }
    reached = {
        number: Reached(one.state, _link(one, gateway), one.unknown)
        for number, one in handed.items()
        if one.complete
    }
    reached |= {
        number: Reached(one.state, gateway) for number, one in outcomes.items() if isinstance(one, GivenUp)
    }
    moved = await _move(claim_id, reached, now_us)
    waiting = await _queue_again(claim_id, gateway, handed, now_us)
    await _write_parts(
        account,
        gateway,
        {number: handed[number] for number in [*moved, *waiting] if number in handed},
        earlier,
    )
    changes = [Change(one.id, one.user_id, OPEN, reached[one.id].state) for one in moved.values()]
    await record_changes(account, changes, at_us=now_us)
    unbilled = [one for one in moved.values() if reached[one.id].state.status is DeliveryStatus.NOT_BILLED]
    await refund(account, unbilled, principal=SERVER, at_us=now_us)
    await _put_back(claim_id, outcomes, now_us)
    await _sweep_stopped(
        account, [number for number in outcomes if number not in moved and number not in waiting], now_us
    )


def _link(handed: Handed, gateway: str | None) -> str | None:
    """Return the link that took a message, or decided on it; none where there was no link for it."""
    link = handed.outcome.link
    return gateway if link is None else link or None


async def _earlier_parts(numbers: Sequence[int]) -> dict[int, list[MessagePart]]:
    """Return, by message, the parts that are on record from an earlier claim, in order."""
    earlier: defaultdict[int, list[MessagePart]] = defaultdict(list)
    for part in await parts_of(numbers):
        earlier[part.message_id].append(part)
    return earlier


async def _move(claim_id: int, reached: Mapping[int, Reached], now_us: int) -> dict[int, Paid]:
    """Move messages on, those in one state together; return those that were this claim's, in order."""
    alike: defaultdict[Reached, list[int]] = defaultdict(list)
    for number, one in reached.items():
        alike[one].append(number)
    rows = []
    for (state, link, unknown), numbers in alike.items():
        handed_over = link is not None and state.status is not DeliveryStatus.NOT_BILLED
        rows += await move_claimed(
            claim_id,
            numbers,
            state=MessageState.ENDED if state.status.final else MessageState.SUBMITTED,
            link=link,
            sent_at_us=now_us if handed_over else None,
            status=state.status,
            ptt=state.ptt,
            unknown=unknown,
            at_us=now_us,
        )
    moved = {row["id"]: Paid(**row) for row in rows}
    return {number: moved[number] for number in reached if number in moved}


async def _queue_again(
    claim_id: int, gateway: str | None, handed: Mapping[int, Handed], now_us: int
) -> list[int]:
    """Queue what is to be handed over again, in whole or in part; return what the operator has parts of."""
    partly = []
    for number, one in handed.items():
        if one.complete:
            continue
        queued = await queue_claimed(
            claim_id,
            [number],
            due_at_us=now_us + round(one.outcome.retry_seconds * SECOND_US),
            refused=one.refused_for_now,
            unknown=one.unknown,
        )
        if queued and one.partly:
            await note_partly_sent(number, link=_link(one, gateway), at_us=now_us)
            partly.append(number)
    return partly


async def _write_parts(
    account: Account,
    gateway: str | None,
    handed: Mapping[int, Handed],
    earlier: Mapping[int, Sequence[MessagePart]],
) -> None:
    """Write the answered parts down, where they are not there already."""
    fresh, known = [], []
    for message_id, one in handed.items():
        rows = {part.part: part for part in earlier.get(message_id, ())}
        for number, part in zip(one.numbers, one.outcome.parts, strict=True):
            row = rows.get(number)
            if row is None:
                row = new(MessagePart, message_id=message_id, account_id=account.id, part=number)
                fresh.append(row)
            else:
                known.append(row)
            row.gateway = _link(one, gateway) or ""
            row.operator_id, row.operator_raw_id = (
                (part.operator_id, part.raw_id) if isinstance(part, Accepted) else ("", None)
            )
            state = one.states[number - 1]
            row.status, row.ptt = state.status, state.ptt
    await insert(fresh)
    await update(known, ["gateway", "operator_id", "operator_raw_id", "status", "ptt"])


async def _put_back(claim_id: int, outcomes: Mapping[int, Outcome], now_us: int) -> None:
    """Queue again what is to wait."""
    alike: defaultdict[tuple[int, int | None, bool], list[int]] = defaultdict(list)
    for number, outcome in outcomes.items():
        if isinstance(outcome, Held):
            alike[outcome.until_us, outcome.until_us, False].append(number)
        elif isinstance(outcome, TryLater):
            due_us = now_us + round(outcome.seconds * SECOND_US)
            alike[due_us, None, outcome.ptt is not None].append(number)
    for (due_us, held_us, refused), numbers in alike.items():
        await queue_claimed(claim_id, numbers, due_at_us=due_us, held_until_us=held_us, refused=refused)


async def _sweep_stopped(account: Account, returned: Sequence[int], now_us: int) -> None:
    """Cancel what came back, where its sender was stopped while a worker had it."""
    if returned:
        stopped = await stopped_messages(returned)
        await cancel(account, stopped, principal=SERVER, at_us=now_us)
