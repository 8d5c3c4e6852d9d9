"""Reads about callbacks, batched for all of an answer."""

from collections.abc import Sequence
from typing import cast

from tortoise.functions import Max

from server.graphql.schema.context import Info
from server.store.models import CallbackDelivery, CallbackTarget, CallbackTry
from server.store.reading import load as load_rows


async def target_of(info: Info, target_id: int) -> CallbackTarget:
    """Return a target by its id."""

    async def load(ids: Sequence[int]) -> dict[int, CallbackTarget]:
        return {row.id: row for row in await CallbackTarget.filter(id__in=set(ids))}

    return cast("CallbackTarget", await info.context.loader("callback target", load, None).load(target_id))


async def target_at(info: Info, account_id: int, url: str) -> CallbackTarget | None:
    """Return an account's target by its URL, or None where nothing was ever to go to it."""

    async def load(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], CallbackTarget]:
        accounts, urls = {account for account, _ in keys}, {url for _, url in keys}
        rows = await CallbackTarget.filter(account_id__in=accounts, url__in=urls)
        return {(row.account_id, row.url): row for row in rows}

    return await info.context.loader("callback target by URL", load, None).load((account_id, url))


async def callbacks_of(info: Info, message_id: int) -> list[CallbackDelivery]:
    """Return the callbacks about a message, in the order of its events."""

    async def load(ids: Sequence[int]) -> dict[int, list[CallbackDelivery]]:
        found: dict[int, list[CallbackDelivery]] = {}
        rows = CallbackDelivery.filter(message_id__in=set(ids)).order_by("message_id", "event_sequence")
        for row in await load_rows(rows):
            found.setdefault(row.message_id or 0, []).append(row)
        return found

    return await info.context.loader("callbacks", load, list[CallbackDelivery]()).load(message_id)


async def tries_of(info: Info, delivery_id: int) -> list[CallbackTry]:
    """Return the tries to deliver a callback, oldest first."""

    async def load(ids: Sequence[int]) -> dict[int, list[CallbackTry]]:
        tries: dict[int, list[CallbackTry]] = {}
        rows = CallbackTry.filter(delivery_id__in=set(ids)).order_by("delivery_id", "id")
        for row in await load_rows(rows):
            tries.setdefault(row.delivery_id, []).append(row)
        return tries

    return await info.context.loader("callback tries", load, list[CallbackTry]()).load(delivery_id)


async def last_delivery(info: Info, owner: str, owner_id: int) -> CallbackDelivery | None:
    """Return the newest callback whose column `owner` (`user_id` or `account_id`) holds this id."""

    async def load(ids: Sequence[int]) -> dict[int, CallbackDelivery]:
        newest = (
            CallbackDelivery.filter(**{f"{owner}__in": set(ids)})
            .annotate(newest=Max("id"))
            .group_by(owner)
            .values_list("newest", flat=True)
        )
        rows = await CallbackDelivery.filter(id__in=list(await newest))
        return {getattr(row, owner): row for row in rows}

    return await info.context.loader(("last callback", owner), load, None).load(owner_id)
