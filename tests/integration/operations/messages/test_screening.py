"""The price of a draft, and its refusals: the same for an estimate and for sending."""

from typing import Any

import pytest

from server.errors import ErrorCode
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.messages.screening import estimate_message
from server.operations.messages.sending import send_message
from server.rules.messages.segments import Coding
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, BlacklistEntry
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused, snapshot
from tests.factories.messages.messages import LONG_TEXT, RECEIVER, draft, numbers


async def test_an_estimate_tells_parts_and_prices(services: Services, world: World) -> None:
    """Each receiver has its country's rate for each part, and nothing is changed."""
    account = await world.account()
    before = await snapshot()
    screened = await estimate_message(
        services,
        world.holder,
        draft(account, RECEIVER, "0044 7700 900004", "+12025550123", text=LONG_TEXT, sender="chappe"),
    )
    assert await snapshot() == before
    assert (screened.sender, screened.body, screened.segments.parts) == ("Chappe", LONG_TEXT, 2)
    assert [(v.number, v.country, v.credits, v.accepted) for v in screened.verdicts] == [
        (RECEIVER, "FR", 2_000, True),
        ("+447700900004", "GB", 1_000, True),
        ("+12025550123", "US", 4_700, True),
    ]


async def test_an_estimate_tells_why_a_receiver_is_refused(services: Services, world: World) -> None:
    """A malformed number, a repeated, a stopped and one without a rate, each in its place and at no price."""
    account, other = await world.account(), await world.account("sms-other-1")
    await BlacklistEntry.create(account_id=account.id, number="+33612345001", at_us=0)
    await BlacklistEntry.create(account_id=other.id, number=RECEIVER, at_us=0)
    receivers = (RECEIVER, "0612345000", "0033612345000", "+33612345001", "+4915112345678", "+80012345678")
    screened = await estimate_message(services, world.holder, draft(account, *receivers))
    assert [(v.receiver, v.code, v.credits) for v in screened.verdicts] == [
        (RECEIVER, None, 1_000),
        ("0612345000", ErrorCode.INVALID_PHONE_NUMBER, 0),
        ("0033612345000", ErrorCode.DUPLICATE_RECEIVER, 0),
        ("+33612345001", ErrorCode.RECEIVER_BLACKLISTED, 0),
        ("+4915112345678", ErrorCode.NO_RATE, 0),
        ("+80012345678", ErrorCode.NO_RATE, 0),
    ]
    assert all(v.reason for v in screened.verdicts[1:])
    assert screened.verdicts[0].reason is None


async def test_the_stop_clause_counts_in_the_parts(services: Services, world: World) -> None:
    """Unless the message is no advertising, the account's clause is appended, and may need a part more."""
    account = await world.account()
    await Account.filter(id=account.id).update(stop_clause="STOP 36111")
    text = "x" * 150
    for no_stop, body, parts in ((False, f"{text}\nSTOP 36111", 2), (True, text, 1)):
        screened = await estimate_message(services, world.holder, draft(account, text=text, no_stop=no_stop))
        assert (screened.body, screened.segments.parts) == (body, parts)
        assert screened.verdicts[0].credits == parts * 1_000


async def test_the_text_decides_on_the_coding_unless_it_is_given(services: Services, world: World) -> None:
    """Characters outside GSM 03.38 make the text Unicode, and are named."""
    account = await world.account()
    for text, coding, expected in (
        ("Hello", None, Coding.GSM_7BIT),
        ("Hello", Coding.UNICODE, Coding.UNICODE),
        ("Привет", None, Coding.UNICODE),
    ):
        screened = await estimate_message(services, world.holder, draft(account, text=text, coding=coding))
        assert screened.segments.coding is expected
    assert screened.segments.forced_unicode == tuple("Привет")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"sender": "Stranger"}, ErrorCode.UNKNOWN_SENDER, "sender"),
        ({"sender": "Waiting"}, ErrorCode.SENDER_NOT_ENABLED, "sender"),
        ({"message_class": 4}, ErrorCode.INVALID_INPUT, "messageClass"),
        ({"message_class": -1}, ErrorCode.INVALID_INPUT, "messageClass"),
        ({"tag": "x" * 21}, ErrorCode.INVALID_TAG, "tag"),
        ({"text": ""}, ErrorCode.EMPTY_MESSAGE, "text"),
        ({"text": " \n\u200b"}, ErrorCode.EMPTY_MESSAGE, "text"),
        ({"text": "x" * (6 * 153 + 1)}, ErrorCode.MESSAGE_TOO_LONG, "text"),
        ({"text": "é€ж", "coding": Coding.GSM_7BIT}, ErrorCode.CODING_MISMATCH, "text"),
        ({"account": "sms-never-1"}, ErrorCode.UNKNOWN_ACCOUNT, "account"),
        ({"receivers": ()}, ErrorCode.NO_RECEIVERS, "receivers"),
        ({"receivers": numbers(1_001)}, ErrorCode.TOO_MANY_RECEIVERS, "receivers"),
    ],
)
async def test_a_draft_that_can_not_be_sent_can_not_be_estimated_either(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """Faults of the whole draft are refused in both."""
    account = await world.account()
    await world.sender(account, "Waiting", SenderStatus.WAITING)
    wrong = draft(
        account, **{key: value for key, value in given.items() if key not in {"account", "receivers"}}
    )
    replaced = {key: given[key] for key in given.keys() & {"account", "receivers"}}
    wrong = type(wrong)(**{**wrong.as_input(), **replaced})
    async with refused(code, field):
        await estimate_message(services, world.holder, wrong)
    async with refused(code, field):
        await send_message(services, world.holder, wrong, idempotency_key="k")


@pytest.mark.parametrize("message_class", [0, 3, None])
async def test_the_classes_that_there_are_pass(
    services: Services, world: World, message_class: int | None
) -> None:
    """From flash to external device, and none."""
    account = await world.account()
    given = draft(account, message_class=message_class, text="x" * 6 * 153, tag="x" * 20)
    assert (await estimate_message(services, world.holder, given)).segments.parts == 6


async def test_nothing_is_estimated_on_a_disabled_account(services: Services, world: World) -> None:
    """The refusal says that the account is disabled."""
    account = await world.account()
    await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)
    async with refused(ErrorCode.ACCOUNT_DISABLED, "account"):
        await estimate_message(services, world.holder, draft(account))


async def test_estimates_are_for_those_who_may_read(services: Services, world: World) -> None:
    """A neighbour sees no account, an API user its own only, and a token needs the scope."""
    account, other = await world.account(), await world.account("sms-other-1")
    user = world.as_user(await world.user(account))
    assert (await estimate_message(services, user, draft(account))).verdicts[0].accepted
    for by, of in ((world.neighbour, account), (user, other)):
        async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
            await estimate_message(services, by, draft(of))
    sender = Principal("s", frozenset({Scope.SEND}), holder_id=world.holder.holder_id)
    async with refused(ErrorCode.FORBIDDEN):
        await estimate_message(services, sender, draft(account))
