"""A changed URL: waiting callbacks go there, or nowhere; setting a disabled URL enables it."""

import asyncio
from pathlib import Path

from tortoise.queryset import QuerySet

from server.gateways.protocol import OperatorMessage
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import AccountChanges, update_account
from server.operations.accounts.user_settings import set_user_callback
from server.operations.accounts.users import delete_user
from server.operations.callbacks.claims import claim_calls
from server.operations.callbacks.management import send_test_callback
from server.operations.callbacks.outbox import targets_of
from server.operations.core.principals import OPERATOR_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.settings import Settings
from server.store.models import (
    Account,
    CallbackDelivery,
    CallbackKind,
    CallbackTarget,
    Notification,
    Sweep,
    User,
)
from server.workers.scheduler import Scheduler
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    call_all,
    call_due,
    delivered,
    listening_user,
    pending,
    settle,
    states,
    target,
)
from tests.factories.messages.messages import RECEIVER, claim, reach, send
from tests.factories.running.crash import Point, Rig, crash
from tests.factories.running.waiting import eventually
from tests.factories.store.locks import somebody_waits
from tests.factories.store.statements import counted

THIRD_HOOK = "https://third.example/hook"
OPERATOR = Principal(name="operator", scopes=OPERATOR_SCOPES, holder_id=1)


async def _set(
    services: Services,
    world: World,
    account: Account,
    login: str,
    url: str | None,
    stop_url: str | None = None,
) -> None:
    await set_user_callback(
        services, world.holder, account=account.name, login=login, url=url, stop_url=stop_url
    )


async def _set_account(services: Services, world: World, account: Account, url: str | None) -> None:
    changes: AccountChanges = {"callback_url": url}
    await update_account(services, world.holder, account=account.name, changes=changes)


async def test_what_waits_goes_to_the_new_url_at_once(services: Services, world: World) -> None:
    """In the messages' order, and not only when its next try to the old one was due."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    await _set(services, world, account, user.login, OTHER_HOOK)
    calls = await call_all(services)
    assert [call.host for call in calls] == ["other.example"] * 2
    assert await states(account) == ["delivered"] * 2


async def test_a_call_under_way_tells_nothing_of_the_new_url(services: Services, world: World) -> None:
    """However it ends at the old one, the new one is called."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    under_way = await claim_calls(services, under_way=())
    await _set(services, world, account, user.login, OTHER_HOOK)
    await settle(services, under_way, OK)
    assert await states(account) == ["waiting"]
    assert [call.host for call in await call_all(services)] == ["other.example"]


async def test_without_a_url_it_goes_to_the_accounts_or_nowhere(services: Services, world: World) -> None:
    """The account's takes over; once that is gone too, what waits is cancelled."""
    account = await world.account()
    await _set_account(services, world, account, OTHER_HOOK)
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account)
    await _set(services, world, account, user.login, None)
    [row] = await CallbackDelivery.all().prefetch_related("target")
    assert row.target.url == OTHER_HOOK
    await _set_account(services, world, account, None)
    [row] = await CallbackDelivery.all()
    assert (row.state, row.ended_at_us) == ("cancelled", services.clock.now_us())
    assert await call_all(services) == []


async def test_the_accounts_url_moves_only_what_is_its_own(services: Services, world: World) -> None:
    """What goes to a user's own URL, and what another account has, stays."""
    account, other = await world.account(), await world.account("sms-other-1")
    for owner in (account, other):
        await _set_account(services, world, owner, HOOK)
    user, plain = await listening_user(services, world, account), await world.user(account, "plain")
    await pending(services, world.as_user(user), account, "a")
    await pending(services, world.as_user(plain), account, "b")
    await pending(services, world.holder, account, "c")
    await pending(services, world.holder, other, "d")
    await _set_account(services, world, account, OTHER_HOOK)
    hosts = [call.host for call in sorted(await call_all(services), key=lambda call: call.delivery_id)]
    assert hosts == ["shop.example", "other.example", "other.example", "shop.example"]


