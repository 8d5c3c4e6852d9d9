"""Claiming callbacks that are due, and signing them."""

import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.kit.clock import SECOND_US
from server.kit.signing import sign
from server.operations.core.services import Services
from server.rules.callbacks.callbacks import call_capacity, called_url
from server.rules.messages.event_cursors import event_cursor
from server.store.models import Account, User
from server.store.queries.accounts import accounts_by_id, users_by_id
from server.store.queries.callbacks.claims import claim_callbacks, due_targets, release_callbacks

AHEAD = 8
"""For a host that answers quickly, this many times as many calls are claimed as may be under way."""
BEGIN_WITHIN_US = 10 * SECOND_US
"""A call begins within this time after its claim, and within two thirds of its lease, or is given back. So a
worker that stood still for longer makes no call that may be another's by now."""
CANDIDATES = 4
"""How many targets are read for each wanted call, since a host may have several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A callback that this worker holds until the lease ends. The next worker has another claim id."""

    delivery_id: int
    claim_id: int
    account_id: int
    target_id: int
    message_id: int | None
    host: str
    url: str
    headers: Mapping[str, str]
    begin_by_us: int


async def claim_calls(
    services: Services,
    *,
    under_way: Collection[Call],
    ahead: Collection[Call] = (),
    quick: Collection[str] = (),
) -> list[Call]:
    """Claim callbacks that are due, and those that their worker has not settled within its lease.

    Together with the calls under way, they stay within the bounds in all, for each host and for each account.
    The accounts with the fewest calls under way come first, and none gets more than its share, so that one
    with many slow endpoints does not hold up the others. A target that was just unreachable gets one call
    before it gets more. Of a message's callbacks only the first that still waits is claimed.

    For `quick` hosts some more are claimed once those claimed `ahead` have begun, but not for a target that
    was just unreachable.
    """
    policy, now_us = services.policy, services.clock.now_us()
    lease_us = policy.claim_lease_seconds * SECOND_US
    free = policy.callback_parallel - len(under_way)
    if free <= 0:
        return []
    hosts = Counter(call.host for call in (*under_way, *ahead))
    busy = {call.target_id for call in under_way}
    full = [host for host, calls in hosts.items() if calls >= policy.callback_parallel_per_host]
    targets = await due_targets(now_us, but_for=full, limit=CANDIDATES * policy.callback_parallel)
    if not targets:
        return []
    accounts = Counter(call.account_id for call in under_way)
    targets.sort(key=lambda target: accounts[target["account_id"]])

    async def work() -> list[Call]:
        left, claim_id = free, secrets.randbits(62)
        claimed = []
        for target in targets:
            account_id = target["account_id"]
            limit = min(
                call_capacity(
                    parallel=policy.callback_parallel,
                    per_host=policy.callback_parallel_per_host,
                    in_all=policy.callback_parallel - left,
                    of_account=accounts[account_id],
                ),
                policy.callback_parallel_per_host - hosts[target["host"]],
            )
            if target["paused_until_us"]:
                limit = min(limit, target["id"] not in busy)
            if limit <= 0:
                continue
            if target["host"] in quick and not target["paused_until_us"]:
                limit += (AHEAD - 1) * policy.callback_parallel_per_host
            rows = await claim_callbacks(
                claim_id, target["id"], at_us=now_us, lease_end_us=now_us + lease_us, limit=limit
            )
            claimed += [{**target, **row} for row in rows]
            hosts[target["host"]] += len(rows)
            # Calls claimed ahead beyond this begin only as others end.
            begun = min(len(rows), policy.callback_parallel_per_host)
            accounts[account_id] += begun
            left -= begun
        return await _calls(services, claim_id, claimed, now_us)

    return await services.transactions.run(work)


async def give_back(services: Services, calls: Collection[Call]) -> None:
    """Give back calls that were claimed and not begun: they are due at once."""
    claims = defaultdict(list)
    for call in calls:
        claims[call.claim_id].append(call.delivery_id)

    for claim_id, ids in claims.items():
        await release_callbacks(claim_id, ids, at_us=services.clock.now_us())


async def _calls(
    services: Services, claim_id: int, claimed: Sequence[dict[str, Any]], now_us: int
) -> list[Call]:
    if not claimed:
        return []
    accounts = await accounts_by_id({row["account_id"] for row in claimed})
    users = await users_by_id(row["user_id"] for row in claimed)
    begin_within_us = min(BEGIN_WITHIN_US, services.policy.claim_lease_seconds * SECOND_US * 2 // 3)
    calls = []
    for row in claimed:
        account, user = accounts[row["account_id"]], users.get(row["user_id"])
        url = called_url(row["url"], row["query"])
        owner = user if user is not None and _is_own(user, row["url"]) else account
        calls.append(
            Call(
                delivery_id=row["delivery_id"],
                claim_id=claim_id,
                account_id=account.id,
                target_id=row["id"],
                message_id=row["message_id"],
                host=row["host"],
                url=url,
                headers=_headers(row, signatures(services, owner, row["webhook_id"], url, now_us), now_us),
                begin_by_us=now_us + begin_within_us,
            )
        )
    return calls


def _is_own(user: User, url: str) -> bool:
    """Tell whether a URL is the user's own, so that the user's key signs; if not, the account's does."""
    return user.deleted_at_us is None and url in {user.callback_url, user.stop_callback_url}


def signatures(services: Services, owner: Account | User, id: str, url: str, now_us: int) -> str:
    """Return the signatures with the owner's key and, for a while after a rotation, with the old one too."""
    account_id, user_id = (owner.id, None) if isinstance(owner, Account) else (owner.account_id, owner.id)
    version, rotated_us = owner.callback_key_version, owner.callback_key_rotated_at_us
    versions = [version]
    overlap_us = services.policy.callback_key_overlap_seconds * SECOND_US
    if rotated_us is not None and now_us < rotated_us + overlap_us:
        versions.append(version - 1)
    keys = [services.signing_keys.key(account_id, user_id, version) for version in versions]
    return " ".join(sign(key, id=id, timestamp=now_us // SECOND_US, url=url) for key in keys)


def _headers(row: Mapping[str, Any], signature: str, now_us: int) -> dict[str, str]:
    headers = {
        "webhook-id": str(row["webhook_id"]),
        "webhook-timestamp": str(now_us // SECOND_US),
        "webhook-signature": signature,
    }
    if row["event_at_us"] is not None:
        headers["chappe-cursor"] = event_cursor(row["event_sequence"], row["event_at_us"])
    return headers
