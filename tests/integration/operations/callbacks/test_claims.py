"""Claiming callbacks: leases, order within a message, fairness between endpoints, and signatures."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from server.graphql.delivery.types import EVENT_ORDER
from server.kit.clock import ManualClock
from server.kit.signing import sign
from server.operations.accounts.accounts import update_account
from server.operations.callbacks.claims import Call, claim_calls
from server.operations.callbacks.management import rotate_callback_key
from server.operations.callbacks.outbox import targets_of
from server.operations.core.services import Services
from server.store.models import Account, CallbackDelivery, CallbackKind, CallbackTarget, User
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    call_all,
    call_due,
    delivered,
    listening_user,
    many,
    pending,
    said,
    settle,
)
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import BUFFERED, answer, claim, numbers, receive, refused_with, send


async def _claim(services: Services, *under_way: Call) -> list[Call]:
    return await claim_calls(services, under_way=under_way)


async def _many(services: Services, world: World, count: int, login: str = "script", url: str = HOOK) -> None:
    """Write this many callbacks of a new account."""
    await many(services, world, await world.account(f"sms-{login}-1"), count, login=login, url=url)


async def test_a_claim_lasts_for_its_lease(services: Services, world: World, clock: ManualClock) -> None:
    """Nobody else gets it meanwhile; afterwards it comes again under the same webhook id."""
    await _many(services, world, 1)
    [first] = await _claim(services)
    clock.advance(services.policy.claim_lease_seconds - 0.000001)
    assert await _claim(services) == []
    clock.advance(0.000001)
    [again] = await _claim(services)
    assert again.delivery_id == first.delivery_id
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    assert again.claim_id != first.claim_id


async def test_only_a_messages_first_is_claimed(services: Services, world: World, clock: ManualClock) -> None:
    """The second change waits while the first is called, while it is to be tried again, and until it is done."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    [first] = await _claim(services)
    assert await _claim(services) == []
    clock.advance(1)
    await settle(services, [first], BROKEN)
    assert await _claim(services) == []
    clock.advance(10)
    [again] = await _claim(services)
    assert said(again) == said(first)
    await settle(services, [again], OK)
    [second] = await _claim(services)
    assert said(second)["description"] == "1"


