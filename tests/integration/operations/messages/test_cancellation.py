"""Cancelling: a message is cancelled and refunded, or goes to the operator, never both."""

import asyncio

from server.errors import Conflict, ErrorCode
from server.kit.clock import ManualClock
from server.operations.core.principals import HOLDER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.store.models import Account, AuditEntry, LedgerEntry, Message, User
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import accepted, answer, claim, numbers, send, states, status, submit


async def test_a_cancelled_message_is_refunded(services: Services, world: World, clock: ManualClock) -> None:
    """It ends not billed, its event says so, and the credits are back, by one entry that names it."""
    account = await world.account(credits=5_000)
    number = await send(services, world.holder, account)
    clock.advance(1)
    message = await cancel_message(services, world.holder, message_id=number)
    assert (message.state, message.status, message.ptt) == ("ended", 16, None)
    assert message.status_changed_at_us == services.clock.now_us()
    assert message.sent_at_us is None
    [event] = await status_changes(message_id=number)
    assert (event.account_id, event.sequence, event.user_id) == (account.id, 2, None)
    assert (event.previous_status, event.status, event.previous_ptt, event.ptt) == (0, 16, None, None)
    assert event.at_us == services.clock.now_us()
    entry = await LedgerEntry.get(kind="REFUND")
    assert (entry.reference, entry.account_delta) == (f"refund:{number}", 1_000)
    assert entry.caused_by == "holder@example.com"
    assert (await AuditEntry.get(action="cancelMessage")).subject == str(number)
    assert (await check_books(account.id)).credits_left == 5_000


async def test_cancelling_one_message_leaves_the_others(services: Services, world: World) -> None:
    """Its siblings of the same request stay as they are."""
    account = await world.account()
    first = await send(services, world.holder, account, *numbers(3))
    await cancel_message(services, world.holder, message_id=first + 1)
    assert await states([first, first + 1, first + 2]) == ["queued", "ended", "queued"]


async def test_what_was_claimed_or_has_ended_is_not_cancelled(services: Services, world: World) -> None:
    """After the claim the caller is told that it is too late."""
    account = await world.account()
    number = await send(services, world.holder, account)
    taken = await claim(services)
    async with refused(ErrorCode.ALREADY_SUBMITTED, "id"):
        await cancel_message(services, world.holder, message_id=number)
    await answer(services, taken, accepted("a"))
    async with refused(ErrorCode.ALREADY_SUBMITTED, "id"):
        await cancel_message(services, world.holder, message_id=number)
    other = await send(services, world.holder, account)
    await cancel_message(services, world.holder, message_id=other)
    async with refused(ErrorCode.ALREADY_SUBMITTED, "id"):
        await cancel_message(services, world.holder, message_id=other)


async def test_strangers_messages_are_not_there(services: Services, world: World) -> None:
    """A neighbour, another user and another account's user get the answer for an unused number."""
    account, other = await world.account(), await world.account("sms-other-1")
    user, colleague = [world.as_user(await world.user(account, login)) for login in ("user", "colleague")]
    outsider = world.as_user(await world.user(other))
    number = await send(services, user, account)
    for by in (world.neighbour, colleague, outsider):
        async with refused(ErrorCode.UNKNOWN_MESSAGE, "id"):
            await cancel_message(services, by, message_id=number)
    async with refused(ErrorCode.UNKNOWN_MESSAGE, "id"):
        await cancel_message(services, user, message_id=number + 1)
    bound = Principal(
        "b", HOLDER_SCOPES, holder_id=world.holder.holder_id, bound_account_ids=frozenset({other.id})
    )
    async with refused(ErrorCode.UNKNOWN_MESSAGE, "id"):
        await cancel_message(services, bound, message_id=number)
    reader = Principal("r", frozenset({Scope.READ}), holder_id=world.holder.holder_id)
    async with refused(ErrorCode.FORBIDDEN):
        await cancel_message(services, reader, message_id=number)
    async with refused(ErrorCode.FORBIDDEN):
        await cancel_pending_messages(services, reader, account=account.name, login=None)
    assert (await cancel_message(services, user, message_id=number)).status == 16


async def test_all_pending_messages_of_an_account_are_cancelled(services: Services, world: World) -> None:
    """Of the holder and of every user; deferred ones too, claimed ones and other accounts' not."""
    account, other = await world.account(), await world.account("sms-other-1")
    user = world.as_user(await world.user(account))
    claimed = await send(services, world.holder, account)
    await claim(services)
    later_us = services.clock.now_us() + 1_000_000
    pending = [
        await send(services, world.holder, account),
        await send(services, user, account, deferred_until_us=later_us),
    ]
    elsewhere = await send(services, world.holder, other)
    done = await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    assert (done.count, done.account.credits_left) == (2, 199_000)
    assert await states([claimed, *pending, elsewhere]) == ["claimed", "ended", "ended", "queued"]
    entry = await AuditEntry.get(action="cancelPendingMessages")
    assert (entry.subject, entry.detail) == ("sms-demo-1", '{"cancelledMessages":2}')
    assert (await check_books(account.id)).event_sequence == 3 + 2