async def test_a_deleted_users_callbacks_go_to_the_account(services: Services, world: World) -> None:
    """Or nowhere, if it has no URL."""
    account = await world.account()
    await _set_account(services, world, account, OTHER_HOOK)
    user, other = (
        await listening_user(services, world, account),
        await listening_user(services, world, account, "b"),
    )
    await pending(services, world.as_user(user), account, "a")
    await delete_user(services, world.holder, account=account.name, login=user.login)
    assert [call.host for call in await call_all(services)] == ["other.example"]
    await pending(services, world.as_user(other), account, "b")
    await _set_account(services, world, account, None)
    await delete_user(services, world.holder, account=account.name, login=other.login)
    assert (await states(account))[-1] == "cancelled"


async def test_setting_the_same_url_enables_it(services: Services, world: World) -> None:
    """What comes from then on is called; the holder may replay the rest."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account, "a")
    await call_due(services, GONE)
    await _set(services, world, account, user.login, HOOK)
    found = await target()
    assert found.disabled_reason is None
    assert (found.disabled_at_us, found.failing_since_us) == (None, None)
    assert (found.failures_in_a_row, found.paused_until_us) == (0, 0)
    await pending(services, world.as_user(user), account, "b")
    await call_all(services)
    assert await states(account) == ["failed", "delivered"]


async def test_setting_a_url_ends_its_pause(services: Services, world: World, clock: ManualClock) -> None:
    """After repairing the endpoint, nobody has to wait for it."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account, "a")
    await call_due(services, TIMED_OUT)
    await _set(services, world, account, user.login, HOOK)
    await pending(services, world.as_user(user), account, "b")
    assert len(await call_due(services, OK)) == 1
    clock.advance(6)
    assert len(await call_due(services, OK)) == 1


async def test_what_moves_to_a_disabled_url_has_failed(services: Services, world: World) -> None:
    """A user who leaves it to the account doesn't enable the account's URL."""
    account = await world.account()
    await _set_account(services, world, account, OTHER_HOOK)
    user = await listening_user(services, world, account)
    await pending(services, world.holder, account, "a")
    await call_due(services, GONE)
    await pending(services, world.as_user(user), account, "b")
    await _set(services, world, account, user.login, None)
    assert await states(account) == ["failed", "failed"]
    assert (await CallbackTarget.get(url=OTHER_HOOK)).disabled_at_us is not None


async def test_stops_and_status_changes_move_by_themselves(services: Services, world: World) -> None:
    """Each kind to its own URL."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await _set(services, world, account, user.login, HOOK, HOOK)
    await send(services, world.as_user(user), account)
    await reach()
    await store_incoming(services, "link", [OperatorMessage(1, "s", RECEIVER, "Chappe", "STOP")])
    await _set(services, world, account, user.login, HOOK, OTHER_HOOK)
    assert [call.host for call in await call_all(services)] == ["other.example"]


async def test_a_test_of_a_url_that_is_nobodys_is_cancelled(services: Services, world: World) -> None:
    """One whose URL is still somebody's goes on."""
    account = await world.account()
    await _set_account(services, world, account, OTHER_HOOK)
    user = await listening_user(services, world, account)
    for login in (user.login, None):
        await send_test_callback(services, world.holder, account=account.name, login=login, stop=False)
    await _set(services, world, account, user.login, None)
    assert await states(account) == ["cancelled", "waiting"]
    assert [call.host for call in await call_all(services)] == ["other.example"]


