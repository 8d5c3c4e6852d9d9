"""Sending and cancelling through the API, with what follows from each."""

import pytest

from server.graphql.schema.ids import node_id
from server.kit.clock import ManualClock
from server.operations.dispatch.inbound import add_to_blacklist
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import snapshot
from tests.factories.credits.verification import check_all_books
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import numbers, submit

pytestmark = pytest.mark.one_database

SENT = """
    credits creditsLeft
    receivers { receiver number country accepted credits code reason message { id receiver status } }
"""
MESSAGE: Json = {
    "account": "sms-demo-1", "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello",
    "idempotencyKey": "key",
}  # fmt: skip
MESSAGES = """
    { account(name: "sms-demo-1") { creditsLeft messages { nodes { id receiver credits } }
                                    creditEntries(first: 1) { nodes { kind accountDelta } } } }
"""


async def _left(api: Api, world: World) -> str:
    return str((await api.data(world.holder, MESSAGES))["account"]["creditsLeft"])


async def test_a_message_is_debited_and_there(api: Api, world: World) -> None:
    """What was accepted is debited, listed, in the ledger, and found by the id that the answer gave."""
    await world.account()
    answer = await api.mutate(world.holder, "sendMessage", SENT, **MESSAGE)
    [verdict] = answer.pop("receivers")
    assert answer == {"credits": "1", "creditsLeft": "199"}
    message = verdict.pop("message")
    assert verdict == {
        "receiver": "+33612345678", "number": "+33612345678", "country": "FR", "accepted": True, "credits": "1",
        "code": None, "reason": None,
    }  # fmt: skip
    assert (message["receiver"], message["status"]) == ("+33612345678", "CREATED")
    account = (await api.data(world.holder, MESSAGES))["account"]
    assert account == {
        "creditsLeft": "199",
        "messages": {"nodes": [{"id": message["id"], "receiver": "+33612345678", "credits": "1"}]},
        "creditEntries": {"nodes": [{"kind": "MESSAGE", "accountDelta": "-1"}]},
    }
    await check_all_books()


async def test_all_that_can_be_said_of_a_message_is_kept(api: Api, world: World) -> None:
    """Coding, class, tag, date and the missing STOP clause are those that were asked for."""
    await world.account()
    await api.mutate(world.holder, "updateAccount", account="sms-demo-1", stopClause="STOP 36000")
    selection = """receivers { message {
        body coding messageClass parts tag deferredUntil createdAt credits sender
    } }"""
    input = {
        **MESSAGE, "sender": "CHAPPE", "coding": "UNICODE", "messageClass": "FLASH", "noStop": True,
        "tag": "été 2026", "deferredUntil": "2026-09-22T14:00:00+02:00",
    }  # fmt: skip
    answer = await api.mutate(world.holder, "sendMessage", selection, **input)
    assert answer["receivers"][0]["message"] == {
        "body": "Hello", "coding": "UNICODE", "messageClass": "FLASH", "parts": 1, "tag": "été 2026",
        "deferredUntil": "2026-09-22T12:00:00.000Z", "createdAt": "2026-09-21T12:00:00.000Z", "credits": "1",
        "sender": "Chappe",
    }  # fmt: skip
    answer = await api.mutate(world.holder, "sendMessage", selection, **{**MESSAGE, "idempotencyKey": "2"})
    assert answer["receivers"][0]["message"]["body"] == "Hello\nSTOP 36000"


async def test_the_same_key_sends_once(api: Api, world: World) -> None:
    """Repeated with its key a request gives the same answer and sends nothing; with another input it is refused."""
    await world.account()
    answers = [await api.mutate(world.holder, "sendMessage", SENT, **MESSAGE) for _ in range(3)]
    assert answers == [answers[0]] * 3
    for more in ({"text": "Hallo"}, {"receivers": ["+33612345679"]}, {"tag": "t"}, {"noStop": True}):
        refusal = await api.refusal(world.holder, "sendMessage", **{**MESSAGE, **more})
        assert refusal == ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    assert (await _left(api, world), await Message.all().count()) == ("199", 1)
    user = world.as_user(await world.user(await world.account("sms-demo-2")))
    await api.mutate(user, "sendMessage", **{**MESSAGE, "account": "sms-demo-2"})
    assert await Message.all().count() == 2


