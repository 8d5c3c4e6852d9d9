"""Preflight: messages that must wait, and messages that may no longer be sent."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import TryLater
from server.kit.clock import DAY_US, HOUR_US, ManualClock
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import add_to_blacklist
from server.operations.messages.cancellation import cancel_message
from server.store.models import Account, Message
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import RECEIVER, accepted, answer, claim, send, states, status

T = TypeVar("T")

HOURS = 3_600
DAYS = 86_400
LEASE = 60


async def _advertiser(world: World) -> Account:
    """Return an account that keeps the hours and has a clause; it is 14:00 on a Monday in Paris."""
    account = await world.account()
    changes: dict[str, Any] = {"keeps_advertising_hours": True, "stop_clause": "STOP 36000"}
    await Account.filter(id=account.id).update(**changes)
    return account


async def _claimed(services: Services) -> list[int]:
    return [submission.message_id for submission in (await claim(services)).submissions]


async def test_advertising_that_was_not_handed_over_by_the_evening_waits(
    services: Services, world: World, clock: ManualClock
) -> None:
    """For any reason of the delay; messages without the clause go."""
    account = await _advertiser(world)
    advertising = await send(services, world.holder, account)
    other = await send(services, world.holder, account, no_stop=True)
    assert (await Message.get(id=advertising)).held_until_us is None
    clock.advance(6 * HOURS - 0.000001)
    await answer(services, await claim(services), TryLater(0.000001), TryLater(0.000001))
    clock.advance(0.000001)
    morning_us = clock.now_us() + 12 * HOUR_US
    assert await _claimed(services) == [other]
    message = await Message.get(id=advertising)
    assert (message.state, message.held_until_us, message.due_at_us) == ("queued", morning_us, morning_us)
    clock.advance(12 * HOURS - 0.000001)
    assert advertising not in await _claimed(services)
    clock.advance(0.000001)
    assert advertising in await _claimed(services)
    await check_books(account.id)


async def test_an_account_that_keeps_no_hours_sends_at_night(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The setting counts as it is when the message is handed over."""
    account = await _advertiser(world)
    number = await send(services, world.holder, account)
    clock.advance(7 * HOURS)
    await Account.filter(id=account.id).update(keeps_advertising_hours=False)
    assert await _claimed(services) == [number]


async def test_a_held_message_can_be_cancelled(services: Services, world: World, clock: ManualClock) -> None:
    """It is not claimed any more, and its credits come back."""
    account = await _advertiser(world)
    number = await send(services, world.holder, account)
    clock.advance(7 * HOURS)
    assert await _claimed(services) == []
    await cancel_message(services, world.holder, message_id=number)
    assert await status(number) == (16, None)
    assert (await check_books(account.id)).credits_left == 200_000


async def test_what_no_operator_accepted_in_time_expires_and_is_refunded(
    services: Services, world: World, clock: ManualClock
) -> None:
    """After the validity, with ptt 8; a deferred or held message ages from the time that it waited for."""
    account = await world.account()
    now_us = clock.now_us()
    old = await send(services, world.holder, account)
    deferred = await send(services, world.holder, account, deferred_until_us=now_us + DAY_US)
    late = await send(services, world.holder, account)
    await Message.filter(id=late).update(held_until_us=now_us + 1)
    clock.advance(2 * DAYS)
    assert await _claimed(services) == [deferred, late]
    assert (await status(old), await states([old])) == ((16, 8), ["ended"])
    message = await Message.get(id=old)
    assert (message.sent_at_us, message.gateway) == (None, None)
    assert (await check_books(account.id)).credits_left == 198_000
    assert await _claimed(services) == []


