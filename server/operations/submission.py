"""On the way to the operator: claiming what is due, and recording what the operator answered."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.expressions import Q

from server.events.bus import WORK, account_topic
from server.gateways.gateway import Accepted, Submission, Submitted, TryLater
from server.kit.clock import SECOND_US
from server.models import Account, Message, MessagePart, MessageState
from server.models.accounts import AccountStatus
from server.models.sql import fetch, skip_locked
from server.operations.cancelling import Paid, refund, sweep
from server.operations.events import Change, record_changes
from server.operations.principals import SERVER
from server.operations.scope import lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.delivery_state import State, accepted, combine
from server.rules.ptt import DeliveryStatus
from server.rules.segments import Coding, split


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that are this worker's until the lease ends; whoever claims them next has another id."""

    id: int
    account_ids: dict[int, int]
    submissions: tuple[Submission, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator answered to one submission."""

    submission: Submission
    outcome: Submitted | TryLater


async def claim_due(services: Services, *, limit: int) -> Claim:
    """Claim messages that are due, and those whose worker has not answered within its lease.

    A message that is claimed again may have reached the operator before the first worker died. It is
    submitted again: a message too many is better than one too few.
    """
    now_us = services.clock.now_us()
    claim_id = secrets.randbits(62)
    rows = await fetch(
        f"""
        UPDATE messages SET state = 'claimed', claim_id = $1, attempts = attempts + 1, due_at_us = $2
        WHERE id IN (
            SELECT id FROM messages WHERE state IN ('queued', 'claimed') AND due_at_us <= $3
            ORDER BY due_at_us, id LIMIT $4 {skip_locked()}
        )
        RETURNING id, account_id, sender, receiver, body, coding, message_class
        """,  # noqa: S608 a constant clause
        claim_id,
        now_us + services.policy.claim_lease_seconds * SECOND_US,
        now_us,
        limit,
    )
    rows.sort(key=lambda row: row["id"])
    return Claim(
        claim_id, {row["id"]: row["account_id"] for row in rows}, tuple(_submission(row) for row in rows)
    )


async def record_answers(services: Services, claim: Claim, gateway: str, answers: Sequence[Answer]) -> None:
    """Record what the operator answered, in one transaction for each account.

    An answer that comes after the lease, when another worker has claimed the message, is dropped:
    the other worker's answer counts.
    """
    by_account: defaultdict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_account[claim.account_ids[answer.submission.message_id]].append(answer)
    for account_id, of_account in by_account.items():

        async def work(
            transaction: Transaction, account_id: int = account_id, answers: Sequence[Answer] = of_account
        ) -> None:
            account = await lock_account_id(account_id)
            now_us = services.clock.now_us()
            settled = [await _settle(answer, claim.id, gateway, now_us) for answer in answers]
            await _write_down(account, [one for one in settled if one is not None], gateway, now_us)
            returned = [one.submission.message_id for one in answers if isinstance(one.outcome, TryLater)]
            if returned:
                await _cancel_stopped(account, returned, now_us)
            transaction.wake(account_topic(account_id))
            transaction.wake(WORK)

        await services.transactions.run(work)


@dataclass(frozen=True, slots=True)
class _Settled:
    """An answer that counted: the message as it was paid for, and the states of its parts."""

    message: Paid
    outcome: Submitted
    states: list[State]

    @property
    def after(self) -> State:
        return combine(self.states)


async def _settle(answer: Answer, claim_id: int, gateway: str, now_us: int) -> _Settled | None:
    """Move the message on if it is still this claim's; the UPDATE itself tells."""
    message_id = answer.submission.message_id
    outcome = answer.outcome
    if isinstance(outcome, TryLater):
        await Message.filter(id=message_id, state=MessageState.CLAIMED, claim_id=claim_id).update(
            state=MessageState.QUEUED, due_at_us=now_us + round(outcome.seconds * SECOND_US)
        )
        return None
    states = [
        accepted() if isinstance(part, Accepted) else State(DeliveryStatus.NOT_BILLED, part.ptt)
        for part in outcome.parts
    ]
    after = combine(states)
    rows = await fetch(
        """
        UPDATE messages
        SET state = $1, gateway = $2, sent_at_us = $3, status = $4, ptt = $5, status_changed_at_us = $6
        WHERE id = $7 AND state = 'claimed' AND claim_id = $8
        RETURNING id, user_id, from_quota, credits
        """,
        MessageState.ENDED if after.status.final else MessageState.SUBMITTED,
        gateway,
        None if after.status is DeliveryStatus.NOT_BILLED else now_us,
        after.status,
        after.ptt,
        now_us,
        message_id,
        claim_id,
    )
    return _Settled(Paid(**rows[0]), outcome, states) if rows else None


async def _write_down(account: Account, settled: Sequence[_Settled], gateway: str, now_us: int) -> None:
    """Write the parts, the events and the refunds of answers that counted."""
    await MessagePart.bulk_create(
        MessagePart(
            message_id=one.message.id,
            account_id=account.id,
            part=number,
            gateway=gateway,
            operator_id=part.operator_id if isinstance(part, Accepted) else "",
            status=state.status,
            ptt=state.ptt,
        )
        for one in settled
        for number, (part, state) in enumerate(zip(one.outcome.parts, one.states, strict=True), start=1)
    )
    created = State(DeliveryStatus.CREATED, None)
    changes = [Change(one.message.id, one.message.user_id, created, one.after) for one in settled]
    await record_changes(account, changes, at_us=now_us)
    unbilled = [one.message for one in settled if one.after.status is DeliveryStatus.NOT_BILLED]
    await refund(account, unbilled, principal=SERVER, at_us=now_us)


async def _cancel_stopped(account: Account, returned: Sequence[int], now_us: int) -> None:
    """Cancel what came back unsubmitted and whose sender was stopped while a worker had it."""
    stopped = Q(account__status=AccountStatus.DISABLED) | Q(user__enabled=False)
    for message in await Message.filter(stopped, id__in=returned):
        await sweep(account, message_id=message.id, principal=SERVER, at_us=now_us)


def _submission(row: dict[str, object]) -> Submission:
    coding = Coding(str(row["coding"]))
    return Submission(
        message_id=int(str(row["id"])),
        sender=str(row["sender"]),
        receiver=str(row["receiver"]),
        parts=tuple(split(str(row["body"]), coding)),
        coding=coding,
        message_class=None if row["message_class"] is None else int(str(row["message_class"])),
    )
