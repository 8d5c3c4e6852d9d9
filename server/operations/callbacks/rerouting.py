"""Moving waiting callbacks when somebody sets another URL, or when a URL is no longer called.

An account's callbacks are moved in batches (see `operations.sweeps`). Until that is done, none of them is
claimed.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from server.bus.bus import Queue
from server.operations.callbacks.outbox import URL_COLUMNS, targets_of, urls_of
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.sweeps.sweeps import BATCH, begin_sweep, finish_sweep
from server.store.models import Account, CallbackKind, CallbackState, Sweep, User
from server.store.models.sweeps import SweepKind
from server.store.queries.callbacks.rerouting import (
    lock_waiting_callbacks,
    misplaced_callbacks,
    move_callbacks,
)
from server.store.queries.callbacks.targets import call_again


async def begin_rerouting_user(account: Account, user: User, *, at_us: int) -> Sweep:
    """Begin to move a user's waiting callbacks to its new URLs. The account is locked, the user saved.

    Setting a URL enables it again if it was disabled, even if it is the same as before. `finish_rerouting`
    does the rest, after the commit.
    """
    deleted = user.deleted_at_us is not None
    urls = set() if deleted else {getattr(user, column) for column in URL_COLUMNS.values()}
    await _call_again(account, urls - {None})
    return await begin_rerouting(account, user.id, at_us=at_us)


async def begin_rerouting_account(account: Account, columns: Collection[str], *, at_us: int) -> Sweep:
    """Do the same for the URLs set on a locked account, and for all users without their own."""
    urls = {getattr(account, column) for column in URL_COLUMNS.values() if column in columns}
    await _call_again(account, urls - {None})
    return await begin_rerouting(account, None, at_us=at_us)


async def begin_rerouting(
    account: Account, user_id: int | None, *, at_us: int, by_worker: bool = False
) -> Sweep:
    """Move the first batch of a locked account's (or one user's) waiting callbacks where they belong."""
    sweep = Sweep(account_id=account.id, user_id=user_id, kind=SweepKind.CALLBACKS, caused_by="server")
    return await begin_sweep(account, sweep, move_batch, at_us=at_us, by_worker=by_worker)


async def finish_rerouting(services: Services, sweep: Sweep) -> None:
    """Move the rest where it belongs."""
    await finish_sweep(services, sweep, move_batch)


async def move_batch(account: Account, sweep: Sweep, at_us: int) -> int:
    """Move one batch of waiting callbacks where they belong: to another target, or to an end.

    A moved callback is no longer claimed: the result of a call to the old URL says nothing about the new one.
    Settling calls takes the same locks in the same order: targets by id, then callbacks by id.
    """
    rows = await misplaced_callbacks(account.id, sweep.user_id, limit=BATCH)
    if not rows:
        return 0
    ids = sorted(row["id"] for row in rows)
    places = await _places(account, rows)
    # Locks all of them at once and in order, since several statements move them.
    await lock_waiting_callbacks(ids)
    for (state, target_id), moved in places.items():
        ended_us = None if state is CallbackState.WAITING else at_us
        await move_callbacks(moved, state=state, target_id=target_id, at_us=at_us, ended_at_us=ended_us)
    sweep.done += len(rows)
    wake(Queue.CALLBACKS)
    return len(rows)


async def _places(
    account: Account, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[CallbackState, int], list[int]]:
    """Return where callbacks belong: their ids by state and target."""
    urls = {
        kind: await urls_of(account, kind, {row["user_id"] for row in rows if row["kind"] == kind})
        for kind in URL_COLUMNS
    }
    known = {url for of_kind in urls.values() for url in of_kind.values() if url is not None}
    targets = await targets_of(account, known) if known else {}
    places: defaultdict[tuple[CallbackState, int], list[int]] = defaultdict(list)
    for row in rows:
        of_kind = urls.get(row["kind"], {})
        url = of_kind.get(row["user_id"])
        if url is None:
            # A test belongs to no other URL. It fails if its own is no longer called.
            failed = row["kind"] == CallbackKind.TEST and row["disabled_at_us"] is not None
            place = (CallbackState.FAILED if failed else CallbackState.CANCELLED, row["target_id"])
        else:
            target = targets[url]
            state = CallbackState.WAITING if target.disabled_at_us is None else CallbackState.FAILED
            place = (state, target.id)
        places[place].append(row["id"])
    return places


async def _call_again(account: Account, urls: Collection[str]) -> None:
    """Enable these URLs again, and forget their failures."""
    ids = [target.id for target in (await targets_of(account, urls)).values()] if urls else []
    await call_again(ids)