async def test_a_link_that_throttles_for_days_delivers_nothing_stale(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A message is tried until its validity ends, and no longer."""
    account = await world.account()
    number = await send(services, world.holder, account)
    for _ in range(8):
        await answer(services, await claim(services), TryLater(6 * HOURS))
        clock.advance(6 * HOURS)
    assert await _claimed(services) == []
    assert await status(number) == (16, 8)
    await check_books(account.id)


async def test_an_unknown_outcome_can_be_given_up(
    services: Services, world: World, clock: ManualClock
) -> None:
    """By policy: failed with ptt 6, not refunded, and the first worker's late answer changes nothing."""
    careful = replace(services, policy=replace(services.policy, max_resends=0))
    account = await world.account()
    number, throttled = [await send(services, world.holder, account) for _ in range(2)]
    late = await claim(careful, 1)
    await answer(careful, await claim(careful), TryLater(LEASE))
    clock.advance(LEASE)
    assert await _claimed(careful) == [throttled]
    assert (await status(number), await states([number])) == ((2, 6), ["ended"])
    await answer(careful, late, accepted("a"))
    await answer(careful, late, TryLater(0))
    assert await status(number) == (2, 6)
    assert (await check_books(account.id)).credits_left == 198_000


@pytest.mark.parametrize("stop", [set_user_enabled, delete_user])
async def test_an_unknown_outcome_of_a_stopped_sender_is_not_resent(
    services: Services, world: World, clock: ManualClock, stop: Any
) -> None:
    """To stop is to stop: it may have been handed over, so it fails with ptt 6 and is not refunded."""
    account = await world.account()
    user, other = await world.user(account), await world.user(account, "other")
    number = await send(services, world.as_user(user), account)
    spared = await send(services, world.as_user(other), account)
    await claim(services)
    more = {"enabled": False} if stop is set_user_enabled else {}
    await stop(services, world.holder, account=account.name, login="script", **more)
    clock.advance(LEASE)
    assert await _claimed(services) == [spared]
    assert await status(number) == (2, 6)
    assert (await check_books(account.id)).credits_left == 198_000


async def test_an_unknown_outcome_stays_in_doubt_when_the_second_worker_puts_it_back(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It can't be cancelled, since the first worker may have handed it over, nor does its end refund it."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await claim(services)
    clock.advance(LEASE)
    await answer(services, await claim(services), TryLater(2 * DAYS))
    async with refused(ErrorCode.ALREADY_SUBMITTED, "id"):
        await cancel_message(services, world.holder, message_id=number)
    clock.advance(2 * DAYS)
    assert await _claimed(services) == []
    assert await status(number) == (2, 6)
    await check_books(account.id)


async def test_what_is_held_of_a_sender_that_was_stopped_meanwhile_is_cancelled(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A worker had it for a moment, so the stopping did not find it."""
    account = await _advertiser(world)
    user = await world.user(account)
    number = await send(services, world.as_user(user), account)
    clock.advance(7 * HOURS)

    class Late(Transactions):
        """Transactions, before the first of which the sender is stopped."""

        async def run(self, work: Callable[[], Awaitable[T]]) -> T:
            await set_user_enabled(
                services, world.holder, account=account.name, login="script", enabled=False
            )
            return await super().run(work)

    assert await _claimed(replace(services, transactions=Late(services.bus, services.meters))) == []
    assert await status(number) == (16, None)
    assert (await check_books(account.id)).credits_left == 200_000


async def test_what_waits_for_a_receiver_who_says_stop_is_not_sent(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It ends with the ptt that says why, and is refunded; the other accounts' goes."""
    account, other = await world.account(), await world.account("sms-other-1")
    later = {"deferred_until_us": clock.now_us() + DAY_US}
    barred = await send(services, world.holder, account, no_stop=True, **later)
    free = [await send(services, world.holder, account, "+33612345999", **later)]
    free.append(await send(services, world.holder, other, **later))
    await add_to_blacklist(services, world.holder, account=account.name, number=RECEIVER)
    clock.advance(DAYS)
    assert sorted(await _claimed(services)) == sorted(free)
    assert (await status(barred), await states([barred])) == ((16, 23), ["ended"])
    assert (await check_books(account.id)).credits_left == 199_000


async def test_an_unknown_outcome_is_not_resent_to_a_receiver_who_said_stop(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It may have arrived, and so is not refunded either."""
    account = await world.account()
    number = await send(services, world.holder, account)
    assert await _claimed(services) == [number]
    await add_to_blacklist(services, world.holder, account=account.name, number=RECEIVER)
    clock.advance(LEASE)
    assert await _claimed(services) == []
    assert await status(number) == (2, 6)
    assert (await check_books(account.id)).credits_left == 199_000


async def test_quota_changes_leave_deferred_messages_alone(
    services: Services, world: World, clock: ManualClock
) -> None:
    """They are paid for: one goes when its time comes, and one that is cancelled is refunded to the account."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    given: dict[str, Any] = {"account": account.name, "login": user.login}
    await set_user_quota(services, world.holder, **given, enabled=True, credits=2_000)
    later_us = clock.now_us() + DAY_US
    goes, cancelled = [
        await send(services, world.as_user(user), account, deferred_until_us=later_us) for _ in range(2)
    ]
    await set_user_quota(services, world.holder, **given, enabled=False)
    await cancel_message(services, world.holder, message_id=cancelled)
    clock.advance(DAYS)
    assert await _claimed(services) == [goes]
    assert (await check_books(account.id)).credits_left == 9_000