async def test_a_refused_try_can_be_repeated_with_its_key(api: Api, world: World) -> None:
    """What could not be paid for is sent after a top-up, with the same key."""
    await world.account(credits=500)
    assert await api.refusal(world.holder, "sendMessage", **MESSAGE) == ("INSUFFICIENT_CREDITS", [])
    await api.mutate(
        world.operator, "grantCredits", account="sms-demo-1", credits="1", idempotencyKey="top-up"
    )
    answer = await api.mutate(world.holder, "sendMessage", SENT, **MESSAGE)
    assert (answer["credits"], answer["creditsLeft"]) == ("1", "0.5")


async def test_a_mixed_batch_says_what_became_of_each(api: Api, world: World) -> None:
    """The acceptable receivers are sent to and paid for; each of the others says why not, in their order."""
    account = await world.account()
    await add_to_blacklist(world.services, world.holder, account=account.name, number="+33612345679")
    receivers = [
        "+33612345678", "00447700900004", "+33612345679", "0612345678", "+33 6 12 34 56 78", "", "+4915112345678",
        "x" * 5_000, "+33612345679",
    ]  # fmt: skip
    answer = await api.mutate(world.holder, "sendMessage", SENT, **{**MESSAGE, "receivers": receivers})
    verdicts = answer["receivers"]
    assert [verdict["receiver"] for verdict in verdicts] == receivers
    assert [(verdict["number"], verdict["code"], verdict["credits"]) for verdict in verdicts] == [
        ("+33612345678", None, "1"),
        ("+447700900004", None, "0.5"),
        ("+33612345679", "RECEIVER_BLACKLISTED", "0"),
        (None, "INVALID_PHONE_NUMBER", "0"),
        ("+33612345678", "DUPLICATE_RECEIVER", "0"),
        (None, "INVALID_PHONE_NUMBER", "0"),
        ("+4915112345678", "NO_RATE", "0"),
        (None, "INVALID_PHONE_NUMBER", "0"),
        ("+33612345679", "DUPLICATE_RECEIVER", "0"),
    ]
    assert [verdict["accepted"] for verdict in verdicts] == [True, True] + [False] * 7
    assert all((verdict["reason"] is None) == verdict["accepted"] for verdict in verdicts)
    assert all((verdict["message"] is not None) == verdict["accepted"] for verdict in verdicts)
    assert (answer["credits"], answer["creditsLeft"]) == ("1.5", "198.5")
    assert await Message.all().count() == 2
    await check_all_books()


async def test_a_batch_that_none_may_get_sends_nothing(api: Api, world: World) -> None:
    """Where every receiver is refused the answer has a verdict for each, and costs nothing."""
    await world.account()
    answer = await api.mutate(world.holder, "sendMessage", SENT, **{**MESSAGE, "receivers": ["a", "b"]})
    assert [verdict["code"] for verdict in answer["receivers"]] == ["INVALID_PHONE_NUMBER"] * 2
    assert (answer["credits"], await _left(api, world)) == ("0", "200")


