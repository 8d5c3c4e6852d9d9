"""Incoming messages find their account, and STOP puts their sender on its blacklist."""

import asyncio

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import OperatorMessage
from server.kit.clock import DAY_US, ManualClock
from server.operations.accounts.accounts import AccountChanges, update_account
from server.operations.core.services import Services
from server.operations.dispatch.inbound import add_to_blacklist, remove_from_blacklist, store_incoming
from server.operations.messages.cancellation import cancel_message
from server.operations.messages.screening import estimate_message
from server.rules.messages.stop_words import StopLanguage
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, AuditEntry, BlacklistEntry, DeliveryEvent, IncomingMessage
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import GATEWAY, RECEIVER, draft, numbers, send, submit, submit_all
from tests.factories.store.statements import counted


def _from_phone(text: str, id: str = "1", receiver: str = "Chappe") -> OperatorMessage:
    return OperatorMessage(None, id, RECEIVER, receiver, text)


async def test_a_reply_belongs_to_whom_it_answers(services: Services, world: World) -> None:
    """To the account and the user that last wrote to this number under this name."""
    first, last = await world.account("sms-a-1"), await world.account("sms-b-1")
    user = await world.user(last)
    await send(services, world.holder, first)
    await send(services, world.as_user(user), last)
    await send(services, world.holder, first, "+33612345999")
    await world.sender(first, "Other")
    await send(services, world.holder, first, sender="Other")
    await store_incoming(services, "link", [_from_phone("Thanks")])
    incoming = await IncomingMessage.get()
    assert (incoming.account_id, incoming.user_id, incoming.sequence) == (last.id, user.id, 1)
    assert (incoming.sender, incoming.receiver, incoming.body) == (RECEIVER, "Chappe", "Thanks")
    assert (incoming.is_stop, incoming.at_us) == (False, services.clock.now_us())
    assert await BlacklistEntry.all().count() == 0
    assert (await Account.get(id=first.id)).incoming_sequence == 0


@pytest.mark.parametrize("text", ["STOP", " stop. "])
async def test_stop_refuses_the_number_from_then_on(services: Services, world: World, text: str) -> None:
    """On the account that was answered, and on no other."""
    account, other = await world.account(), await world.account("sms-other-1")
    await send(services, world.holder, account)
    await submit(services, "a")
    await store_incoming(services, GATEWAY, [_from_phone(text)])
    assert (await IncomingMessage.get()).is_stop
    entry = await BlacklistEntry.get()
    assert (entry.account_id, entry.number, entry.at_us) == (account.id, RECEIVER, services.clock.now_us())
    for of, code in ((account, ErrorCode.RECEIVER_BLACKLISTED), (other, None)):
        assert (await estimate_message(services, world.holder, draft(of))).verdicts[0].code is code


@pytest.mark.parametrize("text", ["(STOP)", "ARRÊT", "unsubscribe", "STOP 36180", "Genug!"])
async def test_the_accounts_words_stop_it(services: Services, world: World, text: str) -> None:
    """The usual ones of all languages, and its own; chosen languages leave the others' words out."""
    account, french = await world.account(), await world.account("sms-french-1", of=world.neighbour)
    changes: AccountChanges = {"stop_words": ["genug"]}
    await update_account(services, world.holder, account=account.name, changes=changes)
    changes = {"stop_languages": [StopLanguage.FR]}
    await update_account(services, world.neighbour, account=french.name, changes=changes)
    for by, of, receiver in ((world.holder, account, RECEIVER), (world.neighbour, french, "+33612345001")):
        await send(services, by, of, receiver)
        await submit(services, "a")
        await store_incoming(services, GATEWAY, [OperatorMessage(None, receiver, receiver, "Chappe", text)])
    stopped = {entry.account_id for entry in await BlacklistEntry.all()}
    assert stopped == ({account.id} if text in {"unsubscribe", "Genug!"} else {account.id, french.id})


async def test_a_redelivered_message_is_kept_once(services: Services, world: World) -> None:
    """Its id on its link tells; the same id on another link is another message, and STOP twice is no error."""
    account = await world.account()
    await send(services, world.holder, account)
    await submit(services, "a")
    await store_incoming(
        services, "link", [_from_phone("STOP"), _from_phone("STOP"), _from_phone("STOP", "2")]
    )
    await asyncio.gather(*(store_incoming(services, "other", [_from_phone("STOP")]) for _ in range(4)))
    kept = await IncomingMessage.all().order_by("sequence")
    assert [(row.sequence, row.dedup_key) for row in kept] == [(1, "link:1"), (2, "link:2"), (3, "other:1")]
    assert (await Account.get(id=account.id)).incoming_sequence == 3
    assert await BlacklistEntry.all().count() == 1


async def test_a_first_message_belongs_to_the_one_account_of_that_name(
    services: Services, world: World
) -> None:
    """Nobody wrote to this number: the account on which the name is enabled has it."""
    account = await world.account()
    await world.sender(account, "36111")
    stranger = await world.account("sms-next-1", of=world.neighbour)
    await world.sender(stranger, "36111", SenderStatus.WAITING)
    await store_incoming(services, "link", [_from_phone("Hello", receiver="36111")])
    incoming = await IncomingMessage.get()
    assert (incoming.account_id, incoming.user_id) == (account.id, None)


