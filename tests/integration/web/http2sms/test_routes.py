"""Sending by URL: what each field does, and what is refused."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from server.kit.clock import ManualClock, from_datetime, to_datetime
from server.operations.core.services import Services
from server.operations.credits.quotas import set_user_quota
from server.rules.messages.segments import Coding
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, BlacklistEntry, DeliveryEvent, Message, User
from tests.factories.accounts.accounts import World
from tests.integration.web.conftest import Script, nothing_happened, sent

pytestmark = pytest.mark.one_database


async def only_message() -> Message:
    (message,) = await sent()
    return message


@pytest.mark.parametrize("path", ["/http2sms", "/cgi-bin/sms/http2sms.cgi"])
async def test_a_message_is_sent(either_script: Script, user: User, path: str) -> None:
    """Both paths and both methods send, answer with the credits left and the id, debit, and log the acceptance."""
    either_script.path = path
    response = await either_script.send()
    message = await only_message()
    assert response.status_code == 200
    assert response.text == f"OK\n199.5\n{message.id}"
    assert (message.sender, message.receiver, message.body) == ("Chappe", "+447700900004", "Hello")
    assert (message.user_id, message.coding, message.message_class, message.tag) == (
        user.id,
        Coding.GSM_7BIT,
        None,
        None,
    )
    assert (await Account.get(id=user.account_id)).credits_left == 199_500
    event = await DeliveryEvent.get()
    assert (event.message_id, event.user_id, event.previous_status) == (message.id, user.id, None)
    assert (event.sequence, event.status, event.at_us) == (1, 0, message.created_at_us)


async def test_names_of_fields_are_matched_without_regard_to_case(either_script: Script) -> None:
    """A script may write its fields as it likes."""
    fields = {name.swapcase(): value for name, value in either_script.fields.items()}
    either_script.fields = fields | {"SMSCODING": "2", "ContentTYPE": "text/json"}
    assert (await either_script.send()).json()["status"] == 100
    assert (await only_message()).coding is Coding.UNICODE


async def test_a_post_may_have_fields_in_its_query_too(script: Script) -> None:
    """The query and the form of a POST are one set of fields."""
    query = {name: script.fields.pop(name) for name in ("account", "login", "password")}
    response = await script.client.post("/http2sms", params=query, data=script.fields)
    assert response.text.startswith("OK\n")


async def test_a_field_that_nobody_knows_is_passed_over(script: Script) -> None:
    """A number that keeps caches away does no harm, nor does an empty pair."""
    assert (await script.send({"_": "1789"})).text.startswith("OK\n")
    assert (await script.send_raw("&&" + str(httpx.QueryParams(script.fields)) + "&")).text.startswith("OK\n")


async def test_an_optional_field_without_a_value_is_absent(script: Script) -> None:
    """An empty form field means that nothing was chosen."""
    empty = dict.fromkeys(("deferred", "class", "noStop", "tag", "smsCoding", "contentType"), "")
    assert (await script.send(empty | {"idempotencyKey": ""})).text.startswith("OK\n")


async def test_several_receivers_get_one_message_each(script: Script) -> None:
    """The ids come in the order of the receivers, whatever their countries cost."""
    response = await script.send({"to": "+447700900004,0033612345678, +12025550123"})
    messages = await sent()
    assert [message.receiver for message in messages] == ["+447700900004", "+33612345678", "+12025550123"]
    assert response.text.split("\n") == ["OK", "196.15", *(str(message.id) for message in messages)]


async def test_a_receiver_named_twice_is_sent_to_once(script: Script) -> None:
    """In whatever spelling; it is no error, and costs once."""
    response = await script.send({"to": "+447700900004,00447700900004,+44 7700 900004"})
    assert response.text == f"OK\n199.5\n{(await only_message()).id}"


@pytest.mark.parametrize(
    "to",
    [
        "+447700900004,+447700900005",
        "+447700900004,+447700900005,",
        "%2B447700900004,%20%2B447700900005",
        "+447700900004,++447700900005",
        "00447700900004,+00447700900005",
        "+447700900004,%0a%2B447700900005",
    ],
)
async def test_a_plus_sign_that_became_a_space_is_read_as_one(either_script: Script, to: str) -> None:
    """A script that does not encode its plus signs is understood, and so is one with spaces after commas."""
    del either_script.fields["to"]
    response = await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&to={to}")
    assert response.text.startswith("OK\n")
    assert [message.receiver for message in await sent()] == ["+447700900004", "+447700900005"]


@pytest.mark.parametrize("escaped", ["%0d", "%0D", "%0a", "%0D%0A"])
async def test_a_line_break_is_one_line_feed(script: Script, escaped: str) -> None:
    """However a script writes it, a receiver sees one line break."""
    del script.fields["message"]
    await script.send_raw(f"{httpx.QueryParams(script.fields)}&message=one{escaped}two")
    assert (await only_message()).body == "one\ntwo"


@pytest.mark.parametrize("number", [0, 1, 2, 3])
async def test_a_message_has_the_class_that_was_asked_for(script: Script, number: int) -> None:
    """0 is shown and not stored, 1 the phone, 2 the SIM, 3 another device."""
    await script.send({"class": str(number)})
    assert (await only_message()).message_class == number


@pytest.mark.parametrize("name", ["smsCoding", "SMSencoding"])
async def test_a_coding_can_be_forced(script: Script, name: str) -> None:
    """Under both of its names: 2 sends as Unicode what 7-bit coding could have carried."""
    await script.send({name: "2", "message": "A" * 71})
    message = await only_message()
    assert (message.coding, message.parts) == (Coding.UNICODE, 2)


async def test_the_text_chooses_its_coding(script: Script) -> None:
    """Without the field, a character outside GSM 03.38 makes the message Unicode."""
    await script.send({"message": "żółw 🐢"})
    message = await only_message()
    assert (message.coding, message.body) == (Coding.UNICODE, "żółw 🐢")


async def test_a_tag_is_kept(script: Script) -> None:
    """A tag of 20 characters fits."""
    await script.send({"tag": "x" * 20})
    assert (await only_message()).tag == "x" * 20


@pytest.mark.parametrize(
    ("no_stop", "body"), [(None, "Hello\nSTOP 36111"), ("0", "Hello\nSTOP 36111"), ("1", "Hello")]
)
async def test_the_stop_clause_is_appended_unless_it_is_no_advertising(
    script: Script, account: Account, no_stop: str | None, body: str
) -> None:
    """Only `noStop=1` leaves it off."""
    await Account.filter(id=account.id).update(stop_clause="STOP 36111")
    await script.send({"noStop": no_stop})
    assert (await only_message()).body == body


@pytest.mark.parametrize(
    ("time_zone", "deferred", "instant"),
    [
        ("UTC", "153024122026", datetime(2026, 12, 24, 15, 30, tzinfo=UTC)),
        ("Europe/Paris", "153024122026", datetime(2026, 12, 24, 14, 30, tzinfo=UTC)),
        ("Europe/Paris", "023028032027", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        ("Europe/Paris", "023025102026", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("America/St_Johns", "093021092026", datetime(2026, 9, 21, 12, 0, tzinfo=UTC)),
    ],
    ids=["utc", "local", "gap", "overlap", "half-hour zone"],
)
async def test_a_message_is_deferred_to_the_accounts_local_time(
    script: Script, account: Account, time_zone: str, deferred: str, instant: datetime
) -> None:
    """A time in a gap moves forward, and one that occurs twice is the first."""
    await Account.filter(id=account.id).update(time_zone=time_zone)
    await script.send({"deferred": deferred})
    message = await only_message()
    assert message.deferred_until_us == message.due_at_us == from_datetime(instant)


async def test_a_date_may_be_five_minutes_past_and_a_year_ahead(script: Script, clock: ManualClock) -> None:
    """A minute beyond either is refused."""
    now = to_datetime(clock.now_us())
    outcomes = []
    for minutes in (-6, -5, 366 * 24 * 60, 366 * 24 * 60 + 1):
        response = await script.send({"deferred": f"{now + timedelta(minutes=minutes):%H%M%d%m%Y}"})
        outcomes.append(response.text[:2])
    assert outcomes == ["KO", "OK", "OK", "KO"]


async def test_credits_left_are_the_quotas_where_it_is_on(
    services: Services, world: World, script: Script, account: Account
) -> None:
    """A user with a quota sees its rest, not that of the account."""
    await set_user_quota(
        services, world.holder, account=account.name, login="script", enabled=True, credits=10_000
    )
    assert (await script.send()).text.split("\n")[1] == "9.5"


@pytest.mark.parametrize("credits", [0, 499])
async def test_a_quota_that_does_not_suffice_blocks_the_user(
    services: Services, world: World, script: Script, account: Account, credits: int
) -> None:
    """The account's own credits do not help."""
    await set_user_quota(
        services, world.holder, account=account.name, login="script", enabled=True, credits=credits
    )
    reason = await script.reason({})
    assert "quota" in reason
    assert "credits left" in reason
    assert not await Message.exists()