async def test_a_thousand_receivers_fit_one_request(api: Api, world: World) -> None:
    """A thousand receivers are sent to at once; the thousand and first is too many, and then nobody is sent to."""
    await world.account(credits=1_000_000)
    refusal = await api.refusal(world.holder, "sendMessage", **{**MESSAGE, "receivers": [*numbers(1_001)]})
    assert refusal == ("TOO_MANY_RECEIVERS", ["receivers"])
    answer = await api.mutate(
        world.holder,
        "sendMessage",
        "credits receivers { accepted }",
        **{**MESSAGE, "receivers": [*numbers(1_000)]},
    )
    assert answer["credits"] == "1000"
    assert all(verdict["accepted"] for verdict in answer["receivers"])
    assert await Message.all().count() == 1_000


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ({"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ({"sender": "Nobody"}, "UNKNOWN_SENDER", ["sender"]),
        ({"sender": ""}, "UNKNOWN_SENDER", ["sender"]),
        ({"sender": "Waiting"}, "SENDER_NOT_ENABLED", ["sender"]),
        ({"receivers": []}, "NO_RECEIVERS", ["receivers"]),
        ({"text": ""}, "EMPTY_MESSAGE", ["text"]),
        ({"text": "x" * (6 * 153 + 1)}, "MESSAGE_TOO_LONG", ["text"]),
        ({"text": "日" * (6 * 67 + 1)}, "MESSAGE_TOO_LONG", ["text"]),
        ({"text": "日本", "coding": "GSM_7BIT"}, "CODING_MISMATCH", ["text"]),
        ({"tag": "x" * 21}, "INVALID_TAG", ["tag"]),
        ({"tag": "a\nb"}, "INVALID_TAG", ["tag"]),
        ({"deferredUntil": "2026-09-21T11:54:59Z"}, "INVALID_DATE", ["deferredUntil"]),
        ({"deferredUntil": "2027-09-23T12:00:00Z"}, "INVALID_DATE", ["deferredUntil"]),
        ({"deferredUntil": "9999-12-31T23:59:59Z"}, "INVALID_DATE", ["deferredUntil"]),
        ({"idempotencyKey": ""}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ({"idempotencyKey": "x" * 65}, "INVALID_IDEMPOTENCY_KEY", ["idempotencyKey"]),
        ({"receivers": ["+33612345678", "+33612345679", "+447700900004"]}, "INSUFFICIENT_CREDITS", []),
        ({"text": "x" * 400}, "INSUFFICIENT_CREDITS", []),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_message_that_can_not_be_sent_is_refused_as_a_whole(
    api: Api, world: World, more: Json, code: str, field: list[str]
) -> None:
    """Faults of the whole message are refused with their field; nothing is sent or debited."""
    account = await world.account(credits=2_000)
    await world.account("sms-other-1", of=world.neighbour)
    await api.mutate(world.holder, "createSender", account=account.name, name="Waiting")
    before = await snapshot()
    payload = await api.payload(world.holder, "sendMessage", SENT, **{**MESSAGE, **more})
    [error] = payload.pop("userErrors")
    assert (error["code"], error["field"]) == (code, field)
    assert payload == {"credits": None, "creditsLeft": None, "receivers": []}
    assert await snapshot() == before


async def test_the_longest_texts_are_sent(api: Api, world: World) -> None:
    """A text of exactly as many parts as are allowed is accepted, in either coding."""
    await world.account()
    for key, text in (("1", "x" * (6 * 153)), ("2", "日" * (6 * 67)), ("3", "😀" * (6 * 33))):
        answer = await api.mutate(
            world.holder, "sendMessage", "receivers { message { parts body } }",
            **{**MESSAGE, "text": text, "idempotencyKey": key},
        )  # fmt: skip
        assert answer["receivers"][0]["message"] == {"parts": 6, "body": text}


@pytest.mark.parametrize(
    ("coding", "class_"),
    [("GSM", "FLASH"), ("gsm_7bit", "FLASH"), (1, "FLASH"), ("UNICODE", "0"), ("UNICODE", 0)],
)
async def test_enums_are_taken_by_their_names_alone(
    api: Api, world: World, coding: object, class_: object
) -> None:
    """A coding or class that the schema does not name is refused with the request."""
    await world.account()
    text = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { credits } }"
    code = await api.code(world.holder, text, input={**MESSAGE, "coding": coding, "messageClass": class_})
    assert code == "BAD_USER_INPUT"
    assert await _left(api, world) == "200"


async def test_a_cancelled_message_is_refunded(api: Api, world: World) -> None:
    """A deferred message, accepted by one event, is cancelled once: not billed by another, and its credits are back."""
    await world.account()
    deferred = {**MESSAGE, "deferredUntil": "2026-09-22T12:00:00Z"}
    answer = await api.mutate(world.holder, "sendMessage", "receivers { message { id } }", **deferred)
    id_ = answer["receivers"][0]["message"]["id"]
    selection = "message { id status ptt { code } events { status } }"
    answer = await api.mutate(world.holder, "cancelMessage", selection, id=id_)
    assert answer["message"] == {
        "id": id_, "status": "NOT_BILLED", "ptt": None, "events": [{"status": "CREATED"}, {"status": "NOT_BILLED"}],
    }  # fmt: skip
    assert await _left(api, world) == "200"
    assert await api.refusal(world.holder, "cancelMessage", id=id_) == ("ALREADY_SUBMITTED", ["id"])
    await check_all_books()


async def test_a_submitted_message_can_not_be_cancelled(api: Api, world: World) -> None:
    """What the operator has is sent; an unknown message or somebody else's is unknown; an id of something else is wrong."""
    account = await world.account()
    answer = await api.mutate(world.holder, "sendMessage", "receivers { message { id } }", **MESSAGE)
    await submit(world.services, "one")
    id_ = answer["receivers"][0]["message"]["id"]
    assert await api.refusal(world.holder, "cancelMessage", id=id_) == ("ALREADY_SUBMITTED", ["id"])
    assert await api.refusal(world.neighbour, "cancelMessage", id=id_) == ("UNKNOWN_MESSAGE", ["id"])
    unknown = node_id("Message", 2**62)
    assert await api.refusal(world.holder, "cancelMessage", id=unknown) == ("UNKNOWN_MESSAGE", ["id"])
    for wrong in (node_id("Account", account.id), "x", ""):
        assert await api.refusal(world.holder, "cancelMessage", id=wrong) == ("INVALID_INPUT", ["id"])


async def test_pending_messages_are_cancelled_together(api: Api, world: World, clock: ManualClock) -> None:
    """All that is pending of one user, then of the account, is cancelled and refunded; the submitted run on."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    await api.mutate(world.holder, "sendMessage", **{**MESSAGE, "idempotencyKey": "submitted"})
    await submit(world.services, "one")
    clock.advance(1)
    for caller, count in ((user, 2), (world.holder, 3)):
        batch = {**MESSAGE, "receivers": [*numbers(count)], "deferredUntil": "2026-09-22T12:00:00Z"}
        await api.mutate(caller, "sendMessage", **batch)
    here = {"account": account.name}
    assert await _left(api, world) == "194"
    for more, cancelled, left in (({"login": "SCRIPT"}, 2, "196"), ({}, 3, "199"), ({}, 0, "199")):
        answer = await api.mutate(world.holder, "cancelPendingMessages", "cancelled", **here, **more)
        assert (answer, await _left(api, world)) == ({"cancelled": cancelled}, left)
    refusal = await api.refusal(world.holder, "cancelPendingMessages", **here, login="nobody")
    assert refusal == ("UNKNOWN_USER", ["login"])
    refusal = await api.refusal(world.neighbour, "cancelPendingMessages", **here)
    assert refusal == ("UNKNOWN_ACCOUNT", ["account"])
    await check_all_books()


async def test_a_disabled_account_sends_nothing(api: Api, world: World) -> None:
    """On a disabled account sending is refused, until it is enabled again."""
    account = await world.account()
    await api.mutate(world.operator, "updateAccount", account=account.name, status="DISABLED")
    assert await api.refusal(world.holder, "sendMessage", **MESSAGE) == ("ACCOUNT_DISABLED", ["account"])
    await api.mutate(world.operator, "updateAccount", account=account.name, status="ENABLED")
    await api.mutate(world.holder, "sendMessage", **MESSAGE)