async def test_a_url_that_answered_both_gone_and_yes_can_be_set_again(
    services: Services, world: World
) -> None:
    """A success next to or after the 410, from a running call, does not keep anybody from enabling it."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for name in ("a", "b", "c"):
        await pending(services, world.as_user(user), account, name)
    calls = await claim_calls(services, under_way=())
    await settle(services, calls[:2], GONE, OK)
    await settle(services, calls[2:], OK)
    assert (await target()).disabled_at_us is not None
    await _set(services, world, account, user.login, HOOK)
    assert (await target()).disabled_at_us is None
    await pending(services, world.as_user(user), account, "d")
    assert len(await call_all(services)) == 1


async def test_setting_both_urls_waits_for_what_is_being_settled(services: Services, world: World) -> None:
    """Settling locks one row and then a later one, and neither side waits for ever."""
    account = await world.account()
    user = await world.user(account)
    await _set(services, world, account, user.login, HOOK, "https://stop.example/")
    await send(services, world.as_user(user), account)
    await reach()
    await send(services, world.as_user(user), account)
    await store_incoming(services, "link", [OperatorMessage(None, "1", RECEIVER, "Chappe", "STOP")])
    await call_due(services, BROKEN)
    await claim(services)  # it is not sent any more, and so has an event
    stop, status = await CallbackDelivery.all().order_by("id")
    settling = asyncio.Event()

    async def work() -> None:
        await CallbackTarget.filter(id=stop.target_id).select_for_update(no_key=True)
        settling.set()
        await eventually(somebody_waits)
        await _only(status).select_for_update(no_key=True)

    async def set_urls() -> None:
        await settling.wait()
        await _set(services, world, account, user.login, OTHER_HOOK, "https://stop.example/")

    await asyncio.gather(services.transactions.run(work), set_urls())
    assert (await CallbackDelivery.get(id=status.id).prefetch_related("target")).target.url == OTHER_HOOK


def _only(delivery: CallbackDelivery) -> QuerySet[CallbackDelivery]:
    return CallbackDelivery.filter(id=delivery.id)


async def _many_waiting(services: Services, world: World, count: int = 450) -> tuple[Account, User]:
    """Return an account with this many callbacks waiting for a user's URL, and one for the account's."""
    account = await world.account(credits=1_000_000)
    await _set_account(services, world, account, THIRD_HOOK)
    user = await listening_user(services, world, account)
    targets, now_us = await targets_of(account, [HOOK]), services.clock.now_us()
    await CallbackDelivery.bulk_create(
        CallbackDelivery(
            account_id=account.id,
            user_id=user.id,
            target_id=targets[HOOK].id,
            kind=CallbackKind.STATUS,
            webhook_id=f"evt_{index}",
            query="id=0",
            due_at_us=now_us,
            created_at_us=now_us,
        )
        for index in range(count)
    )
    await pending(services, world.holder, account, "of the account")
    return account, user


async def test_many_callbacks_are_moved_in_batches(services: Services, world: World) -> None:
    """No statement moves more than a batch, and all arrive at the right URL."""
    account, user = await _many_waiting(services, world)
    with counted() as statements:
        await _set(services, world, account, user.login, OTHER_HOOK)
    moved = [sql for sql, _ in statements.about("UPDATE callback_deliveries")]
    assert len(moved) == 3
    assert await CallbackDelivery.filter(target__url=OTHER_HOOK, state="waiting").count() == 450
    assert await CallbackDelivery.filter(target__url=THIRD_HOOK, state="waiting").count() == 1
    assert await Sweep.filter(finished_at_us=None).count() == 0


async def move_away(rig: Rig) -> None:
    """Set another URL for the user."""
    await set_user_callback(
        rig.services, OPERATOR, account="sms-demo-1", login="script", url=OTHER_HOOK, stop_url=None
    )


async def test_a_move_survives_its_caller(
    services: Services, settings: Settings, world: World, clock: ManualClock, tmp_path: Path
) -> None:
    """Killed in the middle, none of the account's is called until a worker has moved the rest."""
    await _many_waiting(services, world)
    await crash(settings, clock.now_us(), tmp_path, move_away, Point("after commit", 1))
    assert await CallbackDelivery.filter(target__url=OTHER_HOOK).count() == 200
    assert await claim_calls(services, under_way=()) == []
    clock.advance(5)
    scheduler = Scheduler(services)
    while await scheduler.sweep():
        pass
    assert await CallbackDelivery.filter(target__url=OTHER_HOOK, state="waiting").count() == 450
    assert {call.host for call in await claim_calls(services, under_way=())} == {
        "other.example",
        "third.example",
    }


async def test_what_waits_for_a_url_that_is_given_up_fails_in_batches(
    services: Services, world: World
) -> None:
    """The first with the last call, the others by a worker at once; the holder's mail counts all."""
    account, _ = await _many_waiting(services, world)
    calls = [call for call in await claim_calls(services, under_way=()) if call.host == "shop.example"]
    await settle(services, calls, GONE)
    assert await CallbackDelivery.filter(state="failed").count() == 200
    scheduler = Scheduler(services)
    while await scheduler.sweep():
        pass
    assert await CallbackDelivery.filter(state="failed").count() == 450
    assert await CallbackDelivery.filter(state="waiting").count() == 1
    mail = await Notification.get(account_id=account.id)
    assert "450 callbacks were waiting" in mail.body