async def test_one_users_pending_messages_are_cancelled(services: Services, world: World) -> None:
    """Those of the named user alone, in whatever case the login is written."""
    account = await world.account()
    user, other = [world.as_user(await world.user(account, login)) for login in ("user", "other")]
    pending = [await send(services, by, account) for by in (user, other, world.holder)]
    done = await cancel_pending_messages(services, world.holder, account=account.name, login="USER")
    assert done.count == 1
    assert await states(pending) == ["ended", "queued", "queued"]
    assert (await AuditEntry.get(action="cancelPendingMessages")).subject == "user"
    async with refused(ErrorCode.UNKNOWN_USER, "login"):
        await cancel_pending_messages(services, world.holder, account=account.name, login="nobody")


async def test_an_api_user_cancels_its_own_messages_only(services: Services, world: World) -> None:
    """With or without its login; another's login is not there."""
    account = await world.account()
    user, other = [world.as_user(await world.user(account, login)) for login in ("user", "other")]
    for login in (None, "user"):
        pending = [await send(services, by, account) for by in (user, other, world.holder)]
        done = await cancel_pending_messages(services, user, account=account.name, login=login)
        assert done.count == 1
        assert await states(pending) == ["ended", "queued", "queued"]
    assert {entry.subject for entry in await AuditEntry.filter(action="cancelPendingMessages")} == {
        "user:user",
        "user",
    }
    async with refused(ErrorCode.UNKNOWN_USER, "login"):
        await cancel_pending_messages(services, user, account=account.name, login="other")
    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
        await cancel_pending_messages(services, world.neighbour, account=account.name, login=None)


async def test_each_payer_gets_its_own_back(services: Services, world: World) -> None:
    """Of messages cancelled together: two users' quotas, a user without one, and the holder."""
    account = await world.account(credits=20_000)
    ann, bob, eve = [await world.user(account, login) for login in ("ann", "bob", "eve")]
    for user, quota in ((ann, 5_000), (bob, 6_000)):
        await set_user_quota(
            services, world.holder, account=account.name, login=user.login, enabled=True, credits=quota
        )
    for by, count in (
        (world.holder, 1),
        (world.as_user(ann), 1),
        (world.as_user(bob), 2),
        (world.as_user(eve), 3),
    ):
        await send(services, by, account, *numbers(count))
    await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    assert [(await User.get(id=user.id)).quota_left for user in (ann, bob, eve)] == [5_000, 6_000, 0]
    assert (await check_books(account.id)).credits_left == 9_000
    refunds = await LedgerEntry.filter(kind="REFUND").order_by("sequence")
    assert [(e.user_login, e.account_delta, e.quota_delta) for e in refunds] == [
        (None, 1_000, 0),
        ("ann", 0, 1_000),
        *[("bob", 0, 1_000)] * 2,
        *[("eve", 1_000, 0)] * 3,
    ]


async def test_cancelling_races_with_claiming(services: Services, world: World) -> None:
    """In many rounds each message is either cancelled and refunded, or claimed and submitted."""
    account = await world.account(credits=60_000)
    cancelled = 0
    for _ in range(30):
        number = await send(services, world.holder, account)
        taken, outcome = await asyncio.gather(
            claim(services),
            cancel_message(services, world.holder, message_id=number),
            return_exceptions=True,
        )
        assert not isinstance(taken, BaseException)
        if isinstance(outcome, Message):
            cancelled += 1
            assert taken.submissions == ()
            assert await status(number) == (16, None)
        else:
            assert isinstance(outcome, Conflict)
            assert [submission.message_id for submission in taken.submissions] == [number]
            await answer(services, taken, accepted(f"a{number}"))
            assert await status(number) == (4, 3)
    assert (await check_books(account.id)).credits_left == 30_000 + cancelled * 1_000


async def test_two_cancels_at_once_refund_once(services: Services, world: World) -> None:
    """One succeeds, the other is too late."""
    account = await world.account()
    number = await send(services, world.holder, account)
    results = await asyncio.gather(
        *(cancel_message(services, world.holder, message_id=number) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, Message) for result in results) == 1
    assert (await check_books(account.id)).credits_left == 200_000


async def test_sweeping_nothing_writes_nothing_but_the_audit_entry(services: Services, world: World) -> None:
    """With nothing pending the ledger and the event log stay as they are."""
    account = await world.account()
    await send(services, world.holder, account)
    await submit(services, "a")
    before = await Account.get(id=account.id)
    assert (
        await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    ).count == 0
    after = await Account.get(id=account.id)
    assert (after.ledger_sequence, after.event_sequence) == (before.ledger_sequence, before.event_sequence)
