"""Settling callbacks that were tried: the result of each, and the health of its URL.

Locks are taken in one order, so that neither two of these nor a change of a URL deadlock: the account's
(only if a URL is given up), targets by id, deliveries by id.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.kit.clock import SECOND_US
from server.kit.redaction import redact_url
from server.operations.callbacks.claims import Call
from server.operations.callbacks.rerouting import begin_rerouting
from server.operations.core.services import Services
from server.operations.notifications.outbox import tell_holder
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.callbacks import DisabledReason, TryVerdict, pause_us
from server.rules.callbacks.retry_schedule import next_try_after_us
from server.store.models import Account, CallbackDelivery, CallbackState, CallbackTarget, CallbackTry
from server.store.queries.accounts import lock_account_id
from server.store.queries.callbacks.deliveries import (
    count_waiting,
    lock_with_followers,
    make_due,
    settle_delivered,
)
from server.store.queries.callbacks.targets import failing_targets, lock_ailing_targets
from server.store.writing import insert, new, update

MIN_FAILURES = 5
"""How many failed tries show that a URL does not work. One failure and another days later do not."""

_WHY = {
    DisabledReason.GONE: "Its endpoint answered 410 Gone, which means that it must not be called again.",
    DisabledReason.FAILING: "It has failed for days, without one success.",
}


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """A call that has ended, its outcome, and when it began (microseconds since the Unix epoch)."""

    call: Call
    outcome: CallOutcome
    at_us: int

    @property
    def delivered(self) -> bool:
        """Whether the endpoint answered with a 2xx."""
        return self.outcome.verdict is TryVerdict.DELIVERED


async def settle_calls(services: Services, attempts: Sequence[CallAttempt]) -> None:
    """Settle calls that have ended, in the order of their ends, in one transaction.

    Each try is recorded. A call that ends after its lease, when another worker has the callback, changes
    nothing else. A URL whose endpoint answers 410, or that has failed for days, is disabled: what waits for
    it fails, and the account's holder gets a mail.
    """

    async def work() -> None:
        now_us = services.clock.now_us()
        doomed = await _doomed(services, attempts, now_us)
        accounts = {id: await lock_account_id(id) for id in sorted({target.account_id for target in doomed})}
        disabled = await _settle_targets(services, attempts, accounts, now_us)
        await _settle_deliveries(services, attempts, now_us)
        for target in disabled:
            await _give_up(accounts[target.account_id], target, now_us)

    await services.transactions.run(work)


async def _doomed(services: Services, attempts: Sequence[CallAttempt], now_us: int) -> list[CallbackTarget]:
    """Return the targets that these calls may disable, as read before any lock."""
    gone = {attempt.call.target_id for attempt in attempts if attempt.outcome.verdict is TryVerdict.GONE}
    failed = {attempt.call.target_id for attempt in attempts if not attempt.delivered}
    if not failed:
        return []
    before_us = now_us - services.policy.callback_disable_after_seconds * SECOND_US
    return await failing_targets(failed, gone=gone, since_us=before_us)


async def _settle_targets(
    services: Services, attempts: Sequence[CallAttempt], accounts: Mapping[int, Account], now_us: int
) -> list[CallbackTarget]:
    """Update the targets' health, and return those that are disabled now."""
    of_target: defaultdict[int, list[CallAttempt]] = defaultdict(list)
    for attempt in attempts:
        of_target[attempt.call.target_id].append(attempt)
    failed = [id for id, calls in of_target.items() if not all(attempt.delivered for attempt in calls)]
    targets = await lock_ailing_targets(list(of_target), failed=failed)
    disabled = []
    for target in targets:
        for attempt in of_target[target.id]:
            _note(target, attempt.outcome, now_us)
        reason = _reason(services, target, of_target[target.id], now_us)
        if reason is not None and target.disabled_at_us is None and target.account_id in accounts:
            target.disabled_at_us, target.disabled_reason = now_us, reason
            disabled.append(target)
    if targets:
        await update(
            targets,
            ["failing_since_us", "failures_in_a_row", "paused_until_us", "disabled_at_us", "disabled_reason"],
        )
    return disabled


def _note(target: CallbackTarget, outcome: CallOutcome, now_us: int) -> None:
    if outcome.verdict is TryVerdict.DELIVERED:
        target.failing_since_us, target.failures_in_a_row, target.paused_until_us = None, 0, 0
        return
    target.failing_since_us = target.failing_since_us or now_us
    if target.paused_until_us > now_us:
        return  # one more call that was under way when the others failed
    target.failures_in_a_row += 1
    pause = pause_us(outcome.verdict, target.failures_in_a_row, outcome.retry_after_seconds)
    target.paused_until_us = now_us + pause if pause else 0


