"""Reads of callbacks, batched over the whole answer."""

from collections.abc import Sequence
from typing import cast

from server.graphql.schema.context import Info
from server.store.models import CallbackDelivery, CallbackTarget, CallbackTry
from server.store.queries.callbacks import deliveries
from server.store.queries.callbacks.deliveries import callbacks_of_messages, newest_of
from server.store.queries.callbacks.targets import targets_at, targets_by_id


async def target_of(info: Info, target_id: int) -> CallbackTarget:
    """Return a target by its id."""
    return cast(
        "CallbackTarget", await info.context.loader("callback target", targets_by_id, None).load(target_id)
    )


async def target_at(info: Info, account_id: int, url: str) -> CallbackTarget | None:
    """Return an account's target by its URL, or None if it never had a callback."""
    return await info.context.loader("callback target by URL", targets_at, None).load((account_id, url))


async def callbacks_of(info: Info, message_id: int) -> list[CallbackDelivery]:
    """Return a message's callbacks, in the order of its events."""

    async def load(ids: Sequence[int]) -> dict[int, list[CallbackDelivery]]:
        by_message: dict[int, list[CallbackDelivery]] = {}
        for row in await callbacks_of_messages(ids):
            by_message.setdefault(row.message_id or 0, []).append(row)
        return by_message

    return await info.context.loader("callbacks", load, list[CallbackDelivery]()).load(message_id)


async def tries_of(info: Info, delivery_id: int) -> list[CallbackTry]:
    """Return a callback's tries, oldest first."""

    async def load(ids: Sequence[int]) -> dict[int, list[CallbackTry]]:
        tries: dict[int, list[CallbackTry]] = {}
        for row in await deliveries.tries_of(ids):
            tries.setdefault(row.delivery_id, []).append(row)
        return tries

    return await info.context.loader("callback tries", load, list[CallbackTry]()).load(delivery_id)


async def last_delivery(info: Info, owner: str, owner_id: int) -> CallbackDelivery | None:
    """Return the newest callback that has this id in its column `owner` (`user_id` or `account_id`)."""

    async def load(ids: Sequence[int]) -> dict[int, CallbackDelivery]:
        return await newest_of(owner, ids)

    return await info.context.loader(("last callback", owner), load, None).load(owner_id)