async def test_what_is_written_meanwhile_comes_after(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A change that comes while an earlier one is called, or waits for hours, is due when that one is done."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    [first] = await _claim(services)
    await receive(services, ("a", BUFFERED))
    clock.advance(1)
    await settle(services, [first], replace(BROKEN, retry_after_seconds=3_600))
    await receive(services, ("a", replace(BUFFERED, ptt=2)))
    clock.advance(3_599)
    assert await _claim(services) == []
    clock.advance(1)
    assert [said(call)["ptt"] for call in await call_all(services)] == ["3", "1", "2"]


async def test_what_comes_while_another_is_called_follows_at_once(services: Services, world: World) -> None:
    """It does not wait for the end of the lease once the one before it has arrived."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    [first] = await _claim(services)
    await receive(services, ("a", BUFFERED))
    assert await _claim(services) == []
    await settle(services, [first], OK)
    assert [said(call)["ptt"] for call in await call_all(services)] == ["1"]


async def test_what_waits_behind_another_is_not_even_looked_at(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It has the time of the one before it; otherwise many would slow the search for due ones."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    clock.advance(1)
    assert await CallbackDelivery.filter(due_at_us__lte=clock.now_us()).count() == 0


async def test_two_claimers_never_get_the_same_callback(services: Services, world: World) -> None:
    """Ten at once share sixty, none twice."""
    await _many(services, world, 60)
    claims = await asyncio.gather(*(_claim(services) for _ in range(10)))
    ids = [call.delivery_id for claimed in claims for call in claimed]
    assert len(ids) == len(set(ids)) == 60


async def test_so_many_at_once_to_a_host_and_in_all(services: Services, world: World) -> None:
    """Calls under way count; several URLs of one host are one host."""
    policy = replace(services.policy, callback_parallel=10, callback_parallel_per_host=4)
    services = replace(services, policy=policy)
    await _many(services, world, 20, "one", HOOK)
    await _many(services, world, 20, "two", f"{HOOK}/2")
    await _many(services, world, 20, "three", OTHER_HOOK)
    calls = await _claim(services)
    assert sorted(call.host for call in calls) == ["other.example"] * 4 + ["shop.example"] * 4
    assert await _claim(services, *calls) == []
    await _many(services, world, 20, "four", "https://third.example/")
    more = await _claim(services, *calls)
    assert [call.host for call in more] == ["third.example"] * 2
    assert await _claim(services, *calls, *more) == []
    assert [call.host for call in await _claim(services, *calls[1:], *more)] == [calls[0].host]


async def test_a_crowded_target_leaves_room_for_others(services: Services, world: World) -> None:
    """Many that wait for one receiver, and since long before, delay no other."""
    policy = replace(services.policy, callback_parallel=12, callback_parallel_per_host=4)
    services = replace(services, policy=policy)
    await _many(services, world, 150, "crowd", HOOK)
    await _many(services, world, 3, "late", OTHER_HOOK)
    hosts = [call.host for call in await _claim(services)]
    assert hosts.count("other.example") == 3


async def test_a_target_out_of_reach_is_asked_once(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Paused first, then one call, and only after a success as many as usual."""
    await _many(services, world, 20)
    calls = await _claim(services)
    assert len(calls) == 8
    await settle(services, calls, TIMED_OUT)
    assert await _claim(services) == []
    clock.advance(1)
    [probe] = await _claim(services)
    assert await _claim(services, probe) == []
    await settle(services, [probe], OK)
    assert len(await _claim(services)) == 8


async def test_a_disabled_target_is_not_called(services: Services, world: World) -> None:
    """However much is due."""
    await _many(services, world, 2)
    await CallbackTarget.all().update(disabled_at_us=1)
    assert await _claim(services) == []


async def test_the_users_key_signs_for_its_url_and_the_accounts_for_its_own(
    services: Services, world: World
) -> None:
    """Over id, seconds and the complete URL; for a user without its own URL, the account's key signs."""
    account = await world.account()
    await update_account(services, world.holder, account=account.name, changes={"callback_url": OTHER_HOOK})
    user, plain = await listening_user(services, world, account), await world.user(account, "plain")
    await pending(services, world.as_user(user), account, "a")
    await pending(services, world.as_user(plain), account, "b")
    for call in await _claim(services):
        key = services.signing_keys.key(account.id, user.id if call.host == "shop.example" else None, 1)
        timestamp = services.clock.now_us() // 1_000_000
        assert call.headers["webhook-timestamp"] == str(timestamp)
        assert call.headers["webhook-signature"] == sign(
            key, id=call.headers["webhook-id"], timestamp=timestamp, url=call.url
        )


@pytest.mark.parametrize("whose", ["user", "account"])
async def test_for_a_day_after_a_rotation_both_keys_sign(
    services: Services, world: World, clock: ManualClock, whose: str
) -> None:
    """The new one first; then it alone."""
    account = await world.account()
    await update_account(services, world.holder, account=account.name, changes={"callback_url": HOOK})
    user = await listening_user(services, world, account, url=OTHER_HOOK)
    by = world.as_user(user) if whose == "user" else world.holder
    login = user.login if whose == "user" else None
    await rotate_callback_key(services, world.holder, account=account.name, login=login)
    signatures = []
    for name in ("a", "b"):
        await pending(services, by, account, name)
        [call] = await call_due(services, OK)
        keys = [
            services.signing_keys.key(account.id, user.id if whose == "user" else None, version)
            for version in (2, 1)
        ]
        timestamp = clock.now_us() // 1_000_000
        expected = [
            sign(key, id=call.headers["webhook-id"], timestamp=timestamp, url=call.url) for key in keys
        ]
        given = call.headers["webhook-signature"].split(" ")
        assert given == expected[: len(given)]
        signatures.append(len(given))
        clock.advance(services.policy.callback_key_overlap_seconds)
    assert signatures == [2, 1]


async def test_each_bears_the_cursor_of_its_event(services: Services, world: World) -> None:
    """The same text that the query and the subscription give."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    events = await status_changes()
    cursors = [call.headers["chappe-cursor"] for call in await call_all(services)]
    assert cursors == [EVENT_ORDER.cursor(event) for event in events]


async def test_a_user_that_was_deleted_is_signed_for_by_the_account(services: Services, world: World) -> None:
    """Its key is gone with it."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    await User.filter(id=user.id).update(deleted_at_us=1)
    [call] = await _claim(services)
    key = services.signing_keys.key(account.id, None, 1)
    timestamp = services.clock.now_us() // 1_000_000
    assert call.headers["webhook-signature"] == sign(
        key, id=call.headers["webhook-id"], timestamp=timestamp, url=call.url
    )


async def test_an_account_with_many_slow_hosts_delays_no_other(services: Services, world: World) -> None:
    """Though its own have waited for longer, the next call that may be made is another account's."""
    policy = replace(services.policy, callback_parallel=8, callback_parallel_per_host=2)
    services = replace(services, policy=policy)
    account = await world.account("sms-crowd-1", credits=10**6)
    for index in range(8):
        url = f"https://h{index}.slow.example/"
        user = await listening_user(services, world, account, f"u{index}", url)
        await send(services, world.as_user(user), account, *numbers(4))
        await answer(services, await claim(services), *[refused_with(20)] * 4)
    slow = await _claim(services)
    assert len(slow) == 4
    await _many(services, world, 3, "late", OTHER_HOOK)
    assert [call.host for call in await _claim(services, *slow)] == ["other.example"] * 2


async def test_fifty_nine_hanging_hosts_leave_another_account_its_way(
    services: Services, world: World
) -> None:
    """An account has a quarter of the calls at most; what four of them leave is for those with hardly any."""
    under_way: list[Call] = []
    for crowd in range(5):
        await _waiting_at(services, await world.account(f"sms-crowd-{crowd}"), 59 if crowd == 0 else 20)
        under_way += await _claim(services, *under_way)
    by_account = sorted(Counter(call.account_id for call in under_way).values())
    assert by_account == [2, 2, 16, 16, 16]
    await _many(services, world, 3, "late", OTHER_HOOK)
    claimed = await _claim(services, *under_way)
    assert [call.host for call in claimed] == ["other.example"] * 2


async def _waiting_at(services: Services, account: Account, hosts: int) -> None:
    """Write a callback of an account for each of this many hosts."""
    urls = [f"https://h{index}.{account.name}.example/" for index in range(hosts)]
    now_us = services.clock.now_us()
    await CallbackDelivery.bulk_create(
        CallbackDelivery(
            account_id=account.id,
            target_id=target.id,
            kind=CallbackKind.TEST,
            webhook_id=f"test_{target.id}",
            query="id=0",
            due_at_us=now_us,
            created_at_us=now_us,
        )
        for target in (await targets_of(account, urls)).values()
    )


async def test_targets_of_a_busy_host_hide_no_others(services: Services, world: World) -> None:
    """A host with very many old waiting URLs is skipped while it is busy."""
    policy = replace(services.policy, callback_parallel=2, callback_parallel_per_host=1)
    services = replace(services, policy=policy)
    account = await world.account("sms-crowd-1", credits=10**6)
    for index in range(4 * policy.callback_parallel + 2):
        user = await listening_user(services, world, account, f"u{index}", f"{HOOK}/{index}")
        await pending(services, world.as_user(user), account, f"m{index}")
    [slow] = await _claim(services)
    await _many(services, world, 1, "late", OTHER_HOOK)
    assert [call.host for call in await _claim(services, slow)] == ["other.example"]
