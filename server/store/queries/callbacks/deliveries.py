"""Callbacks as rows: locking, settling and counting them."""

from collections.abc import Collection

from tortoise.expressions import F, Q
from tortoise.functions import Max

from server.store.models import CallbackDelivery, CallbackState, CallbackTry
from server.store.reading import load
from server.store.sql import is_sqlite


async def lock_waiting_for(message_ids: Collection[int]) -> list[CallbackDelivery]:
    """Return the waiting callbacks of messages, locked by id until the transaction ends."""
    waiting = CallbackDelivery.filter(message_id__in=list(message_ids), state=CallbackState.WAITING)
    return await load(waiting.order_by("id").select_for_update(no_key=True))


async def lock_with_followers(
    ids: Collection[int], *, message_ids: Collection[int]
) -> list[CallbackDelivery]:
    """Return callbacks, and all waiting ones of these messages, locked by id until the transaction ends."""
    concerned = Q(id__in=list(ids))
    if message_ids:
        concerned |= Q(message_id__in=list(message_ids), state=CallbackState.WAITING)
    locked = CallbackDelivery.filter(concerned).order_by("id").select_for_update(no_key=True)
    if not is_sqlite():
        # Twice: the first statement may have waited for the lock of a transaction that wrote a message's
        # next callback, and PostgreSQL shows what that one committed only to a new statement.
        await load(locked)
    return await load(locked)


async def lock_by_webhook_id(webhook_ids: Collection[str]) -> dict[str, CallbackDelivery]:
    """Return callbacks by their webhook ids, locked by id until the transaction ends."""
    known = CallbackDelivery.filter(webhook_id__in=list(webhook_ids))
    return {row.webhook_id: row for row in await known.order_by("id").select_for_update(no_key=True)}


async def settle_delivered(ids: Collection[int], *, at_us: int) -> None:
    """Set locked callbacks to delivered, with one more attempt."""
    await CallbackDelivery.filter(id__in=ids).update(
        state=CallbackState.DELIVERED, attempts=F("attempts") + 1, ended_at_us=at_us, claim_id=None
    )


async def make_due(ids: Collection[int], *, at_us: int) -> None:
    """Make locked callbacks due at this time."""
    await CallbackDelivery.filter(id__in=ids).update(due_at_us=at_us)


async def count_waiting(target_id: int) -> int:
    """Return how many callbacks wait for a target."""
    return await CallbackDelivery.filter(target_id=target_id, state=CallbackState.WAITING).count()


async def callbacks_of_messages(ids: Collection[int]) -> list[CallbackDelivery]:
    """Return the callbacks about messages, by message and in the order of its events."""
    rows = CallbackDelivery.filter(message_id__in=set(ids)).order_by("message_id", "event_sequence")
    return await load(rows)


async def tries_of(delivery_ids: Collection[int]) -> list[CallbackTry]:
    """Return the tries of callbacks, by callback and oldest first."""
    return await load(CallbackTry.filter(delivery_id__in=set(delivery_ids)).order_by("delivery_id", "id"))


async def newest_of(owner: str, ids: Collection[int]) -> dict[int, CallbackDelivery]:
    """Return the newest callback of each owner; `owner` is the column (`user_id` or `account_id`)."""
    newest = (
        CallbackDelivery.filter(**{f"{owner}__in": set(ids)})
        .annotate(newest=Max("id"))
        .group_by(owner)
        .values_list("newest", flat=True)
    )
    rows = await CallbackDelivery.filter(id__in=list(await newest))
    return {getattr(row, owner): row for row in rows}
