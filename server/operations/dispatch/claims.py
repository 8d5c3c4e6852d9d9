"""Claiming messages that are due, and recording the operator's answers."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.bus.bus import Queue, account_topic
from server.gateways.protocol import NO_LINK, Lane, Submission, SubmitOutcome, TryLater
from server.kit.clock import SECOND_US
from server.operations.core.account_turns import Work, run_each
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.dispatch.attempts import bounded
from server.operations.dispatch.preflight import age_us, look_over
from server.operations.dispatch.results import ClaimOutcome, settle
from server.rules.messages.segments import Coding, split
from server.store.queries.accounts import lock_account_id
from server.store.queries.dispatch.claims import Doubts, claim_messages
from server.store.queries.dispatch.parts import open_parts_of


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that this worker holds until the lease ends. The next claim has another id.

    `account_ids` has every claimed message, `submissions` only those to hand over.
    """

    id: int
    account_ids: dict[int, int]
    submissions: tuple[Submission, ...]


@dataclass(frozen=True, slots=True)
class SubmitAttempt:
    """A submission and its outcome."""

    submission: Submission
    outcome: SubmitOutcome


async def claim_due(
    services: Services, *, limit: int, lane: Lane | None = None, doubts: Doubts = Doubts.INCLUDED
) -> Claim:
    """Claim messages that are due, of one lane or else of all.

    Messages whose worker let its lease end, and expired ones, count for every lane, so that they need not
    wait for a link.

    A message whose worker let its lease end may have reached the operator. It is submitted again as often as
    the policy and the lane allow, since a duplicate is better than a lost message. If `doubts` leaves out
    messages of unknown outcome, it is queued again as one of them.
    """
    now_us = services.clock.now_us()
    claim_id = secrets.randbits(62)
    rows = await claim_messages(
        claim_id,
        doubts,
        criteria=lane.criteria if lane else (),
        link=lane.link if lane else NO_LINK,
        overdue_us=now_us - services.policy.validity_seconds * SECOND_US,
        at_us=now_us,
        lease_end_us=now_us + services.policy.claim_lease_seconds * SECOND_US,
        limit=limit,
    )
    account_ids = {row["id"]: row["account_id"] for row in rows}
    not_now: dict[int, ClaimOutcome] = {}
    if doubts is Doubts.LEFT_OUT:
        not_now |= {row["id"]: TryLater(0) for row in rows if row["outcome_unknown"]}
    open_ones = [row for row in rows if row["id"] not in not_now]
    not_now |= await look_over(services, open_ones, lane.max_resends if lane else None, now_us)
    if not_now:
        await _record(services, claim_id, account_ids, None, not_now)
    open_parts = await _open_parts([row["id"] for row in rows if row["sent_at_us"] is not None])
    submissions = [
        _submission(row, open_parts.get(row["id"], ()), now_us) for row in rows if row["id"] not in not_now
    ]
    return Claim(claim_id, account_ids, tuple(submissions))


async def record_attempts(
    services: Services, claim: Claim, gateway: str, attempts: Sequence[SubmitAttempt]
) -> None:
    """Record the operator's answers, in one transaction per account.

    `gateway` is the link of answers that name none. What may have reached the operator and was not answered
    is queued again or given up, as policy and link say. This goes part by part: parts that the operator took
    are never submitted again. What was refused for now is queued again a number of times.

    An answer that comes after the lease, when another worker has claimed the message, is dropped: the other
    worker's answer counts. If an answer can't be recorded, that is logged, and the message is claimed again
    after its lease.
    """
    outcomes = {
        attempt.submission.message_id: bounded(services.policy, attempt.submission, attempt.outcome)
        for attempt in attempts
    }
    await _record(services, claim.id, claim.account_ids, gateway, outcomes)


async def _record(
    services: Services,
    claim_id: int,
    account_ids: Mapping[int, int],
    gateway: str | None,
    outcomes: Mapping[int, ClaimOutcome],
) -> None:
    by_account: defaultdict[int, dict[int, ClaimOutcome]] = defaultdict(dict)
    for message_id, outcome in outcomes.items():
        by_account[account_ids[message_id]][message_id] = outcome

    def work_on(account_id: int, outcomes: Mapping[int, ClaimOutcome]) -> Work:
        async def work() -> None:
            account = await lock_account_id(account_id)
            await settle(
                account,
                claim_id,
                gateway,
                outcomes,
                now_us=services.clock.now_us(),
            )
            wake(account_topic(account_id))
            # A message that only waits wakes nobody: without an open link the sender would never sleep.
            if not all(isinstance(outcome, TryLater) for outcome in outcomes.values()):
                # Messages that were queued again may be due, and receipts may have waited for the parts.
                wake(Queue.MESSAGES)
                wake(Queue.RECEIPTS)

        return work

    await run_each(services, {account_id: work_on(account_id, of) for account_id, of in by_account.items()})


async def _open_parts(message_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return by message the indexes of the parts still to hand over, if the operator has the others."""
    if not message_ids:
        return {}
    indexes: defaultdict[int, tuple[int, ...]] = defaultdict(tuple)
    for part in await open_parts_of(message_ids):
        indexes[part.message_id] += (part.part,)
    return indexes


def _submission(row: Mapping[str, Any], open_parts: tuple[int, ...], now_us: int) -> Submission:
    coding = Coding(row["coding"])
    return Submission(
        message_id=row["id"],
        sender=row["sender"],
        receiver=row["receiver"],
        parts=tuple(split(row["body"], coding)),
        coding=coding,
        message_class=row["message_class"],
        country=row["country"],
        attempts=row["attempts"],
        times_refused=row["times_refused"],
        times_unknown=row["times_unknown"],
        age_seconds=age_us(row, now_us) // SECOND_US,
        link=row["gateway"] if open_parts else None,
        open_parts=open_parts,
    )
