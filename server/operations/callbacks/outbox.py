"""Writing down what is to be called back: one row for each URL that is to hear of something.

All of it happens in the transaction that gives rise to it, under the account's lock, so that no
callback is owed for what was rolled back, and none is missing for what was not.
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
"""So many messages are asked for in one statement: a whole account's, swept together, may be more than one takes."""

URL_COLUMNS = {CallbackKind.STATUS: "callback_url", CallbackKind.STOP: "stop_callback_url"}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to be called back: of which user (None: of nobody but the account), and in which words."""

    kind: CallbackKind
    webhook_id: str
    query: str
    user_id: int | None
    message_id: int | None = None
    event_sequence: int | None = None


async def enqueue_status(account: Account, events: Sequence[DeliveryEvent], *, at_us: int) -> None:
    """Write down the callbacks of events that a locked account's log has just got."""
    await enqueue(account, [status_news(event) for event in events], at_us=at_us)


async def enqueue_stops(account: Account, incoming: Sequence[IncomingMessage], *, at_us: int) -> None:
    """Write down the callbacks of STOPs that have come in for a locked account."""
    await enqueue(account, [stop_news(message) for message in incoming], at_us=at_us)


def status_news(event: DeliveryEvent) -> News:
    """Return what is told of an event. Its webhook id is made of the event's, so it is always the same.

    The time tells it from the event of the same number of another database, or of this one before a
    backup was put back: an endpoint that keeps the ids it has seen must not drop one for the other.
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
    """Return what is told of a STOP; for its webhook id as `status_news`."""
    return News(
        kind=CallbackKind.STOP,
        webhook_id=f"stop_{incoming.account_id}_{incoming.sequence}_{incoming.at_us}",
        query=stop_query(
            number=incoming.id, sender=incoming.sender, text=incoming.body, at_us=incoming.at_us
        ),
        user_id=incoming.user_id,
    )


async def enqueue(account: Account, news: Sequence[News], *, at_us: int) -> list[CallbackDelivery]:
    """Write down news of a locked account, all of one kind, for those who have a URL for it.

    However many there are, it takes a few statements; one, or none, where nobody has a URL. What goes
    to a URL that is disabled has failed from the start, and can be replayed.
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
    """Return the URL that hears of each user's news of a kind: its own, or else the account's, or None."""
    column = URL_COLUMNS[kind]
    of_account: str | None = getattr(account, column)
    urls: dict[int | None, str | None] = dict.fromkeys(user_ids, of_account)
    ids = [user_id for user_id in user_ids if user_id is not None]
    if ids:
        urls |= await own_urls(ids, column)
    return urls


async def targets_of(account: Account, urls: Collection[str]) -> dict[str, CallbackTarget]:
    """Return a locked account's targets by URL, made where there is none yet."""
    targets = await targets_by_url(account.id, urls)
    missing = sorted(set(urls) - targets.keys())
    if missing:
        await insert(
            [new(CallbackTarget, account_id=account.id, url=url, host=host_of(url)) for url in missing]
        )
        targets |= await targets_by_url(account.id, missing)
    return targets


async def _held_up_us(message_ids: Collection[int]) -> dict[int, int]:
    """Return, for messages with callbacks that wait already, when the last of those is due.

    What comes after them is not due before, so that looking for due callbacks finds none that are
    held up. The lock keeps them from ending just now, when nobody would see what is written here.
    """
    held: dict[int, int] = {}
    ids = sorted(message_ids)
    for first in range(0, len(ids), MAX_AT_ONCE):
        some = ids[first : first + MAX_AT_ONCE]
        for row in await lock_waiting_for(some):
            held[row.message_id or 0] = max(held.get(row.message_id or 0, 0), row.due_at_us)
    return held
