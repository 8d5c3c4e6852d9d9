"""Leases: a live worker keeps its claims, and a stalled one duplicates nothing."""

from collections.abc import Awaitable, Callable

import pytest

from server.kit.clock import SECOND_US, ManualClock
from server.operations.callbacks.claims import claim_calls
from server.operations.core.leases import release_claims, renew_leases
from server.operations.core.services import Services
from server.operations.dispatch.notices import claim_mails, record_mail
from server.outbound.mail import TAKEN, MailOutcome, MailVerdict
from server.store.models import CallbackDelivery, Message, MessagePart, Notification
from server.store.queries.core import CALLBACKS, MAILS, MESSAGES, Claimable
from server.store.sql import is_sqlite
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import BROKEN, OK, many, settle
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import accepted, answer, claim, numbers, refused_with, send, status
from tests.factories.notifications.alerts import raise_alert, watch

Claiming = Callable[[Services], Awaitable[dict[int, list[int]]]]


async def _messages(services: Services) -> dict[int, list[int]]:
    taken = await claim(services)
    return {taken.id: list(taken.account_ids)} if taken.account_ids else {}


async def _callbacks(services: Services) -> dict[int, list[int]]:
    calls = await claim_calls(services, under_way=())
    return {calls[0].claim_id: [call.delivery_id for call in calls]} if calls else {}


async def _mails(services: Services) -> dict[int, list[int]]:
    mails = await claim_mails(services, limit=5)
    return {mails[0].claim_id: [mail.id for mail in mails]} if mails else {}


async def _something_of_each(services: Services, world: World) -> None:
    """Have messages, callbacks and mails wait."""
    await many(services, world, await world.account("sms-callbacks-1"), 3)
    account = await watch(world, await world.account("sms-mails-1", credits=6_000))
    await raise_alert(world, account)
    await answer(services, await claim(services), refused_with(20))
    await send(services, world.holder, await world.account(), *numbers(3))


EACH = pytest.mark.parametrize(
    ("claimable", "claiming"),
    [(MESSAGES, _messages), (CALLBACKS, _callbacks), (MAILS, _mails)],
    ids=["messages", "callbacks", "mails"],
)


@EACH
async def test_what_is_renewed_in_time_is_nobody_elses(
    services: Services, world: World, clock: ManualClock, claimable: Claimable, claiming: Claiming
) -> None:
    """However long it takes; a lease after the last heartbeat, anybody may claim it."""
    await _something_of_each(services, world)
    lease = services.policy.claim_lease_seconds
    claims = await claiming(services)
    assert claims
    for _ in range(5):
        clock.advance(lease - 1)
        assert await claiming(services) == {}
        await renew_leases(services, claimable, claims)
    clock.advance(lease)
    [ids], [taken] = claims.values(), (await claiming(services)).values()
    assert sorted(taken) == sorted(ids)


@EACH
async def test_who_comes_back_too_late_keeps_nothing(
    services: Services, world: World, clock: ManualClock, claimable: Claimable, claiming: Claiming
) -> None:
    """A renewal under the old claim does not touch what another has claimed since."""
    await _something_of_each(services, world)
    stale = await claiming(services)
    clock.advance(services.policy.claim_lease_seconds)
    assert await claiming(services)
    clock.advance(1)
    await renew_leases(services, claimable, stale)
    clock.advance(services.policy.claim_lease_seconds - 1)
    assert await claiming(services)


async def test_a_late_settlement_after_a_stall_doubles_nothing(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The stalled process renews and records when all is done: one part, one debit, one refund."""
    account = await world.account()
    taken_number, refused_number = [await send(services, world.holder, account) for _ in range(2)]
    stalled = await claim(services)
    clock.advance(services.policy.claim_lease_seconds)
    await answer(services, await claim(services), accepted("a"), refused_with(23))
    await renew_leases(services, MESSAGES, {stalled.id: stalled.account_ids})
    await answer(services, stalled, refused_with(20), accepted("b"))
    assert await status(taken_number) == (4, 3)
    assert await status(refused_number) == (16, 23)
    assert [part.operator_id for part in await MessagePart.all().order_by("message_id")] == ["a", ""]
    assert (await check_books(account.id)).credits_left == 199_000


async def test_what_was_settled_keeps_its_time(services: Services, world: World, clock: ManualClock) -> None:
    """A beat that crosses a settlement puts off nothing, and hastens nothing."""
    await _something_of_each(services, world)
    calls = await claim_calls(services, under_way=())
    await settle(services, calls, BROKEN, OK)
    [mail] = await claim_mails(services, limit=5)
    await record_mail(services, mail, MailOutcome(MailVerdict.DELAYED, "451 later"))
    due = await _due_times()
    clock.advance(1)
    await renew_leases(services, CALLBACKS, {calls[0].claim_id: [call.delivery_id for call in calls]})
    await renew_leases(services, MAILS, {mail.claim_id: [mail.id]})
    assert await _due_times() == due


async def _due_times() -> list[tuple[int, int]]:
    callbacks = [(row.id, row.due_at_us) for row in await CallbackDelivery.all().order_by("id")]
    return callbacks + [(row.id, row.due_at_us) for row in await Notification.all().order_by("id")]


async def test_what_a_killed_process_had_is_due_when_the_next_one_starts(
    services: Services, world: World, clock: ManualClock
) -> None:
    """On SQLite, where it is surely dead; on PostgreSQL it may live, and its leases have to end."""
    await _something_of_each(services, world)
    assert all([await _messages(services), await _callbacks(services), await _mails(services)])
    clock.advance(1)
    await release_claims(services)
    released = [await _messages(services), await _callbacks(services), await _mails(services)]
    assert all(released) if is_sqlite() else not any(released)


async def test_releasing_leaves_alone_what_nobody_has_claimed(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What waits for its time waits on, a deferred message and a mail that is to be tried again."""
    await _something_of_each(services, world)
    deferred = await send(
        services,
        world.holder,
        await world.account("sms-b-1"),
        deferred_until_us=clock.now_us() + 600 * SECOND_US,
    )
    [mail] = await claim_mails(services, limit=5)
    await record_mail(services, mail, MailOutcome(MailVerdict.DELAYED, "451 later"))
    due = await _due_times()
    await release_claims(services)
    assert await _due_times() == due
    assert (await Message.get(id=deferred)).due_at_us == clock.now_us() + 600 * SECOND_US


async def test_a_mail_that_is_sent_is_released_no_more(services: Services, world: World) -> None:
    """What ended stays ended."""
    await _something_of_each(services, world)
    [mail] = await claim_mails(services, limit=5)
    await record_mail(services, mail, TAKEN)
    await release_claims(services)
    assert await _mails(services) == {}
