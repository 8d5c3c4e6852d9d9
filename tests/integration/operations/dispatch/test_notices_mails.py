"""Sending stored mails: claimed by one worker, tried again, and finally given up."""

import asyncio
import itertools

import pytest

from server.kit.clock import DAY_US, HOUR_US, MINUTE_US, ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.notices import ClaimedMail, claim_mails, record_mail
from server.outbound.mail import TAKEN, MailOutcome, MailVerdict
from server.store.models import Notification
from tests.factories.accounts.accounts import World
from tests.factories.notifications.alerts import EMAIL, raise_alert, repeat, told, watch, watch_by_sms

LATER = MailOutcome(MailVerdict.DELAYED, "451 not now")
NEVER = MailOutcome(MailVerdict.REFUSED, "550 not here")


async def _written(world: World, count: int = 1) -> None:
    """Let accounts fall to their limits, with an alert by mail each."""
    for number in range(count):
        account = await world.account(f"sms-demo-{number}", credits=6_000)
        await watch(world, account)
        await raise_alert(world, account)


async def _claim(services: Services, limit: int = 10) -> list[ClaimedMail]:
    return await claim_mails(services, limit=limit)


async def test_a_mail_that_is_taken_is_sent(services: Services, world: World) -> None:
    """What is claimed is what was written, and it is over once the server has it."""
    await _written(world)
    [claimed] = await _claim(services)
    row = await Notification.get()
    assert (claimed.mail.recipient, claimed.mail.subject) == (EMAIL, f"Alert of sms-demo-0: {row.subject}")
    assert f"> {row.body.splitlines()[0]}" in claimed.mail.body
    assert claimed.mail.written_at_us == row.created_at_us
    await record_mail(services, claimed, TAKEN)
    row = await Notification.get()
    assert (row.state, row.attempts, row.failure) == ("sent", 1, None)
    assert row.ended_at_us == services.clock.now_us()
    assert await _claim(services) == []


async def test_no_mail_is_claimed_twice(services: Services, world: World) -> None:
    """Workers that claim at once share the mails out."""
    await _written(world, 6)
    claims = await asyncio.gather(*(_claim(services, 2) for _ in range(5)))
    ids = [claimed.id for claim in claims for claimed in claim]
    assert sorted(ids) == sorted(set(ids)) == [row.id for row in await Notification.all().order_by("id")]


async def test_an_accounts_many_mails_delay_no_others(services: Services, world: World) -> None:
    """An account with many alerts waits behind one without any yet."""
    await _written(world)
    await repeat(await Notification.get(), 9)
    late = await world.account("sms-late-1", credits=6_000)
    await watch(world, late)
    after = await raise_alert(world, late)
    assert after.id in [claimed.id for claimed in await _claim(services, 2)]


async def test_a_worker_that_dies_is_taken_over_from(
    services: Services, world: World, clock: ManualClock
) -> None:
    """After its lease the mail is another's, under the same key; what the first one tells then is dropped."""
    await _written(world)
    [first] = await _claim(services)
    clock.advance(services.policy.claim_lease_seconds - 1)
    assert await _claim(services) == []
    clock.advance(1)
    [second] = await _claim(services)
    assert second.mail == first.mail
    await record_mail(services, first, NEVER)
    assert (await Notification.get()).state == "waiting"
    await record_mail(services, second, TAKEN)
    await record_mail(services, first, NEVER)
    row = await Notification.get()
    assert (row.state, row.attempts, row.failure) == ("sent", 2, None)


async def test_a_mail_that_is_refused_for_good_fails_at_once(services: Services, world: World) -> None:
    """It is not tried again, and says why."""
    await _written(world)
    await record_mail(services, (await _claim(services))[0], NEVER)
    row = await Notification.get()
    assert (row.state, row.failure, row.attempts) == ("failed", "550 not here", 1)
    assert row.ended_at_us == services.clock.now_us()


async def test_a_mail_that_is_delayed_is_tried_for_about_a_day(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The waits grow; what went wrong can be seen meanwhile, and after the last try it failed."""
    await _written(world)
    started_us, tries = clock.now_us(), []
    while (row := await Notification.get()).state == "waiting":
        clock.advance((row.due_at_us - clock.now_us()) / 1_000_000)
        tries.append(clock.now_us() - started_us)
        [claimed] = await _claim(services)
        await record_mail(services, claimed, LATER)
        assert (await Notification.get()).failure == "451 not now"
    assert tries[:3] == [0, MINUTE_US, 6 * MINUTE_US]
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert waits == sorted(waits)
    assert DAY_US - 4 * HOUR_US < tries[-1] < DAY_US + 4 * HOUR_US
    assert (row.state, row.attempts) == ("failed", len(tries))
    clock.advance(10 * 86_400)
    assert await _claim(services) == []


async def test_a_mail_that_arrives_at_last_has_no_failure(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What went wrong on the way is over."""
    await _written(world)
    await record_mail(services, (await _claim(services))[0], LATER)
    assert await _claim(services) == []
    clock.advance(60)
    await record_mail(services, (await _claim(services))[0], TAKEN)
    row = await Notification.get()
    assert (row.state, row.attempts, row.failure) == ("sent", 2, None)


async def test_an_sms_is_no_mail(services: Services, world: World) -> None:
    """What is to be sent by SMS is not handed to a mail server."""
    account = await world.account(credits=6_000)
    await watch_by_sms(world, account)
    await raise_alert(world, account)
    assert await _claim(services) == []
    assert await told(account) == [("SMS", "waiting", None)]


@pytest.mark.parametrize("verdict", [MailVerdict.DELAYED, MailVerdict.REFUSED])
async def test_no_reason_is_too_long(services: Services, world: World, verdict: MailVerdict) -> None:
    """What a stranger's server says fits, and holds no secret and no line break."""
    await _written(world)
    outcome = MailOutcome.because(verdict, "550 no\r\n\0\x1b[31m password=hunter2 " + "x" * 3_000)
    await record_mail(services, (await _claim(services))[0], outcome)
    failure = (await Notification.get()).failure or ""
    assert failure.startswith("550 no [31m password=[redacted] xxx")
    assert len(failure) == 200
