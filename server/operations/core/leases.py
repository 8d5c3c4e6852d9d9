"""Leases: a worker holds a claim for a short time, and extends it for as long as it lives."""

from collections.abc import Collection, Mapping

from server.kit.clock import SECOND_US
from server.operations.core.services import Services
from server.store.queries import core as queries
from server.store.queries.core import CALLBACKS, MAILS, MESSAGES, Claimable, end_leases, works_alone

AT_ONCE = 500

Claims = Mapping[int, Collection[int]]
"""The ids of claimed rows, by claim."""


async def renew_leases(services: Services, claimable: Claimable, claims: Claims) -> None:
    """Extend claims by a lease from now.

    A row that is no longer claimed under that id, because it is settled or another worker's, is left alone.
    So is a row that another transaction has locked, since that one is about to settle it.
    """
    rows = sorted((id, claim_id) for claim_id, ids in claims.items() for id in ids)
    for begin in range(0, len(rows), AT_ONCE):
        await _renew(services, claimable, rows[begin : begin + AT_ONCE])


async def release_claims(services: Services) -> None:
    """Release the claims of earlier processes if none of those can still live.

    On SQLite one process works at a time, and its lock proves that the earlier one is gone. On PostgreSQL
    others may live, so their leases have to end first.
    """
    if not works_alone():
        return

    async def work() -> None:
        now_us = services.clock.now_us()
        for claimable in (MESSAGES, CALLBACKS, MAILS):
            await end_leases(claimable, at_us=now_us)

    await services.transactions.run(work)


async def _renew(services: Services, claimable: Claimable, rows: Collection[tuple[int, int]]) -> None:
    ids = [id for id, _ in rows]
    claim_ids = list(dict.fromkeys(claim_id for _, claim_id in rows))

    async def work() -> None:
        lease_end_us = services.clock.now_us() + services.policy.claim_lease_seconds * SECOND_US
        await queries.renew_leases(claimable, ids, claim_ids, lease_end_us=lease_end_us)

    await services.transactions.run(work)
