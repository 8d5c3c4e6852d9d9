"""Replays: calling back again what was missed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.bus.bus import Queue
from server.errors import ErrorCode, InvalidInput, NotFound, RateLimited
from server.logs.reader import DELIVERY, INCOMING, Log, check_entry
from server.operations.audit import trail
from server.operations.callbacks.outbox import News, enqueue, status_news, stop_news, targets_of, urls_of
from server.operations.core.outreach import charge
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_user, lock_account
from server.rules.core.outreach import replay_charges
from server.store.models import (
    Account,
    CallbackDelivery,
    CallbackState,
    CallbackTarget,
)
from server.store.queries.accounts import lock_account_id
from server.store.queries.callbacks.deliveries import lock_by_webhook_id
from server.store.queries.logs import status_changes, stops_received
from server.store.queries.visible_rows import visible_message
from server.store.writing import update

MAX_REPLAYED = 1_000
"""How many log entries one call reads."""
BATCH = 200
"""How many of them one transaction handles, so that others get their turn."""
MISSED = frozenset({CallbackState.WAITING, CallbackState.FAILED, CallbackState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Part of a log: the entries in a span of time (microseconds, without its end) after a given entry.

    `after` is that entry's number and the time when it was written.

    `login` narrows it to one user's. `stops` takes the STOPs instead of the status changes.
    """

    account: str
    login: str | None
    from_us: int
    to_us: int
    after: tuple[int, int] | None = None
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """How many callbacks are due again, and the entry after which there may be more (None: no more)."""

    count: int
    next_after: tuple[int, int] | None


async def replay_message(
    services: Services, principal: Principal, *, message_id: int, delivered_too: bool
) -> Replay:
    """Call back the status changes of one message again: the missed ones, or all.

    Raises:
        NotFound: UNKNOWN_MESSAGE.
        RateLimited: too many callbacks of the account or to the host were recently replayed.
    """
    principal.require(Scope.MANAGE)
    principal.require_to_give({Scope.READ})

    async def work() -> Replay:
        message = await visible_message(principal, message_id)
        if message is None:
            raise NotFound("There is no such message.", code=ErrorCode.UNKNOWN_MESSAGE, field=("messageId",))
        account = await lock_account_id(message.account_id)
        events = await status_changes(message_id=message_id, limit=MAX_REPLAYED)
        now_us = services.clock.now_us()
        count = await _replay(account, list(map(status_news, events)), now_us, delivered_too=delivered_too)
        await _audit(principal, account, str(message_id), count, now_us)
        wake(Queue.CALLBACKS)
        return Replay(count, None)

    return await services.transactions.run(work)


async def replay_span(services: Services, principal: Principal, span: Span, *, delivered_too: bool) -> Replay:
    """Call back again what was missed in a span of time, or all of it, up to the bound of one call.

    Others get their turn in between. If there is more, the next call goes on after `next_after`. News that
    never had a callback, for lack of a URL, gets one. What has no URL now, or a disabled one, stays as it is.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER, CURSOR_EXPIRED.
        InvalidInput: the span ends before it begins.
        RateLimited: as `replay_message`, if nothing was done yet; after a first batch the call ends early.
    """
    principal.require(Scope.MANAGE)
    principal.require_to_give({Scope.READ})
    if span.to_us <= span.from_us:
        raise InvalidInput("The end must be after the beginning.", field=("to",))
    done = await _replay_batch(services, principal, span, delivered_too=delivered_too)
    for _ in range(MAX_REPLAYED // BATCH - 1):
        if done.next_after is None:
            break
        rest = replace(span, after=done.next_after)
        try:
            more = await _replay_batch(services, principal, rest, delivered_too=delivered_too)
        except RateLimited:
            break
        done = Replay(done.count + more.count, more.next_after)
    return done


async def _replay_batch(
    services: Services, principal: Principal, span: Span, *, delivered_too: bool
) -> Replay:
    async def work() -> Replay:
        account = await lock_account(principal, span.account)
        user = await find_user(principal, account, span.login) if span.login is not None else None
        news, next_after = await _read(account, span, user.id if user else None)
        now_us = services.clock.now_us()
        count = await _replay(account, news, now_us, delivered_too=delivered_too)
        await _audit(principal, account, user.login if user else account.name, count, now_us)
        wake(Queue.CALLBACKS)
        return Replay(count, next_after)

    return await services.transactions.run(work)


async def _read(
    account: Account, span: Span, user_id: int | None
) -> tuple[list[News], tuple[int, int] | None]:
    """Return a batch of news, and the entry after which there is more (None: there is none)."""
    narrowed = {"account_id": account.id, "at_us__gte": span.from_us, "at_us__lt": span.to_us}
    if span.after is not None:
        log: Log[Any] = INCOMING if span.stops else DELIVERY
        await check_entry(log, account.id, *span.after)
        narrowed["sequence__gt"] = span.after[0]
    if user_id is not None:
        narrowed["user_id"] = user_id
    if span.stops:
        stops = await stops_received(limit=BATCH + 1, **narrowed)
        read = [((stop.sequence, stop.at_us), stop_news(stop)) for stop in stops]
    else:
        events = await status_changes(limit=BATCH + 1, **narrowed)
        read = [((event.sequence, event.at_us), status_news(event)) for event in events]
    batch = read[:BATCH]
    return [news for _, news in batch], batch[-1][0] if len(read) > BATCH else None


async def _replay(account: Account, news: Sequence[News], now_us: int, *, delivered_too: bool) -> int:
    """Make callbacks of a locked account, all of one kind, due again; return how many."""
    if not news:
        return 0
    urls = await urls_of(account, news[0].kind, {item.user_id for item in news})
    targets = await targets_of(account, {url for url in urls.values() if url is not None})
    callable_ = [item for item in news if (url := urls[item.user_id]) and targets[url].disabled_at_us is None]
    rows = await lock_by_webhook_id([item.webhook_id for item in callable_])
    never = [item for item in callable_ if item.webhook_id not in rows]
    states = MISSED | {CallbackState.DELIVERED} if delivered_too else MISSED
    # What a worker holds at this moment is under way already.
    again = [row for row in rows.values() if row.state in states and row.claim_id is None]
    user_ids = [row.user_id for row in again] + [item.user_id for item in never]
    hosts = Counter(targets[urls[user_id] or ""].host for user_id in user_ids)
    await charge(replay_charges(account.id, hosts), now_us=now_us, what="replayed callbacks")
    for row in again:
        _rearm(row, targets, urls, now_us)
    if again:
        await update(again, ["state", "target_id", "attempts", "due_at_us", "ended_at_us"])
    return len(again) + len(await enqueue(account, never, at_us=now_us))


def _rearm(
    row: CallbackDelivery,
    targets: Mapping[str, CallbackTarget],
    urls: Mapping[int | None, str | None],
    now_us: int,
) -> None:
    row.target_id = targets[urls[row.user_id] or ""].id
    row.state, row.attempts, row.due_at_us, row.ended_at_us = CallbackState.WAITING, 0, now_us, None


async def _audit(principal: Principal, account: Account, subject: str, count: int, now_us: int) -> None:
    await trail.record(
        principal, "replayCallbacks", subject, at_us=now_us, account=account, detail={"callbacks": count}
    )
