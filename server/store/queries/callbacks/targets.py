"""The URLs that callbacks go to, and their health."""

from collections.abc import Collection

from tortoise.expressions import Q

from server.store.models import CallbackTarget, User
from server.store.reading import load


async def own_urls(user_ids: Collection[int], column: str) -> dict[int | None, str]:
    """Return the URL in this column of each of these users who has one and is not deleted."""
    own = User.filter(id__in=user_ids, deleted_at_us=None).exclude(**{column: None})
    return dict(await own.values_list("id", column))


async def targets_by_url(account_id: int, urls: Collection[str]) -> dict[str, CallbackTarget]:
    """Return an account's targets by their URLs."""
    return {
        target.url: target
        for target in await CallbackTarget.filter(account_id=account_id, url__in=list(urls))
    }


async def call_again(ids: Collection[int]) -> None:
    """Enable these targets and clear their failures; those that have any are locked by id."""
    # A disabled target may have no failures, if a call under way then succeeded.
    ailing = Q(failures_in_a_row__gt=0) | Q(disabled_at_us__isnull=False)
    targets = await CallbackTarget.filter(ailing, id__in=ids).order_by("id").select_for_update(no_key=True)
    for target in targets:
        await CallbackTarget.filter(id=target.id).update(
            failing_since_us=None,
            failures_in_a_row=0,
            paused_until_us=0,
            disabled_at_us=None,
            disabled_reason=None,
        )


async def failing_targets(
    failed: Collection[int], *, gone: Collection[int], since_us: int
) -> list[CallbackTarget]:
    """Return those of these failed targets that are gone, or have failed since then; nothing is locked."""
    long = Q(failing_since_us__lte=since_us)
    return await CallbackTarget.filter(Q(id__in=gone) | long, id__in=failed, disabled_at_us=None)


async def lock_ailing_targets(ids: Collection[int], *, failed: Collection[int]) -> list[CallbackTarget]:
    """Return those of these targets that have failed before or have just failed, locked by id."""
    noted = Q(id__in=list(ids), failures_in_a_row__gt=0) | Q(id__in=list(failed))
    return await load(CallbackTarget.filter(noted).order_by("id").select_for_update(no_key=True))


async def targets_by_id(ids: Collection[int]) -> dict[int, CallbackTarget]:
    """Return targets by their ids."""
    return {row.id: row for row in await CallbackTarget.filter(id__in=set(ids))}


async def targets_at(places: Collection[tuple[int, str]]) -> dict[tuple[int, str], CallbackTarget]:
    """Return targets by account and URL. A URL that was never used has none."""
    accounts, urls = {account for account, _ in places}, {url for _, url in places}
    rows = await CallbackTarget.filter(account_id__in=accounts, url__in=urls)
    return {(row.account_id, row.url): row for row in rows}
