"""On the way to the operator: claims, leases, and the effects of the operator's answers."""

import asyncio
import dataclasses

import pytest

from server.gateways.protocol import Accepted, Refused, Submitted, TryLater
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import AccountChanges, update_account
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding
from server.store.models import LedgerEntry, Message, MessagePart
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import (
    LONG_TEXT,
    accepted,
    answer,
    claim,
    numbers,
    refused_with,
    send,
    states,
    status,
)


async def test_a_claim_holds_what_is_to_be_submitted(services: Services, world: World) -> None:
    """The text is cut into its parts; number, sender, receiver, coding and class are the message's."""
    account = await world.account()
    number = await send(services, world.holder, account, text=LONG_TEXT, message_class=2)
    taken = await claim(services)
    [submission] = taken.submissions
    assert (submission.message_id, submission.sender, submission.receiver) == (
        number,
        "Chappe",
        "+33612345000",
    )
    assert submission.parts == ("x" * 153, "x" * 8)
    assert (submission.coding, submission.message_class) == (Coding.GSM_7BIT, 2)
    assert taken.account_ids == {number: account.id}
    message = await Message.get(id=number)
    assert (message.state, message.claim_id, message.attempts) == ("claimed", taken.id, 1)
    assert message.due_at_us == services.clock.now_us() + services.policy.claim_lease_seconds * 1_000_000


async def test_a_message_without_class_is_submitted_without(services: Services, world: World) -> None:
    """None is not class 0."""
    account = await world.account()
    await send(services, world.holder, account)
    await send(services, world.holder, account, message_class=0)
    assert [submission.message_class for submission in (await claim(services)).submissions] == [None, 0]


