"""Changing many rows in batches, each in its own transaction, so that others get their turn.

The first batch is part of the transaction that starts the sweep. If more is left, a row records it (see
`Sweep`), and the caller goes on with it, or after a crash a worker.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import orjson

from server.bus.bus import Queue
from server.kit.clock import DAY_US, SECOND_US
from server.operations.audit import trail
from server.operations.core.account_turns import Pauses, Work, run_each
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.store.models import Account, Sweep
from server.store.models.sweeps import SweepKind
from server.store.queries.accounts import lock_account_id
from server.store.queries.sweeps import forget_sweeps, forsaken_sweeps, get_sweep
from server.store.writing import add, update

BATCH = 200
"""How many rows one transaction changes."""
LEASE_US = 5 * SECOND_US
"""Who works on a sweep counts as dead after this long without a batch."""

Batch = Callable[[Account, Sweep, int], Awaitable[int]]
"""Changes up to `BATCH` rows of a sweep at a time (microseconds), counts them in `done`, returns how many."""


async def begin_sweep(
    account: Account, sweep: Sweep, batch: Batch, *, at_us: int, by_worker: bool = False
) -> Sweep:
    """Do the first batch of a locked account's sweep.

    `finish_sweep` does the rest after the commit, or with `by_worker` a worker does, at once.
    """
    sweep.begun_at_us, sweep.touched_at_us = at_us, 0 if by_worker else at_us
    await _do(account, sweep, batch, at_us)
    if sweep.finished_at_us is None:
        await forget_sweeps(finished_until_us=at_us - DAY_US)
        await add(sweep)
        wake(Queue.SWEEPS)
    return sweep


async def finish_sweep(services: Services, sweep: Sweep, batch: Batch) -> Sweep:
    """Go on with a sweep until it is finished, by this caller or a worker, and return the finished sweep."""

    async def work(sweep_id: int) -> Sweep:
        return await _go_on(services, sweep_id, batch, is_mine=True)

    while sweep.finished_at_us is None:
        sweep = await services.transactions.run(partial(work, sweep_id=sweep.id))
    return sweep


async def take_up_sweeps(
    services: Services, batches: Mapping[SweepKind, Batch], *, pauses: Pauses | None = None
) -> int:
    """Do a batch of each account's oldest abandoned sweep; return how many there were."""
    rows = await forsaken_sweeps(
        untouched_since_us=services.clock.now_us() - LEASE_US,
        but_for=pauses.under_way() if pauses else [],
    )

    def work_on(sweep_id: int, batch: Batch) -> Work:
        async def work() -> None:
            await _go_on(services, sweep_id, batch, is_mine=False)

        return work

    works = {row["account_id"]: work_on(row["id"], batches[SweepKind(row["kind"])]) for row in rows}
    await run_each(services, works, pauses)
    return len(rows)


async def _go_on(services: Services, sweep_id: int, batch: Batch, *, is_mine: bool) -> Sweep:
    """Do one batch. A worker does not renew the sweep's lease, so that it can go on at once."""
    account = await lock_account_id((await get_sweep(sweep_id)).account_id)
    sweep = await get_sweep(sweep_id)
    if sweep.finished_at_us is None:
        now_us = services.clock.now_us()
        await _do(account, sweep, batch, now_us)
        if is_mine:
            sweep.touched_at_us = now_us
        await update([sweep], ["done", "touched_at_us", "finished_at_us"])
    return sweep


async def _do(account: Account, sweep: Sweep, batch: Batch, at_us: int) -> None:
    swept = await batch(account, sweep, at_us)
    if swept >= BATCH:
        return
    sweep.finished_at_us = at_us
    if sweep.action:
        detail, before = orjson.loads(sweep.detail)
        await trail.record(
            Principal(name=sweep.caused_by, scopes=frozenset()),
            sweep.action,
            sweep.subject,
            at_us=at_us,
            account=account,
            detail={**detail, "cancelledMessages": sweep.done},
            before=before,
        )
