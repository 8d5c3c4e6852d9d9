"""Writing callbacks: one row for each piece of news and each URL.

They are written in the transaction that causes them, under the account's lock. So nothing that was rolled
back has a callback, and nothing that was committed lacks one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from server.bus.bus import Queue
from server.operations.core.transactions import wake
from server.rules.callbacks.callbacks import host_of, status_query, stop_query
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import (
    Account,
    CallbackDelivery,
    CallbackKind,
    CallbackState,
    CallbackTarget,
    DeliveryEvent,
    IncomingMessage,
)
from server.store.queries.callbacks.deliveries import lock_waiting_for
from server.store.queries.callbacks.targets import own_urls, targets_by_url
from server.store.writing import insert, new

MAX_AT_ONCE = 10_000
"""How many messages one statement asks for: a whole account's may be more than a statement takes."""

URL_COLUMNS = {CallbackKind.STATUS: "callback_url", CallbackKind.STOP: "stop_callback_url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to call back: whose it is (None: no user's, only the account's), and the query to send."""

    kind: CallbackKind
    webhook_id: str
    query: str
    user_id: int | None
    message_id: int | None = None
    event_sequence: int | None = None


async def enqueue_status(account: Account, events: Sequence[DeliveryEvent], *, at_us: int) -> None:
    """Write the callbacks of events that were just appended to a locked account's log."""
    await enqueue(account, [status_news(event) for event in events], at_us=at_us)


async def enqueue_stops(account: Account, incoming: Sequence[IncomingMessage], *, at_us: int) -> None:
    """Write the callbacks of STOPs that came in for a locked account."""
    await enqueue(account, [stop_news(message) for message in incoming], at_us=at_us)


def status_news(event: DeliveryEvent) -> News:
    """Return the news of an event. Its webhook id is made from the event's, so it is always the same.

    The time is part of it because another database, or this one before a backup was restored, may have an
    event with the same number: an endpoint that remembers ids must not take one for the other.
    """
    return News(
        kind=CallbackKind.STATUS,
        webhook_id=f"evt_{event.account_id}_{event.sequence}_{event.at_us}",
        query=status_query(
            number=event.message_id,
            status=DeliveryStatus(event.status),
            ptt=event.ptt,
            at_us=event.at_us,
        ),
        user_id=event.user_id,
        message_id=event.message_id,
        event_sequence=event.sequence,
    )


def stop_news(incoming: IncomingMessage) -> News:
    """Return the news of a STOP; for its webhook id see `status_news`."""
    return News(
        kind=CallbackKind.STOP,
        webhook_id=f"stop_{incoming.account_id}_{incoming.sequence}_{incoming.at_us}",
        query=stop_query(
            number=incoming.id, sender=incoming.sender, text=incoming.body, at_us=incoming.at_us
        ),
        user_id=incoming.user_id,
    )


async def enqueue(account: Account, news: Sequence[News], *, at_us: int) -> list[CallbackDelivery]:
    """Write the callbacks for news of a locked account, all of one kind, to those who have a URL for it.

    This takes a few statements, however many there are, and at most one if nobody has a URL. A callback to
    a disabled URL is written as failed, and can be replayed.
    """
    urls = await urls_of(account, news[0].kind, {item.user_id for item in news}) if news else {}
    addressed = [(item, url) for item in news if (url := urls[item.user_id]) is not None]
    if not addressed:
        return []
    targets = await targets_of(account, {url for _, url in addressed})
    held_us = await _held_up_us({item.message_id for item, _ in addressed if item.message_id is not None})
    rows = []
    for item, url in addressed:
        target = targets[url]
        disabled = target.disabled_at_us is not None
        rows.append(
            new(
                CallbackDelivery,
                account_id=account.id,
                user_id=item.user_id,
                target_id=target.id,
                message_id=item.message_id,
                kind=item.kind,
                event_sequence=item.event_sequence,
                webhook_id=item.webhook_id,
                query=item.query,
                state=CallbackState.FAILED if disabled else CallbackState.WAITING,
                due_at_us=max(at_us, held_us.get(item.message_id or 0, 0)),
                created_at_us=at_us,
                ended_at_us=at_us if disabled else None,
            )
        )
    await insert(rows)
    wake(Queue.CALLBACKS)
    return rows


async def urls_of(
    account: Account, kind: CallbackKind, user_ids: Collection[int | None]
) -> dict[int | None, str | None]:
    """Return the URL for each user's news of a kind: its own, or else the account's, or None."""
    column = URL_COLUMNS[kind]
    of_account: str | None = getattr(account, column)
    urls: dict[int | None, str | None] = dict.fromkeys(user_ids, of_account)
    ids = [user_id for user_id in user_ids if user_id is not None]
    if ids:
        urls |= await own_urls(ids, column)
    return urls


async def targets_of(account: Account, urls: Collection[str]) -> dict[str, CallbackTarget]:
    """Return a locked account's targets by URL, and make those that are missing."""
    targets = await targets_by_url(account.id, urls)
    missing = sorted(set(urls) - targets.keys())
    if missing:
        await insert(
            [new(CallbackTarget, account_id=account.id, url=url, host=host_of(url)) for url in missing]
        )
        targets |= await targets_by_url(account.id, missing)
    return targets


async def _held_up_us(message_ids: Collection[int]) -> dict[int, int]:
    """Return when the last waiting callback of each message is due, for messages that have one.

    A later callback is not due before that, so that the search for due callbacks finds none that are held
    up. The lock keeps the waiting ones from ending now, when what is written here can't be seen yet.
    """
    held: dict[int, int] = {}
    ids = sorted(message_ids)
    for first in range(0, len(ids), MAX_AT_ONCE):
        some = ids[first : first + MAX_AT_ONCE]
        for row in await lock_waiting_for(some):
            held[row.message_id or 0] = max(held.get(row.message_id or 0, 0), row.due_at_us)
    return held
