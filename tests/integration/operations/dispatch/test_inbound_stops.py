"""STOPs find their phones and accounts, however the operator writes a number."""

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import OperatorMessage
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.inbound import remove_from_blacklist, store_incoming
from server.operations.messages.screening import estimate_message
from server.store.models import BlacklistEntry, IncomingMessage, Message, UnclaimedMessage
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import GATEWAY, claim, draft, send, submit, submit_all
from tests.factories.store.statements import counted

PHONE = "+447700910016"
OTHER_LINK = "other"


def stop(
    sender: str = PHONE, receiver: str = "Chappe", id: str = "1", text: str = "STOP", **more: str
) -> OperatorMessage:
    """Return a STOP from a phone."""
    return OperatorMessage(None, id, sender, receiver, text, **more)


async def stopped() -> list[tuple[int, str]]:
    """Return which accounts send to which numbers no more."""
    return [
        (entry.account_id, entry.number)
        for entry in await BlacklistEntry.all().order_by("account_id", "number")
    ]


@pytest.mark.parametrize("address", ["07700910016", "7700910016", "447700910016", "+07700910016", PHONE])
async def test_a_number_as_its_country_writes_it_is_the_phone_that_was_written_to(
    services: Services, world: World, address: str
) -> None:
    """It is on record, and on the blacklist, as we wrote to it; the next message is refused; it can be taken off."""
    account = await world.account()
    await send(services, world.holder, account, PHONE)
    await submit(services, "a")
    await store_incoming(services, GATEWAY, [stop(address)])
    incoming = await IncomingMessage.get()
    assert (incoming.sender, incoming.asks_to_stop, incoming.is_stop) == (PHONE, True, True)
    assert await stopped() == [(account.id, PHONE)]
    estimate = await estimate_message(services, world.holder, draft(account, PHONE))
    assert estimate.verdicts[0].code is ErrorCode.RECEIVER_BLACKLISTED
    await remove_from_blacklist(services, world.holder, account=account.name, number=PHONE)
    assert await stopped() == []


@pytest.mark.parametrize("address", ["0612345678", "12345", "Orange", "07700910017"])
async def test_what_can_not_be_told_is_kept_as_it_came(
    services: Services, world: World, address: str
) -> None:
    """Two phones that it may be, none, or no number at all: it asked to stop, and nothing says that it was done."""
    account = await world.account()
    await world.sender(account, "36111")
    for number in ("+33612345678", "+44612345678", PHONE):
        await send(services, world.holder, account, number)
    await submit_all(services)
    await store_incoming(services, GATEWAY, [stop(address, "36111")])
    incoming = await IncomingMessage.get()
    assert (incoming.account_id, incoming.sender) == (account.id, address)
    assert (incoming.asks_to_stop, incoming.is_stop) == (True, False)
    assert await stopped() == []


async def test_of_two_phones_the_one_that_was_written_to_under_that_name_is_meant(
    services: Services, world: World
) -> None:
    """Somebody answers what they got."""
    account = await world.account()
    await world.sender(account, "Other")
    await send(services, world.holder, account, "+33612345678")
    await send(services, world.holder, account, "+44612345678", sender="Other")
    await submit_all(services)
    await store_incoming(services, GATEWAY, [stop("0612345678", "Other")])
    assert await stopped() == [(account.id, "+44612345678")]


async def test_only_those_who_wrote_over_that_link_are_stopped(services: Services, world: World) -> None:
    """Neither who wrote to another phone, nor over another link, nor who has not sent yet, or knows the name alone."""
    wrote, other_phone, other_link, waits = [await world.account(f"sms-{name}-1") for name in "abcd"]
    await send(services, world.holder, other_link, PHONE)
    await submit_all(services)
    await Message.all().update(gateway=OTHER_LINK)
    await send(services, world.holder, wrote, PHONE)
    await send(services, world.holder, other_phone, "+447700910017")
    await submit_all(services)
    await send(services, world.holder, waits, PHONE)
    await store_incoming(services, GATEWAY, [stop()])
    assert await stopped() == [(wrote.id, PHONE)]
    await store_incoming(services, GATEWAY, [stop("+447700910099", id="2")])
    assert await stopped() == [(wrote.id, PHONE)]


