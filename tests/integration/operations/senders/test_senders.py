"""Sender names: declared by a holder, approved by an operator."""

import pytest

from server.errors import ErrorCode
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.core.services import Services
from server.operations.senders.senders import create_sender, delete_sender, set_sender_status
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import Account, AuditEntry, Message, Sender
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import send


@pytest.mark.parametrize(
    ("given", "kind", "name", "guessed"),
    [
        ("Shop & Co", None, "Shop & Co", SenderKind.ALPHANUMERIC),
        ("36111", None, "36111", SenderKind.SHORT_CODE),
        ("0033 6 12 34 50 00", None, "+33612345000", SenderKind.NUMERIC),
        ("+33612345000", SenderKind.VIRTUAL, "+33612345000", SenderKind.VIRTUAL),
    ],
)
async def test_a_declared_sender_waits_for_approval(
    world: World, given: str, kind: SenderKind | None, name: str, guessed: SenderKind
) -> None:
    """It is kept in its stored form with its kind, and may not be used yet."""
    account = await world.account()
    await create_sender(
        world.services, world.holder, account=account.name, name=given, kind=kind, comment="Why"
    )
    sender = await Sender.get(account_id=account.id, name=name)
    assert (sender.kind, sender.status, sender.comment) == (guessed, SenderStatus.WAITING, "Why")
    assert sender.created_at_us == sender.status_changed_at_us == world.services.clock.now_us()
    assert (await AuditEntry.get(action="createSender")).subject == name
    async with refused(ErrorCode.SENDER_NOT_ENABLED, "sender"):
        await send(world.services, world.holder, account, sender=name)


@pytest.mark.parametrize(
    ("name", "comment", "code", "field"),
    [
        ("Twelve chars", None, ErrorCode.INVALID_SENDER, "name"),
        ("CHAPPE", None, ErrorCode.SENDER_TAKEN, "name"),
        ("Shop", "x" * 201, ErrorCode.INVALID_INPUT, "comment"),
    ],
)
async def test_a_wrong_sender_is_refused(
    world: World, name: str, comment: str | None, code: ErrorCode, field: str
) -> None:
    """A form that no network carries, a name declared already in whatever case, and too long a comment."""
    account = await world.account()
    async with refused(code, field):
        await create_sender(
            world.services, world.holder, account=account.name, name=name, kind=None, comment=comment
        )


async def test_two_accounts_may_declare_one_name(services: Services, world: World) -> None:
    """A sender is unique in its account only."""
    await world.account("sms-a-1")
    account = await world.account("sms-b-1", of=world.neighbour)
    await delete_sender(services, world.neighbour, account=account.name, name="Chappe")
    await create_sender(
        services, world.neighbour, account=account.name, name="Chappe", kind=None, comment="x" * 200
    )
    assert await Sender.filter(name="Chappe").count() == 2


@pytest.mark.parametrize("status", list(SenderStatus))
async def test_an_operator_decides_on_a_sender(
    services: Services, world: World, clock: ManualClock, status: SenderStatus
) -> None:
    """The status is what the operator says, since when it said so, and on record."""
    account = await world.account()
    clock.advance(60)
    await set_sender_status(services, world.operator, account=account.name, name="chappe", status=status)
    sender = await Sender.get(account_id=account.id)
    assert (sender.status, sender.status_changed_at_us) == (status, services.clock.now_us())
    assert sender.created_at_us < sender.status_changed_at_us
    entry = await AuditEntry.get(action="setSenderStatus")
    assert (entry.subject, entry.detail) == ("Chappe", f'{{"status":"{status.name}"}}')


async def test_a_holder_approves_no_sender(services: Services, world: World) -> None:
    """Nor can a sender be found that is not there."""
    account = await world.account()
    async with refused(ErrorCode.FORBIDDEN):
        await set_sender_status(
            services, world.holder, account=account.name, name="Chappe", status=SenderStatus.ENABLED
        )
    async with refused(ErrorCode.UNKNOWN_SENDER, "name"):
        await set_sender_status(
            services, world.operator, account=account.name, name="Other", status=SenderStatus.ENABLED
        )


async def test_a_deleted_sender_is_used_no_more(services: Services, world: World) -> None:
    """Messages keep its name, and the account's alerts no longer use it."""
    account = await world.account()
    other = await world.sender(account, "Other")
    await update_account(services, world.holder, account=account.name, changes={"alert_sender": "CHAPPE"})
    number = await send(services, world.holder, account)
    _, deleted = await delete_sender(services, world.holder, account=account.name, name="Other")
    assert deleted == other.id
    assert (await Account.get(id=account.id)).alert_sender is not None
    await delete_sender(services, world.holder, account=account.name, name="chappe")
    assert (await Account.get(id=account.id)).alert_sender is None
    assert (await Message.get(id=number)).sender == "Chappe"
    assert await AuditEntry.filter(action="deleteSender").count() == 2
    async with refused(ErrorCode.UNKNOWN_SENDER, "sender"):
        await send(services, world.holder, account)
    async with refused(ErrorCode.UNKNOWN_SENDER, "name"):
        await delete_sender(services, world.holder, account=account.name, name="Chappe")


async def test_strangers_touch_no_senders(services: Services, world: World) -> None:
    """A neighbour sees no account, and an API user may not."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    for by, code, field in (
        (world.neighbour, ErrorCode.UNKNOWN_ACCOUNT, ("account",)),
        (user, ErrorCode.FORBIDDEN, ()),
    ):
        async with refused(code, *field):
            await create_sender(services, by, account=account.name, name="Shop", kind=None, comment=None)
        async with refused(code, *field):
            await delete_sender(services, by, account=account.name, name="Chappe")