async def test_too_few_credits_for_all_receivers_send_to_none(script: Script, account: Account) -> None:
    """All parts of all receivers are debited together or not at all."""
    await Account.filter(id=account.id).update(credits_left=1_499)
    reason = await script.reason({"to": "+447700900004,+33612345678"})
    assert "1.499 credits left" in reason
    assert not await Message.exists()
    assert (await Account.get(id=account.id)).credits_left == 1_499


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"from": "Nobody"}, "Invalid from: "),
        ({"from": "Waiting"}, "Invalid from: "),
        ({"from": "Refused"}, "Invalid from: "),
        ({"from": "Disabled"}, "Invalid from: "),
        ({"to": "0612345678"}, "Invalid to: 0612345678: "),
        ({"to": "+447700900004,+3361"}, "Invalid to: +3361: "),
        ({"to": ",,"}, "Invalid to: "),
        ({"to": "+447700900004,+4915112345678"}, "Invalid to: +4915112345678: "),
        ({"to": "+447700900004,+447700900005"}, "Invalid to: +447700900005: "),
        ({"to": ",".join(f"+4477{number:08}" for number in range(1_001))}, "Invalid to: "),
        ({"to": "+44\u20117700900004"}, "Invalid to: +44\u20117700900004: A number"),
        ({"message": " "}, "Invalid message: The message has no text."),
        ({"noStop": "oui"}, "Invalid noStop: "),
        ({"senderForResponse": "2"}, "Invalid senderForResponse: "),
        ({"senderForResponse": "1"}, "Invalid from: The account has no such number for answers"),
        ({"senderForResponse": "1", "from": ""}, "Invalid from: The account has no such number"),
        ({"message": "A" * (6 * 153 + 1)}, "Invalid message: The message needs 7 parts"),
        ({"message": "A\x1bB", "smsCoding": "1"}, "Invalid smsCoding: "),
        (
            {"message": "cze\u015b\u0107", "smsCoding": "1"},
            'Invalid smsCoding: 7-bit coding lacks "ś" (U+015B)',
        ),
        ({"smsCoding": "3"}, "Invalid smsCoding: "),
        ({"SMSencoding": "7bit"}, "Invalid smsCoding: "),
        ({"smsCoding": "1", "SMSencoding": "2"}, "Invalid smsCoding: "),
        ({"class": "4"}, "Invalid class: "),
        ({"class": "-1"}, "Invalid class: "),
        ({"class": "01"}, "Invalid class: "),
        ({"tag": "x" * 21}, "Invalid tag: "),
        ({"tag": "a\nb"}, "Invalid tag: "),
        ({"deferred": "tomorrow"}, "Invalid deferred: "),
        ({"deferred": "253024122026"}, "Invalid deferred: "),
        ({"deferred": "153031022027"}, "Invalid deferred: "),
        ({"deferred": "153024120000"}, "Invalid deferred: "),
        ({"deferred": "15302412202\uff16"}, "Invalid deferred: "),
        ({"deferred": "120020092026"}, "Invalid deferred: "),
        ({"idempotencyKey": "x" * 65}, "Invalid idempotencyKey: "),
        ({"idempotencyKey": "clé"}, "Invalid idempotencyKey: "),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_sent(
    either_script: Script, world: World, account: Account, changes: dict[str, str], reason: str
) -> None:
    """Code 202, with the field in http2sms's own name and the reason; no receiver gets anything."""
    for name in (SenderStatus.WAITING, SenderStatus.REFUSED, SenderStatus.DISABLED):
        await world.sender(account, name.capitalize(), name)
    await BlacklistEntry.create(account_id=account.id, number="+447700900005", at_us=0)
    assert (await either_script.reason(changes)).startswith(reason)
    assert await nothing_happened()


async def test_a_thousand_receivers_are_accepted(script: Script, account: Account) -> None:
    """The most that one request may name, with encoded plus signs, fits into its bounds."""
    script.method = "POST"
    await Account.filter(id=account.id).update(credits_left=500_000)
    response = await script.send({"to": ",".join(f"+447700{number:06}" for number in range(1_000))})
    assert response.text.startswith("OK\n")
    assert await Message.all().count() == 1_000


async def test_a_sender_of_another_account_is_unknown(script: Script, world: World) -> None:
    """What a neighbour has declared is not there."""
    await world.sender(await world.account("sms-other-1", of=world.neighbour), "Other")
    assert (await script.reason({"from": "Other"})).startswith("Invalid from: ")


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_no_other_method_sends(script: Script, method: str) -> None:
    """A link checker that asks for the headers must not send a message."""
    response = await script.client.request(method, "/http2sms", params=script.fields)
    assert response.status_code == 405
    assert await nothing_happened()
