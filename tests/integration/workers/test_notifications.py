"""A worker that sends alerts, by a real mail server and by the operator, through crashes."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.credits.verification import verify_account, verify_conservation
from server.outbound.mail import MailOutcome, MailVerdict
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Message, Notification, SimulatedReceipt
from server.wiring import build_worker
from server.workers.notifications import MAILS_AT_ONCE, Notifier
from tests.factories.accounts.accounts import World
from tests.factories.notifications.alerts import (
    EMAIL,
    PHONE,
    ScriptedMailer,
    raise_alert,
    told,
    watch,
    watch_by_sms,
)
from tests.factories.outbound.mail_server import MailServer, running_mail_server
from tests.factories.running.waiting import eventually

LEASE_SECONDS = 121


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    """A mail server."""
    async with running_mail_server() as mail_server:
        yield mail_server


async def test_an_alert_is_delivered_both_ways(
    services: Services, world: World, clock: ManualClock, mail_server: MailServer
) -> None:
    """The mail arrives in its mailbox and the SMS on its phone, and the books add up."""
    account = await world.account(credits=6_000)
    await watch_by_sms(world, account, channel=AlertChannel.BOTH, email=EMAIL)
    worker = build_worker(services, Simulator(clock, step_seconds=0), mailer=mail_server.mailer())
    worker.start()
    await raise_alert(world, account)

    async def done() -> bool:
        clock.advance(1)
        ended = await Message.filter(account_id=account.id, state="ended").count() == 2
        return ended and not await SimulatedReceipt.exists() and len(mail_server.mails) == 1

    await eventually(done)
    await worker.stop(grace_seconds=30)
    assert await told(account) == [("MAIL", "sent", None), ("SMS", "sent", None)]
    assert mail_server.mails[0]["To"] == EMAIL
    assert (await Message.get(receiver=PHONE)).status == 1
    assert (await verify_account(account.id)).breach is None
    assert (await verify_conservation()).holds


async def test_a_crash_after_the_mail_was_taken_repeats_it_under_its_id(
    services: Services, world: World, clock: ManualClock, mail_server: MailServer
) -> None:
    """Between the server's yes and our record of it nobody can tell; a mailbox can, by the Message-ID."""
    account = await world.account(credits=6_000)
    await watch(world, account)
    await raise_alert(world, account)

    class Crash(BaseException):
        """The end of a worker."""

    class Crashing:
        async def send(self, mail: object) -> MailOutcome:
            await mail_server.mailer().send(mail)  # type: ignore[arg-type]
            raise Crash

    with pytest.raises(BaseExceptionGroup):
        await Notifier(services, Crashing()).send_mails()
    assert await told(account) == [("MAIL", "waiting", None)]
    restarted = Notifier(services, mail_server.mailer())
    assert not await restarted.send_mails()
    clock.advance(LEASE_SECONDS)
    assert await restarted.send_mails()
    assert await told(account) == [("MAIL", "sent", None)]
    first, second = mail_server.mails
    assert first.as_bytes() == second.as_bytes()


async def test_a_crash_before_the_mail_was_taken_loses_nothing(
    services: Services, world: World, clock: ManualClock, mail_server: MailServer
) -> None:
    """A worker that is cancelled while the server is silent leaves the mail to the next."""
    account = await world.account(credits=6_000)
    await watch(world, account, email="silent@example.com")
    await raise_alert(world, account)
    dying = asyncio.create_task(Notifier(services, mail_server.mailer()).send_mails())

    async def claimed() -> bool:
        return await Notification.filter(attempts=1).exists()

    await eventually(claimed)
    dying.cancel()
    await asyncio.wait([dying])
    mail_server.released.set()
    clock.advance(LEASE_SECONDS)
    assert await Notifier(services, mail_server.mailer()).send_mails()
    assert len(mail_server.mails) == 1
    assert await told(account) == [("MAIL", "sent", None)]


async def test_a_server_that_was_away_gets_the_mail_once(
    services: Services, world: World, clock: ManualClock, mail_server: MailServer
) -> None:
    """What could not be handed over is tried again later, and the reason can be seen until then."""
    account = await world.account(credits=6_000)
    await watch(world, account)
    await raise_alert(world, account)
    gone = ScriptedMailer(MailOutcome(MailVerdict.DELAYED, "nobody there"))
    assert await Notifier(services, gone).send_mails()
    assert await told(account) == [("MAIL", "waiting", "nobody there")]
    notifier = Notifier(services, mail_server.mailer())
    assert not await notifier.send_mails()
    clock.advance(60)
    assert await notifier.send_mails()
    assert len(mail_server.mails) == 1
    assert await told(account) == [("MAIL", "sent", None)]


async def test_a_mailbox_that_is_not_there_holds_up_no_other(
    services: Services, world: World, mail_server: MailServer
) -> None:
    """Of several mails each fares by itself, and more than go at once are all sent."""
    accounts = []
    for number in range(MAILS_AT_ONCE + 2):
        account = await world.account(f"sms-demo-{number}", credits=6_000)
        await watch(
            world, account, email="unknown@example.com" if number == 1 else f"user-{number}@example.com"
        )
        await raise_alert(world, account)
        accounts.append(account)
    notifier = Notifier(services, mail_server.mailer())
    while await notifier.send_mails():
        pass
    found = [(await told(account))[0] for account in accounts]
    assert [state for _, state, _ in found] == ["sent", "failed", *["sent"] * MAILS_AT_ONCE]
    assert found[1][2] == "550 5.1.1 <unknown@example.com> is not here"
    assert len(mail_server.mails) == MAILS_AT_ONCE + 1


async def test_a_mail_that_can_not_be_written_stops_no_other(
    services: Services, world: World, mail_server: MailServer
) -> None:
    """An old address that the library can't handle only fails its own mail."""
    accounts = [await world.account(f"sms-demo-{number}", credits=6_000) for number in range(2)]
    for account in accounts:
        await watch(world, account)
        await raise_alert(world, account)
    await Notification.filter(account_id=accounts[0].id).update(recipient="=?a?b?c?=@example.org")
    assert await Notifier(services, mail_server.mailer()).send_mails()
    assert [state for account in accounts for _, state, _ in await told(account)] == ["waiting", "sent"]
    assert len(mail_server.mails) == 1


async def test_alerts_by_sms_need_no_mail_server(services: Services, world: World) -> None:
    """A step tells whether it found something to send."""
    account = await world.account(credits=6_000)
    await watch_by_sms(world, account)
    notifier = Notifier(services, ScriptedMailer())
    assert not await notifier.send_sms()
    await raise_alert(world, account)
    assert not await notifier.send_mails()
    assert await notifier.send_sms()
    assert not await notifier.send_sms()
