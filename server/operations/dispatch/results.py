"""Recording the outcome of claimed messages: handed over, refused, queued again or given up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.gateways.protocol import Accepted, SubmitOutcome, Submitted, TryLater
from server.kit.clock import SECOND_US
from server.operations.core.principals import SERVER
from server.operations.dispatch.parts import OPEN, Progress, apply_outcome
from server.operations.messages.cancellation import cancel, refund
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, MessagePart, MessageState
from server.store.queries.dispatch.claims import move_claimed, note_partly_sent, queue_claimed
from server.store.queries.dispatch.parts import parts_of
from server.store.queries.messages import stopped_messages
from server.store.writing import insert, new, update


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The message is not handed over, or not again, and ends in this state."""

    state: State


@dataclass(frozen=True, slots=True)
class Held:
    """Advertising hours hold the message back until this instant."""

    until_us: int


ClaimOutcome = SubmitOutcome | GivenUp | Held


class NewState(NamedTuple):
    """A message's new state, the link that decided it, and whether the outcome is unknown."""

    state: State
    link: str | None
    unknown: bool = False


async def settle(
    account: Account,
    claim_id: int,
    gateway: str | None,
    outcomes: Mapping[int, ClaimOutcome],
    *,
    now_us: int,
) -> None:
    """Record the outcomes (by message id) for a locked account. Messages of another claim are left alone.

    `gateway` is the link of outcomes that name none.
    """
    answered = {id: outcome for id, outcome in outcomes.items() if isinstance(outcome, Submitted)}
    earlier = await _earlier_parts(list(answered))
    progresses = {
        id: progress
        for id, outcome in answered.items()
        if (progress := apply_outcome(outcome, earlier.get(id, ()))) is not None
    }
    new_states = {
        id: NewState(progress.state, _link(progress, gateway), progress.unknown)
        for id, progress in progresses.items()
        if progress.complete
    }
    new_states |= {
        id: NewState(outcome.state, gateway)
        for id, outcome in outcomes.items()
        if isinstance(outcome, GivenUp)
    }
    moved = await _move(claim_id, new_states, now_us)
    waiting = await _queue_again(claim_id, gateway, progresses, now_us)
    await _write_parts(
        account,
        gateway,
        {id: progresses[id] for id in [*moved, *waiting] if id in progresses},
        earlier,
    )
    changes = [Change(message, OPEN, new_states[message.id].state) for message in moved.values()]
    await record_changes(account, changes, at_us=now_us)
    unbilled = [
        message
        for message in moved.values()
        if new_states[message.id].state.status is DeliveryStatus.NOT_BILLED
    ]
    await refund(account, unbilled, principal=SERVER, at_us=now_us)
    await _put_back(claim_id, outcomes, now_us)
    await _sweep_stopped(account, [id for id in outcomes if id not in moved and id not in waiting], now_us)


def _link(progress: Progress, gateway: str | None) -> str | None:
    """Return the link that took or refused a message, or None if no link did."""
    link = progress.outcome.link
    return gateway if link is None else link or None


async def _earlier_parts(message_ids: Sequence[int]) -> dict[int, list[MessagePart]]:
    """Return by message the parts recorded by earlier claims, in order."""
    earlier: defaultdict[int, list[MessagePart]] = defaultdict(list)
    for part in await parts_of(message_ids):
        earlier[part.message_id].append(part)
    return earlier


async def _move(claim_id: int, new_states: Mapping[int, NewState], now_us: int) -> dict[int, Moved]:
    """Set the messages' new states, equal ones together; return those that were this claim's, in order."""
    alike: defaultdict[NewState, list[int]] = defaultdict(list)
    for id, group in new_states.items():
        alike[group].append(id)
    rows = []
    for (state, link, unknown), message_ids in alike.items():
        handed_over = link is not None and state.status is not DeliveryStatus.NOT_BILLED
        rows += await move_claimed(
            claim_id,
            message_ids,
            state=MessageState.ENDED if state.status.final else MessageState.SUBMITTED,
            link=link,
            sent_at_us=now_us if handed_over else None,
            status=state.status,
            ptt=state.ptt,
            unknown=unknown,
            at_us=now_us,
        )
    moved = {row["id"]: Moved(**row) for row in rows}
    return {id: moved[id] for id in new_states if id in moved}


async def _queue_again(
    claim_id: int, gateway: str | None, progresses: Mapping[int, Progress], now_us: int
) -> list[int]:
    """Queue messages that must go again, wholly or partly; return those that the operator has parts of."""
    partly = []
    for id, progress in progresses.items():
        if progress.complete:
            continue
        queued = await queue_claimed(
            claim_id,
            [id],
            due_at_us=now_us + round(progress.outcome.retry_seconds * SECOND_US),
            refused=progress.refused_for_now,
            unknown=progress.unknown,
        )
        if queued and progress.partly:
            await note_partly_sent(id, link=_link(progress, gateway), at_us=now_us)
            partly.append(id)
    return partly


async def _write_parts(
    account: Account,
    gateway: str | None,
    progresses: Mapping[int, Progress],
    earlier: Mapping[int, Sequence[MessagePart]],
) -> None:
    """Store the answered parts: insert the new ones, and update the others."""
    fresh, known = [], []
    for message_id, progress in progresses.items():
        rows = {part.part: part for part in earlier.get(message_id, ())}
        for index, part in zip(progress.indexes, progress.outcome.parts, strict=True):
            row = rows.get(index)
            if row is None:
                row = new(MessagePart, message_id=message_id, account_id=account.id, part=index)
                fresh.append(row)
            else:
                known.append(row)
            row.gateway = _link(progress, gateway) or ""
            row.operator_id, row.operator_raw_id = (
                (part.operator_id, part.raw_id) if isinstance(part, Accepted) else ("", None)
            )
            state = progress.states[index - 1]
            row.status, row.ptt = state.status, state.ptt
    await insert(fresh)
    await update(known, ["gateway", "operator_id", "operator_raw_id", "status", "ptt"])


async def _put_back(claim_id: int, outcomes: Mapping[int, ClaimOutcome], now_us: int) -> None:
    """Queue again the messages that have to wait."""
    alike: defaultdict[tuple[int, int | None, bool], list[int]] = defaultdict(list)
    for id, outcome in outcomes.items():
        if isinstance(outcome, Held):
            alike[outcome.until_us, outcome.until_us, False].append(id)
        elif isinstance(outcome, TryLater):
            due_us = now_us + round(outcome.seconds * SECOND_US)
            alike[due_us, None, outcome.ptt is not None].append(id)
    for (due_us, held_us, refused), message_ids in alike.items():
        await queue_claimed(claim_id, message_ids, due_at_us=due_us, held_until_us=held_us, refused=refused)


async def _sweep_stopped(account: Account, returned: Sequence[int], now_us: int) -> None:
    """Cancel returned messages whose sender was stopped while a worker had them."""
    if returned:
        stopped = await stopped_messages(returned)
        await cancel(account, stopped, principal=SERVER, at_us=now_us)
