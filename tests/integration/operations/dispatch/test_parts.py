"""Messages with some parts accepted: which parts go again, which never do, and how they end."""

from dataclasses import replace

import pytest

from server.errors import Conflict
from server.gateways.protocol import Accepted, NotSent, Part, Refused, Submitted, Unknown
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.claims import Claim
from server.operations.dispatch.expiry import expire_unconfirmed
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.store.models import Account, Message, MessagePart
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import DELIVERED, answer, claim, receive, send, states, status

THREE_PARTS = "x" * 400
ONE, TWO, THREE = Accepted("1", "0001"), Accepted("2"), Accepted("3")
LEASE_SECONDS = 61


def failing(services: Services) -> Services:
    """Return services that give up what has an unknown outcome."""
    return replace(services, policy=replace(services.policy, max_resends=0))


async def hand_over(services: Services, *parts: Part, link: str | None = "first") -> Claim:
    """Claim the one message that is due, and record what became of the parts that were to be handed over."""
    taken = await claim(services)
    await answer(services, taken, Submitted(parts, link))
    return taken


@pytest.fixture
async def account(world: World) -> Account:
    """An account that can send."""
    return await world.account()


@pytest.fixture
async def number(services: Services, world: World, account: Account) -> int:
    """A message of three parts."""
    return await send(services, world.holder, account, text=THREE_PARTS)


async def left(account: Account) -> int:
    """Return the account's credits."""
    await account.refresh_from_db()
    credits_left: int = account.credits_left
    return credits_left


@pytest.mark.parametrize("rest", [NotSent(), Unknown()], ids=["not sent", "unknown"])
async def test_what_was_not_taken_goes_again_by_the_same_link(
    services: Services, number: int, rest: Part
) -> None:
    """The message gets no event before it is complete."""
    await hand_over(services, ONE, rest, rest)
    assert (await states([number]), await status(number)) == (["queued"], (0, None))
    taken = await hand_over(services, TWO, rest)
    [submission] = taken.submissions
    assert (submission.link, submission.open_parts) == ("first", (2, 3))
    taken = await hand_over(services, THREE)
    assert taken.submissions[0].open_parts == (3,)
    assert await status(number) == (4, 3)
    parts = await MessagePart.filter(message_id=number).order_by("part")
    assert [(part.operator_id, part.operator_raw_id) for part in parts] == [
        ("1", "0001"), ("2", None), ("3", None),
    ]  # fmt: skip
    message = await Message.get(id=number)
    assert (message.gateway, message.outcome_unknown) == ("first", isinstance(rest, Unknown))


async def test_receipts_may_end_the_message_as_it_is_completed(services: Services, number: int) -> None:
    """Where all but the last part have ended, what becomes of that one decides."""
    await hand_over(services, ONE, TWO, NotSent(), link=None)
    await receive(services, ("1", DELIVERED), ("2", DELIVERED))
    await hand_over(services, Refused(23), link=None)
    assert await status(number) == (2, 23)


@pytest.mark.parametrize("rest", [NotSent(), Unknown()], ids=["not sent", "unknown"])
async def test_a_message_that_lacks_a_part_for_good_is_not_completed(
    services: Services, account: Account, number: int, rest: Part
) -> None:
    """The rest is never sent; the message ends with the part that was, and is billed."""
    await hand_over(services, ONE, Refused(23), rest, link=None)
    assert await status(number) == (4, 3)
    await receive(services, ("1", DELIVERED))
    assert (await status(number))[0] == 2
    assert await left(account) == 197_000


async def test_unknown_parts_can_be_given_up(services: Services, account: Account, number: int) -> None:
    """By setting: they end without a final status, and what was not sent is not sent either."""
    services = failing(services)
    await hand_over(services, ONE, Unknown(), NotSent(), link=None)
    assert await status(number) == (4, 3)
    await receive(services, ("1", DELIVERED))
    assert await status(number) == (2, 6)
    assert await left(account) == 197_000


@pytest.mark.parametrize("resend", [True, False], ids=["resend", "fail"])
async def test_a_message_of_unknown_outcome_follows_the_setting(
    services: Services, account: Account, number: int, *, resend: bool
) -> None:
    """Submitted again, after the pause that the link asks for, or ended without a final status."""
    services = services if resend else failing(services)
    await hand_over(services, Unknown(), Unknown(), Unknown())
    message = await Message.get(id=number)
    assert message.outcome_unknown
    if resend:
        assert message.state == "queued"
        assert (await claim(services)).submissions[0].open_parts == ()
    else:
        assert (message.state, message.status, message.ptt, message.gateway) == ("ended", 2, 6, "first")
    assert await left(account) == 197_000


async def test_a_message_that_the_operator_has_parts_of_is_not_cancelled(
    services: Services, world: World, account: Account, number: int
) -> None:
    """It was handed over as far as anybody's money goes."""
    await hand_over(services, ONE, NotSent(), NotSent())
    with pytest.raises(Conflict):
        await cancel_message(services, world.holder, message_id=number)
    cancelled = await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    assert cancelled.count == 0


async def test_a_message_that_can_not_be_completed_in_time_ends_without_a_refund(
    services: Services, account: Account, number: int, clock: ManualClock
) -> None:
    """Its accepted parts may or may not be useful."""
    await hand_over(services, ONE, NotSent(), NotSent())
    clock.advance(services.policy.validity_seconds)
    assert (await claim(services)).submissions == ()
    assert await status(number) == (2, 6)
    assert await expire_unconfirmed(services, limit=10) == 0
    assert await left(account) == 197_000


async def test_an_answer_that_is_too_late_changes_nothing(
    services: Services, number: int, clock: ManualClock
) -> None:
    """Another worker has had the message since, and the operator took parts from that one."""
    late = await claim(services)
    clock.advance(LEASE_SECONDS)
    await hand_over(services, ONE, NotSent(), NotSent())
    await answer(services, late, Submitted((TWO, TWO, TWO), "other"))
    assert [part.operator_id for part in await MessagePart.filter(message_id=number).order_by("part")] == [
        "1", "", "",
    ]  # fmt: skip
    assert await states([number]) == ["queued"]