async def test_only_what_is_due_is_claimed_the_earliest_first(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A deferred message waits for its time; a limit takes those that have waited longest."""
    account = await world.account()
    now_us = clock.now_us()
    later = await send(services, world.holder, account, deferred_until_us=now_us + 2_000_000)
    soon = await send(services, world.holder, account, deferred_until_us=now_us + 1_000_000)
    first, second = [await send(services, world.holder, account) for _ in range(2)]
    assert [submission.message_id for submission in (await claim(services, 1)).submissions] == [first]
    assert [submission.message_id for submission in (await claim(services)).submissions] == [second]
    clock.advance(1)
    assert [submission.message_id for submission in (await claim(services)).submissions] == [soon]
    clock.advance(0.999999)
    assert (await claim(services)).submissions == ()
    clock.advance(0.000001)
    assert [submission.message_id for submission in (await claim(services)).submissions] == [later]


async def test_two_claimers_never_get_the_same_message(services: Services, world: World) -> None:
    """Ten claimers at once share sixty messages, none claimed twice, none beyond its limit."""
    account = await world.account()
    await send(services, world.holder, account, *numbers(60))
    claims = await asyncio.gather(*(claim(services, 7) for _ in range(10)))
    assert max(len(taken.submissions) for taken in claims) <= 7
    again = await claim(services)
    claimed = [submission.message_id for taken in (*claims, again) for submission in taken.submissions]
    assert len(claimed) == len(set(claimed)) == 60
    assert len({taken.id for taken in claims}) == 10


async def test_an_expired_lease_is_claimed_again_and_the_late_answer_dropped(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The second worker's answer counts, the first one's changes nothing, whichever comes first."""
    account = await world.account()
    number = await send(services, world.holder, account)
    late = await claim(services)
    clock.advance(services.policy.claim_lease_seconds - 0.000001)
    assert (await claim(services)).submissions == ()
    clock.advance(0.000001)
    taken = await claim(services)
    assert [submission.message_id for submission in taken.submissions] == [number]
    assert (await Message.get(id=number)).attempts == 2
    await answer(services, late, refused_with(20))
    assert await status(number) == (0, None)
    await answer(services, taken, accepted("second"))
    await answer(services, late, accepted("first"))
    await answer(services, late, TryLater(5))
    assert await status(number) == (4, 3)
    assert await states([number]) == ["submitted"]
    assert (await MessagePart.get()).operator_id == "second"
    await check_books(account.id)


async def test_an_accepted_message_is_pending(services: Services, world: World, clock: ManualClock) -> None:
    """Status 4 with ptt 3, a part for each operator id, an event, and no refund."""
    account = await world.account()
    user = await world.user(account)
    number = await send(services, world.as_user(user), account, text=LONG_TEXT)
    clock.advance(1)
    await answer(services, await claim(services), accepted("a", "b"))
    message = await Message.get(id=number)
    assert (message.state, message.status, message.ptt) == ("submitted", 4, 3)
    now_us = services.clock.now_us()
    assert (message.gateway, message.sent_at_us, message.status_changed_at_us) == ("link", now_us, now_us)
    parts = (
        await MessagePart.all()
        .order_by("part")
        .values_list("message_id", "account_id", "part", "gateway", "operator_id", "status", "ptt")
    )
    assert parts == [
        (number, account.id, 1, "link", "a", 4, 3),
        (number, account.id, 2, "link", "b", 4, 3),
    ]
    [event] = await status_changes()
    assert (event.message_id, event.user_id, event.previous_status, event.status) == (number, user.id, 0, 4)
    assert (event.previous_ptt, event.ptt, event.at_us) == (None, 3, now_us)
    assert (await check_books(account.id)).credits_left == 198_000


async def test_a_message_refused_for_good_is_not_billed(services: Services, world: World) -> None:
    """Status 16 with the operator's reason, never sent, and refunded by the server."""
    account = await world.account()
    number = await send(services, world.holder, account, text=LONG_TEXT)
    await answer(services, await claim(services), refused_with(20, 29))
    message = await Message.get(id=number)
    assert (message.state, message.status, message.ptt, message.sent_at_us) == ("ended", 16, 20, None)
    assert [part.status for part in await MessagePart.all()] == [16, 16]
    assert (await LedgerEntry.get(kind="REFUND")).caused_by == SERVER.name == "server"
    assert (await check_books(account.id)).credits_left == 200_000


async def test_a_message_accepted_in_part_is_billed(services: Services, world: World) -> None:
    """One part is on its way, so nothing is refunded."""
    account = await world.account()
    number = await send(services, world.holder, account, text=LONG_TEXT)
    await answer(services, await claim(services), Submitted((Refused(20), Accepted("b"))))
    assert await status(number) == (4, 3)
    parts = await MessagePart.all().order_by("part").values_list("operator_id", "status", "ptt")
    assert parts == [("", 16, 20), ("b", 4, 3)]
    assert (await check_books(account.id)).credits_left == 198_000


async def test_a_message_to_be_tried_later_waits(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is queued again for the time that the operator named, and nothing else is changed."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await answer(services, await claim(services), TryLater(2.5))
    assert await states([number]) == ["queued"]
    assert await status(number) == (0, None)
    clock.advance(2.499999)
    assert (await claim(services)).submissions == ()
    clock.advance(0.000001)
    await answer(services, await claim(services), accepted("a"))
    assert await status(number) == (4, 3)
    assert (await Message.get(id=number)).attempts == 2
    await check_books(account.id)


async def test_answers_of_many_accounts_are_recorded_each_in_its_own(
    services: Services, world: World
) -> None:
    """One claim spans accounts, and one batch has every kind of answer."""
    accounts = [await world.account(f"sms-{n}-1") for n in range(3)]
    sent = [await send(services, world.holder, account) for account in accounts for _ in range(3)]
    outcomes = [
        accepted(f"a{n}") if n % 3 == 0 else refused_with(20) if n % 3 == 1 else TryLater(1) for n in range(9)
    ]
    await answer(services, await claim(services), *outcomes)
    assert await states(sent) == ["submitted", "ended", "queued"] * 3
    for account in accounts:
        checked = await check_books(account.id)
        assert (checked.credits_left, checked.event_sequence) == (198_000, 3 + 2)


async def test_an_answer_recorded_twice_counts_once(services: Services, world: World) -> None:
    """A duplicate refusal refunds once."""
    account = await world.account()
    await send(services, world.holder, account)
    taken = await claim(services)
    for _ in range(2):
        await answer(services, taken, refused_with(20))
    assert (await check_books(account.id)).credits_left == 200_000


async def test_an_answer_counts_for_its_own_claim_only(services: Services, world: World) -> None:
    """A made-up claim id moves nothing."""
    account = await world.account()
    number = await send(services, world.holder, account)
    taken = await claim(services)
    forged = dataclasses.replace(taken, id=taken.id + 1)
    for outcome in (accepted("a"), TryLater(0)):
        await answer(services, forged, outcome)
        assert await states([number]) == ["claimed"]


async def test_what_was_answered_is_not_claimed_or_queued_again(
    services: Services, world: World, clock: ManualClock
) -> None:
    """However long ago, and even if its own worker says afterwards that it is to be tried later."""
    account = await world.account()
    sent = [await send(services, world.holder, account) for _ in range(2)]
    taken = await claim(services)
    await answer(services, taken, accepted("a"), refused_with(20))
    await answer(services, taken, TryLater(0), TryLater(0))
    clock.advance(3_600)
    assert (await claim(services)).submissions == ()
    assert await states(sent) == ["submitted", "ended"]


@pytest.mark.parametrize("stop", ["disabled user", "deleted user", "disabled account"])
async def test_what_comes_back_of_a_stopped_sender_is_cancelled(
    services: Services, world: World, stop: str
) -> None:
    """A worker had it while its sender was stopped, and the operator did not take it: it is refunded, not sent."""
    account = await world.account()
    user = await world.user(account)
    number = await send(services, world.as_user(user), account)
    other = await send(services, world.as_user(await world.user(account, "other")), account)
    taken = await claim(services)
    match stop:
        case "disabled user":
            await set_user_enabled(
                services, world.holder, account=account.name, login=user.login, enabled=False
            )
        case "deleted user":
            await delete_user(services, world.holder, account=account.name, login=user.login)
        case _:
            changes: AccountChanges = {"status": AccountStatus.DISABLED}
            await update_account(services, world.operator, account=account.name, changes=changes)
    assert await status(number) == (DeliveryStatus.CREATED, None)
    await answer(services, taken, TryLater(0), TryLater(0))
    assert await status(number) == (DeliveryStatus.NOT_BILLED, None)
    spared = DeliveryStatus.NOT_BILLED if stop == "disabled account" else DeliveryStatus.CREATED
    assert await status(other) == (spared, None)
    await check_books(account.id)