async def test_who_wrote_last_is_told_by_the_time(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Not by the messages' numbers, which several processes draw in blocks."""
    first, last = await world.account("sms-a-1"), await world.account("sms-b-1")
    early = await send(services, world.holder, first)
    clock.advance(1)
    late = await send(services, world.holder, last)
    await DeliveryEvent.filter(message_id=early).delete()
    # Renumbered by SQL, as the ORM keeps a primary key what it is.
    await fetch("UPDATE messages SET id = $1 WHERE id = $2 RETURNING id", late + 1_000, early)
    await store_incoming(services, "link", [_from_phone("Thanks")])
    assert (await IncomingMessage.get()).account_id == last.id


async def test_what_was_not_sent_takes_no_answer_from_what_was(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A message that is deferred, or was cancelled, does not bring its account the STOP that another is owed."""
    sent, other = await world.account("sms-a-1"), await world.account("sms-b-1", of=world.neighbour)
    await send(services, world.holder, sent)
    await submit(services, "a")
    clock.advance(1)
    later = await send(services, world.neighbour, other, deferred_until_us=clock.now_us() + DAY_US)
    await store_incoming(services, "link", [_from_phone("STOP")])
    await cancel_message(services, world.neighbour, message_id=later)
    await store_incoming(services, "link", [_from_phone("STOP", "2")])
    assert [incoming.account_id for incoming in await IncomingMessage.all()] == [sent.id] * 2
    assert [entry.account_id for entry in await BlacklistEntry.all()] == [sent.id]


async def test_those_of_one_account_are_written_together(services: Services, world: World) -> None:
    """In their order, each once, also where some of them were there before."""
    account, other = await world.account(), await world.account("sms-other-1")
    await world.sender(account, "36111")
    await world.sender(other, "36222")
    received = [
        _from_phone("One", "1", "36111"), _from_phone("Two", "2", "36222"), _from_phone("Stop", "3", "36111"),
        _from_phone("Three", "4", "36111"),
    ]  # fmt: skip
    await store_incoming(services, "link", received[1:3])
    await store_incoming(services, "link", received)
    kept = await IncomingMessage.all().order_by("account_id", "sequence")
    assert [(row.account_id, row.sequence, row.body) for row in kept] == [
        (account.id, 1, "Stop"), (account.id, 2, "One"), (account.id, 3, "Three"), (other.id, 1, "Two"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Hello", "STOP"])
async def test_many_take_no_more_statements_than_one(services: Services, world: World, text: str) -> None:
    """From any sender: answers, and messages to a name."""
    account = await world.account()
    await world.sender(account, "36111")
    phones = numbers(40)
    await send(services, world.holder, account, *phones[:20])
    await submit_all(services)
    taken = []
    for batch in (phones[:1] + phones[20:21], phones[1:20] + phones[21:]):
        received = [
            OperatorMessage(None, phone, phone, "Chappe" if phone in phones[:20] else "36111", text)
            for phone in batch
        ]
        with counted() as statements:
            assert await store_incoming(services, "link", received) == []
        taken.append(statements.count)
    assert taken[0] == taken[1]
    with counted() as statements:
        assert await store_incoming(services, "link", []) == []
    assert statements.count == 0
    assert await IncomingMessage.filter(account_id=account.id).count() == 40
    assert await BlacklistEntry.all().count() == (20 if text == "STOP" else 0)


async def test_a_number_is_taken_off_and_put_on_the_blacklist(services: Services, world: World) -> None:
    """By the holder, with whatever spelling of the number, each time on record."""
    account = await world.account()
    given = {"account": account.name, "number": "0033 6 12 34 50 00"}
    for _ in range(2):
        entry = await add_to_blacklist(services, world.holder, **given)
        assert (entry.number, entry.at_us) == (RECEIVER, services.clock.now_us())
    assert await BlacklistEntry.all().count() == 1
    after, removed = await remove_from_blacklist(services, world.holder, **given)
    assert (after.id, removed) == (account.id, entry.id)
    assert await BlacklistEntry.all().count() == 0
    actions = [(e.action, e.subject) for e in await AuditEntry.all().order_by("id")][-3:]
    assert actions == [("addToBlacklist", RECEIVER)] * 2 + [("removeFromBlacklist", RECEIVER)]
    async with refused(ErrorCode.UNKNOWN_NUMBER, "number"):
        await remove_from_blacklist(services, world.holder, **given)


async def test_taking_a_number_off_one_blacklist_leaves_the_others(services: Services, world: World) -> None:
    """Another number, and the same number of another account, stay."""
    account, other = await world.account(), await world.account("sms-other-1")
    for name, number in ((account.name, RECEIVER), (account.name, "+33612345001"), (other.name, RECEIVER)):
        await add_to_blacklist(services, world.holder, account=name, number=number)
    await remove_from_blacklist(services, world.holder, account=account.name, number=RECEIVER)
    left = await BlacklistEntry.all().order_by("id").values_list("account_id", "number")
    assert left == [(account.id, "+33612345001"), (other.id, RECEIVER)]


@pytest.mark.parametrize("call", [add_to_blacklist, remove_from_blacklist])
async def test_a_blacklist_is_its_holders(services: Services, world: World, call: object) -> None:
    """A malformed number, a neighbour and an API user are refused."""
    assert callable(call)
    account = await world.account()
    user = world.as_user(await world.user(account))
    for by, number, code, field in (
        (
            world.holder,
            "0612345000",
            ErrorCode.INVALID_PHONE_NUMBER if call is add_to_blacklist else ErrorCode.UNKNOWN_NUMBER,
            ("number",),
        ),
        (world.neighbour, RECEIVER, ErrorCode.UNKNOWN_ACCOUNT, ("account",)),
        (user, RECEIVER, ErrorCode.FORBIDDEN, ()),
    ):
        async with refused(code, *field):
            await call(services, by, account=account.name, number=number)
