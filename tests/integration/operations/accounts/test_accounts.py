"""Accounts: who may create and change them, and the effect of disabling one."""

import asyncio
from typing import Any

import pytest

from server.errors import Conflict, ErrorCode
from server.operations.accounts.accounts import AccountChanges, create_account, update_account
from server.operations.core.services import Services
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, AuditEntry, LedgerEntry
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import accepted, answer, claim, send, states, status


async def _create(world: World, name: str = "sms-new-1", **more: Any) -> Account:
    given = {"holder_email": "holder@example.com", "changes": {}, **more}
    return await create_account(world.services, more.pop("by", world.operator), name=name, **given)


async def test_an_operator_creates_an_empty_account_for_a_holder(services: Services, world: World) -> None:
    """The new account belongs to the holder, has no credits, and has the given settings."""
    changes = AccountChanges(description="Shop", time_zone="Europe/Paris", stop_clause="STOP 36111")
    await create_account(
        services, world.operator, name="sms-new-1", holder_email="Holder@EXAMPLE.com", changes=changes
    )
    account = await Account.get(name="sms-new-1")
    assert account.holder_id == world.holder.holder_id
    assert (account.credits_left, account.status) == (0, AccountStatus.ENABLED)
    assert (account.description, account.time_zone) == ("Shop", "Europe/Paris")
    assert account.stop_clause == "STOP 36111"
    assert account.created_at_us == services.clock.now_us()
    entry = await AuditEntry.get()
    assert (entry.action, entry.subject, entry.account_id) == ("createAccount", "sms-new-1", account.id)
    assert entry.caused_by == "operator@example.com"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": "shop"}, ErrorCode.INVALID_ACCOUNT_NAME, "name"),
        ({"holder_email": "nobody@example.com"}, ErrorCode.UNKNOWN_HOLDER, "holderEmail"),
        ({"holder_email": "nobody"}, ErrorCode.INVALID_EMAIL, "holderEmail"),
        ({"name": "sms-demo-1"}, ErrorCode.ACCOUNT_NAME_TAKEN, "name"),
        ({"changes": {"time_zone": "Mars/Base"}}, ErrorCode.INVALID_TIME_ZONE, "timeZone"),
        ({"changes": {"alert_sender": "Chappe"}}, ErrorCode.UNKNOWN_SENDER, "alertSender"),
    ],
)
async def test_a_wrong_account_is_not_created(
    world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """A name that is malformed or taken, an unknown holder and wrong settings are refused."""
    await world.account("sms-demo-1")
    async with refused(code, field):
        await _create(world, **given)


async def test_only_an_operator_creates_accounts(services: Services, world: World) -> None:
    """A holder may not give itself an account."""
    async with refused(ErrorCode.FORBIDDEN):
        await create_account(
            services, world.holder, name="sms-new-1", holder_email="holder@example.com", changes={}
        )


async def test_of_two_creations_at_once_one_gets_the_name(world: World) -> None:
    """A race for a name leaves one account, and a refusal with a reason."""
    results = await asyncio.gather(*(_create(world) for _ in range(6)), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, Conflict)]
    assert len(refusals) == 5
    assert {refusal.code for refusal in refusals} == {ErrorCode.ACCOUNT_NAME_TAKEN}
    assert await Account.filter(name="sms-new-1").count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"description": "Shop", "stop_clause": "STOP 36111", "time_zone": "Europe/London"},
        {"callback_url": "https://example.com/dlr", "stop_callback_url": "http://example.com/stop?x=1"},
        {"alert_sender": "Chappe"},
        {"description": None, "callback_url": None, "stop_callback_url": None, "alert_sender": None},
        {},
    ],
)
async def test_a_holder_changes_what_is_said_of_its_account(
    services: Services, world: World, changes: AccountChanges
) -> None:
    """Each setting can be given and, if it may be absent, cleared; the rest is unchanged."""
    account = await world.account()
    await Account.filter(id=account.id).update(description="Old", callback_url="https://example.com/old")
    before = await Account.filter(id=account.id).get().values()
    await update_account(services, world.holder, account=account.name, changes=changes)
    told = {"audit_sequence": before["audit_sequence"] + 1}
    assert await Account.filter(id=account.id).get().values() == {**before, **changes, **told}
    assert await AuditEntry.filter(account_id=account.id, action="updateAccount").count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"description": "x" * 201}, ErrorCode.INVALID_INPUT, "description"),
        ({"stop_clause": "x" * 161}, ErrorCode.INVALID_INPUT, "stopClause"),
        ({"time_zone": "Nowhere"}, ErrorCode.INVALID_TIME_ZONE, "timeZone"),
        ({"callback_url": "ftp://example.com"}, ErrorCode.INVALID_URL, "callbackUrl"),
        ({"stop_callback_url": "example.com"}, ErrorCode.INVALID_URL, "stopCallbackUrl"),
        ({"alert_sender": "Stranger"}, ErrorCode.UNKNOWN_SENDER, "alertSender"),
        ({"alert_sender": "Waiting"}, ErrorCode.SENDER_NOT_ENABLED, "alertSender"),
    ],
)
async def test_a_wrong_setting_changes_nothing(
    services: Services, world: World, changes: AccountChanges, code: ErrorCode, field: str
) -> None:
    """A setting that can't be is refused, and the others given with it are not taken either."""
    account = await world.account()
    await world.sender(account, "Waiting", SenderStatus.WAITING)
    async with refused(code, field):
        await update_account(
            services, world.holder, account=account.name, changes={"description": "New", **changes}
        )