def _reason(
    services: Services, target: CallbackTarget, attempts: Iterable[CallAttempt], now_us: int
) -> DisabledReason | None:
    if any(attempt.outcome.verdict is TryVerdict.GONE for attempt in attempts):
        return DisabledReason.GONE
    longest_us = services.policy.callback_disable_after_seconds * SECOND_US
    since_us = target.failing_since_us
    for_days = since_us is not None and since_us <= now_us - longest_us
    return DisabledReason.FAILING if for_days and target.failures_in_a_row >= MIN_FAILURES else None


async def _settle_deliveries(services: Services, attempts: Sequence[CallAttempt], now_us: int) -> None:
    by_id = {attempt.call.delivery_id: attempt for attempt in attempts}
    message_ids = {attempt.call.message_id for attempt in attempts if attempt.call.message_id is not None}
    rows = await lock_with_followers(list(by_id), message_ids=message_ids)
    known = {row.id for row in rows}
    await insert([_record(attempt) for attempt in attempts if attempt.call.delivery_id in known])
    mine = [row for row in rows if row.id in by_id and _is_claimed_by(row, by_id[row.id].call)]
    for row in mine:
        _move(services, row, by_id[row.id].outcome, now_us)
    delivered = [row.id for row in mine if row.state is CallbackState.DELIVERED]
    if delivered:
        await settle_delivered(delivered, at_us=now_us)
    released, held_up = _line_up(rows, now_us)
    if released:
        await make_due(released, at_us=now_us)
    changed = [row for row in mine if row.state is not CallbackState.DELIVERED] + held_up
    if changed:
        await update(changed, ["state", "attempts", "due_at_us", "ended_at_us", "claim_id"])


def _is_claimed_by(row: CallbackDelivery, call: Call) -> bool:
    return row.state is CallbackState.WAITING and row.claim_id == call.claim_id


def _record(attempt: CallAttempt) -> CallbackTry:
    outcome = attempt.outcome
    return new(
        CallbackTry,
        delivery_id=attempt.call.delivery_id,
        at_us=attempt.at_us,
        address=outcome.address,
        status=outcome.status,
        latency_us=outcome.latency_us,
        verdict=outcome.verdict,
    )


def _move(services: Services, row: CallbackDelivery, outcome: CallOutcome, now_us: int) -> None:
    row.attempts += 1
    row.claim_id = None
    wait_us = None
    if outcome.verdict is TryVerdict.DELIVERED:
        row.state = CallbackState.DELIVERED
    else:
        wait_us = next_try_after_us(
            services.policy.callback_retry_seconds,
            row.attempts,
            chance=random.random(),  # noqa: S311 it spreads load, and keeps no secret
            retry_after_seconds=outcome.retry_after_seconds,
        )
        row.state = CallbackState.FAILED if wait_us is None else CallbackState.WAITING
    row.ended_at_us = now_us if wait_us is None else None
    row.due_at_us = now_us + (wait_us or 0)


def _line_up(rows: Sequence[CallbackDelivery], now_us: int) -> tuple[list[int], list[CallbackDelivery]]:
    """Release the first waiting callback of each message, and make those behind it due with it.

    Return the ids of those that are due now, and the others whose time has changed.
    """
    waiting: defaultdict[int, list[CallbackDelivery]] = defaultdict(list)
    for row in rows:
        if row.message_id is not None and row.state is CallbackState.WAITING:
            waiting[row.message_id].append(row)
    released, held_up = [], []
    for line in waiting.values():
        first, *others = sorted(line, key=lambda row: row.event_sequence or 0)
        if _is_untouched(first) and first.due_at_us > now_us:
            released.append(first.id)
            first.due_at_us = now_us
        for row in others:
            if _is_untouched(row) and row.due_at_us != first.due_at_us:
                row.due_at_us = first.due_at_us
                held_up.append(row)
    return released, held_up


def _is_untouched(row: CallbackDelivery) -> bool:
    """Tell whether a callback's time comes from the one before it, since it was never tried."""
    return row.attempts == 0 and row.claim_id is None


async def _give_up(account: Account, target: CallbackTarget, now_us: int) -> None:
    """Fail what waits for a newly disabled target, and write a mail to the holder of its locked account."""
    waiting = await count_waiting(target.id)
    await begin_rerouting(account, None, at_us=now_us, by_worker=True)
    reason = DisabledReason(str(target.disabled_reason))
    await tell_holder(
        account,
        subject=f"Callbacks of {account.name} are stopped",
        body=(
            f"{redact_url(target.url)} is no longer called for account {account.name}.\n\n{_WHY[reason]}\n\n"
            f"{waiting} callbacks were waiting for it. Once the endpoint works, set the URL again; "
            "then replayCallbacks delivers what was missed."
        ),
        at_us=now_us,
    )
