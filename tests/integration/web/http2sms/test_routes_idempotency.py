"""Repeated calls of http2sms with the same idempotency key."""

import asyncio

import pytest

from server.kit.clock import ManualClock
from server.store.models import Account, Message
from tests.factories.accounts.accounts import World
from tests.integration.web.conftest import Script, nothing_happened

KEY = {"idempotencyKey": "order 1789"}


async def test_the_same_request_is_answered_again_and_sent_once(either_script: Script) -> None:
    """With the ids and the credits left of the first time."""
    first = await either_script.send(KEY)
    await either_script.send({"message": "another"})
    again = await either_script.send(KEY)
    assert again.text == first.text
    assert await Message.all().count() == 2


async def test_another_request_with_the_key_is_refused(either_script: Script) -> None:
    """A key stands for one input."""
    await either_script.send(KEY)
    assert (await either_script.reason(KEY | {"message": "another"})).startswith("Invalid idempotencyKey: ")
    assert await Message.all().count() == 1


async def test_without_a_key_each_request_sends(either_script: Script) -> None:
    """The same text twice may well be meant."""
    await either_script.send()
    await either_script.send()
    assert await Message.all().count() == 2


async def test_a_deferred_message_is_answered_again_after_its_time(
    script: Script, clock: ManualClock
) -> None:
    """The date was right when it was accepted."""
    deferred = KEY | {"deferred": "130021092026"}
    first = await script.send(deferred)
    clock.advance(2 * 3_600)
    assert (await script.send(deferred)).text == first.text
    assert first.text.startswith("OK\n")
    assert (await script.reason(deferred | {"idempotencyKey": "another"})).startswith("Invalid deferred: ")


async def test_what_was_refused_can_be_tried_again(script: Script, account: Account) -> None:
    """A key is used up by success only."""
    await Account.filter(id=account.id).update(credits_left=0)
    assert "0 credits left" in await script.reason(KEY)
    await Account.filter(id=account.id).update(credits_left=200_000)
    assert (await script.send(KEY)).text.startswith("OK\n199.5\n")


async def test_a_neighbours_key_is_another_key(world: World, script: Script) -> None:
    """Keys belong to the user that uses them."""
    await world.user(await world.account("sms-other-1", of=world.neighbour))
    first = await script.send(KEY)
    other = await script.send(KEY | {"account": "sms-other-1"})
    assert other.text.startswith("OK\n")
    assert other.text != first.text


@pytest.mark.parametrize("warm", [True, False])
async def test_fifty_at_once_with_one_key_are_one_message(
    script: Script, account: Account, *, warm: bool
) -> None:
    """In any interleaving, all get the same answer, and one is debited."""
    if warm:
        await script.send({"message": ""})
    answers = await asyncio.gather(*(script.send(KEY) for _ in range(50)))
    assert {answer.text.split("\n")[0] for answer in answers} == {"OK"}
    assert len({answer.text for answer in answers}) == 1
    assert await Message.all().count() == 1
    assert (await Account.get(id=account.id)).credits_left == 199_500


async def test_fifty_at_once_without_a_key_spend_what_is_there_and_no_more(
    script: Script, account: Account
) -> None:
    """Twenty are paid for, the others are refused."""
    await Account.filter(id=account.id).update(credits_left=10_000)
    answers = await asyncio.gather(*(script.send() for _ in range(50)))
    assert sorted(answer.text[:2] for answer in answers) == ["KO"] * 30 + ["OK"] * 20
    assert (await Account.get(id=account.id)).credits_left == 0
    assert not await nothing_happened()