async def test_a_stop_over_another_link_is_shown_and_not_as_done(services: Services, world: World) -> None:
    """It belongs to the account that it answers, which never wrote to that phone by this link."""
    account = await world.account()
    await send(services, world.holder, account, PHONE)
    await submit(services, "a")
    await store_incoming(services, OTHER_LINK, [stop()])
    incoming = await IncomingMessage.get()
    assert (incoming.account_id, incoming.asks_to_stop, incoming.is_stop) == (account.id, True, False)
    assert await stopped() == []


async def test_all_who_share_a_short_code_are_stopped(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Each gets the message once, however often it comes; accounts with another name are not affected."""
    first, second, third = [await world.account(f"sms-{name}-1") for name in "abc"]
    for account in (first, second):
        await world.sender(account, "36111")
    for account, sender in ((first, "36111"), (second, "36111"), (third, "Chappe"), (first, "Chappe")):
        await send(services, world.holder, account, PHONE, sender=sender)
        clock.advance(1)
    await submit_all(services)
    for _ in range(2):
        await store_incoming(services, GATEWAY, [stop("07700910016", "36111")])
    assert await stopped() == [(first.id, PHONE), (second.id, PHONE)]
    rows = await IncomingMessage.all().order_by("account_id")
    assert [(row.account_id, row.sequence, row.is_stop) for row in rows] == [
        (first.id, 1, True),
        (second.id, 1, True),
    ]
    # The other of them has written last by now, and what comes again is known to both all the same.
    await remove_from_blacklist(services, world.holder, account=first.name, number=PHONE)
    await send(services, world.holder, first, PHONE, sender="36111")
    await submit_all(services)
    await store_incoming(services, GATEWAY, [stop("07700910016", "36111")])
    assert await IncomingMessage.all().count() == 2


async def test_a_number_that_only_takes_stops_stops_all_who_wrote(services: Services, world: World) -> None:
    """The STOP clause names it if the sender can't be answered; other messages to it are kept."""
    first, second = await world.account("sms-a-1"), await world.account("sms-b-1")
    for account in (first, second):
        await send(services, world.holder, account, PHONE)
    await submit_all(services)
    await store_incoming(services, GATEWAY, [stop(receiver="36180", text="STOP 36180")])
    assert await stopped() == [(first.id, PHONE), (second.id, PHONE)]
    await store_incoming(services, GATEWAY, [stop(receiver="36180", text="Who is this?", id="2")])
    assert (await UnclaimedMessage.get()).body == "Who is this?"
    assert await IncomingMessage.all().count() == 2


async def test_a_stop_may_be_faster_than_the_record_of_what_it_answers(
    services: Services, world: World
) -> None:
    """The worker that handed the message over has not yet said by which link."""
    account = await world.account()
    await send(services, world.holder, account, PHONE)
    await claim(services)
    await store_incoming(services, GATEWAY, [stop()])
    assert await stopped() == [(account.id, PHONE)]


async def test_what_an_earlier_version_put_there_is_removed_as_it_is_shown(
    services: Services, world: World
) -> None:
    """Next to the number that was meant."""
    account = await world.account()
    for number in ("07700910016", "Orange", PHONE):
        await BlacklistEntry.create(account_id=account.id, number=number, at_us=0)
    for number in ("07700910016", "Orange", "0044 7700 910016"):
        await remove_from_blacklist(services, world.holder, account=account.name, number=number)
    assert await stopped() == []
    async with refused(ErrorCode.UNKNOWN_NUMBER, "number"):
        await remove_from_blacklist(services, world.holder, account=account.name, number="x" * 100)


async def test_numbers_in_national_form_take_few_statements(services: Services, world: World) -> None:
    """One look for ten of them."""
    account = await world.account()
    phones = [f"+4477009100{n:02}" for n in range(20)]
    await send(services, world.holder, account, *phones)
    await submit_all(services)
    taken = []
    for some in (phones[:1], phones[1:10], phones[10:]):
        messages = [stop("0" + phone[3:], id=phone) for phone in some]
        with counted() as statements:
            assert await store_incoming(services, GATEWAY, messages) == []
        taken.append(statements.count)
    assert taken[0] == taken[1] == taken[2]
    assert len(await stopped()) == 20