async def test_the_longest_texts_are_taken(services: Services, world: World) -> None:
    """200 characters of description and 160 of clause are not too many."""
    account = await world.account()
    changes = AccountChanges(description="x" * 200, stop_clause="y" * 160)
    await update_account(services, world.holder, account=account.name, changes=changes)
    assert len((await Account.get(id=account.id)).stop_clause) == 160


async def test_a_neighbours_account_is_not_there(services: Services, world: World) -> None:
    """Somebody else's account and one that never was get the same answer."""
    account = await world.account()
    for name in (account.name, "sms-never-1"):
        async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
            await update_account(services, world.neighbour, account=name, changes={"description": "Mine"})


async def test_an_api_user_changes_no_account(services: Services, world: World) -> None:
    """A script's user may not touch the settings of its account."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    async with refused(ErrorCode.FORBIDDEN):
        await update_account(services, user, account=account.name, changes={"description": "Mine"})


async def test_a_holder_may_not_turn_its_account_on_or_off(services: Services, world: World) -> None:
    """The status is an operator's to change."""
    account = await world.account()
    async with refused(ErrorCode.FORBIDDEN):
        await update_account(
            services, world.holder, account=account.name, changes={"status": AccountStatus.DISABLED}
        )


async def test_disabling_an_account_cancels_what_no_worker_has_claimed(
    services: Services, world: World
) -> None:
    """Unclaimed messages end not billed and are refunded; claimed ones, and other accounts', run on."""
    account, other = await world.account(credits=10_000), await world.account("sms-other-1")
    claimed = await send(services, world.holder, account)
    taken = await claim(services)
    user = world.as_user(await world.user(account))
    queued = [await send(services, by, account) for by in (world.holder, user)]
    elsewhere = await send(services, world.holder, other)
    await update_account(
        services, world.operator, account=account.name, changes={"status": AccountStatus.DISABLED}
    )
    assert await states([claimed, *queued, elsewhere]) == ["claimed", "ended", "ended", "queued"]
    assert [await status(number) for number in queued] == [(16, None)] * 2
    await answer(services, taken, accepted("a"))
    assert await status(claimed) == (4, 3)
    assert (await check_books(account.id)).credits_left == 9_000
    assert await LedgerEntry.filter(kind="REFUND").count() == 2


async def test_enabling_an_account_again_cancels_nothing(services: Services, world: World) -> None:
    """Only the way down sweeps."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await update_account(
        services, world.operator, account=account.name, changes={"status": AccountStatus.ENABLED}
    )
    assert await states([number]) == ["queued"]
