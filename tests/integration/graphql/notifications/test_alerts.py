"""Limits of accounts, the texts of alerts, and their results, in the API."""

from typing import Any

import pytest

from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.credits.credits import correct_credits
from server.operations.dispatch.inbound import add_to_blacklist
from server.outbound.mail import MailOutcome, MailVerdict
from server.store.models import Contact
from server.workers.notifications import Notifier
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.notifications.alerts import EMAIL, PHONE, ScriptedMailer, watch_by_sms

LIMIT = "limit { enabled threshold channel email phoneNumber armed lastAlertAt }"
TEMPLATES = "alertTemplates { mailSubject mailBody smsBody }"
ALERTS = """limitAlerts { nodes { userLogin remaining notifications {
    channel recipient state failure attempts sentAt message { number receiver body credits }
} } }"""
OFF = {
    "enabled": False, "threshold": None, "channel": None, "email": None, "phoneNumber": None, "armed": False,
    "lastAlertAt": None,
}  # fmt: skip


async def _account(api: Api, world: World, selection: str) -> Json:
    data = await api.data(world.holder, f'{{ account(name: "sms-demo-1") {{ {selection} }} }}')
    found: Json = data["account"]
    return found


async def test_a_limit_is_set_and_turned_off(api: Api, world: World, clock: ManualClock) -> None:
    """The payload and the account show it as it is now, its last alert included."""
    account = await world.account(credits=6_000)
    assert (await _account(api, world, LIMIT))["limit"] == OFF
    given = {
        "account": account.name, "enabled": True, "threshold": "5.5", "channel": "BOTH", "email": EMAIL,
        "phoneNumber": PHONE,
    }  # fmt: skip
    payload = await api.mutate(world.holder, "setAccountLimit", f"account {{ {LIMIT} }}", **given)
    expected = {key: value for key, value in given.items() if key != "account"}
    assert payload["account"]["limit"] == {**expected, "armed": True, "lastAlertAt": None}
    clock.advance(60)
    await correct_credits(api.services, world.operator, account=account.name, credits=500, reason="x")
    last = "2026-09-21T12:01:00.000Z"
    assert await _account(api, world, LIMIT) == {"limit": {**expected, "armed": False, "lastAlertAt": last}}
    await api.mutate(world.holder, "setAccountLimit", account=account.name, enabled=False)
    assert await _account(api, world, LIMIT) == {"limit": {**OFF, "lastAlertAt": last}}


STATES = "limit { emailState phoneNumberState }"
CONTACT = "contact { email phoneNumber state requestedAt expiresAt }"


async def test_whoever_is_to_get_alerts_is_shown_as_asked_and_confirmed(api: Api, world: World) -> None:
    """On the limits of account and user; the holder's own address counts as confirmed."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    assert (await _account(api, world, STATES))["limit"] == {"emailState": None, "phoneNumberState": None}
    given = {"account": account.name, "enabled": True, "threshold": "5", "channel": "BOTH"}
    both = {"email": EMAIL, "phoneNumber": PHONE}
    payload = await api.mutate(
        world.holder, "setUserLimit", f"user {{ {STATES} }}", **given, **both, login=user.login
    )
    assert payload["user"]["limit"] == {"emailState": "ASKED", "phoneNumberState": "ASKED"}
    payload = await api.mutate(
        world.holder, "setAccountLimit", f"account {{ {STATES} }}", **given, **{**both, "email": world.holder.name}
    )  # fmt: skip
    assert payload["account"]["limit"] == {"emailState": "CONFIRMED", "phoneNumberState": "ASKED"}
    code = api.services.signing_keys.code((await Contact.get(address=PHONE)).id, 1)
    confirm = {"account": account.name, "phoneNumber": PHONE}
    wrong = f"{(int(code) + 1) % 10**6:06}"
    payload = await api.payload(world.holder, "confirmPhoneNumber", **confirm, code=wrong)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("WRONG_CODE", ["code"])]
    payload = await api.mutate(world.holder, "confirmPhoneNumber", CONTACT, **confirm, code=code)
    assert payload["contact"] == {
        "email": None, "phoneNumber": PHONE, "state": "CONFIRMED",
        "requestedAt": "2026-09-21T12:00:00.000Z", "expiresAt": "2026-09-21T13:00:00.000Z",
    }  # fmt: skip
    states = await _account(api, world, f'user(login: "{user.login}") {{ {STATES} }}')
    assert states["user"]["limit"] == {"emailState": "ASKED", "phoneNumberState": "CONFIRMED"}


async def test_a_confirmation_is_asked_for_again_only_so_often(
    api: Api, world: World, clock: ManualClock
) -> None:
    """The answer says until when it can be answered; the fourth of a day is refused with the time to wait."""
    account = await world.account()
    limit = {"enabled": True, "threshold": "5", "channel": "MAIL", "email": EMAIL}
    await api.mutate(world.holder, "setAccountLimit", account=account.name, **limit)
    ask = {"account": account.name, "email": EMAIL}
    clock.advance(60)
    payload = await api.mutate(world.holder, "requestConfirmation", CONTACT, **ask)
    assert payload["contact"] == {
        "email": EMAIL, "phoneNumber": None, "state": "ASKED",
        "requestedAt": "2026-09-21T12:01:00.000Z", "expiresAt": "2026-09-28T12:01:00.000Z",
    }  # fmt: skip
    await api.mutate(world.holder, "requestConfirmation", **ask)
    assert await api.refusal(world.holder, "requestConfirmation", **ask) == ("RATE_LIMITED", ["email"])


async def test_a_code_is_for_its_receiver_alone(api: Api, world: World) -> None:
    """The holder and even an operator see the message with stars in place of the code."""
    account = await world.account()
    await update_account(api.services, world.holder, account=account.name, changes={"alert_sender": "Chappe"})
    limit = {"enabled": True, "threshold": "5", "channel": "SMS", "phoneNumber": PHONE}
    await api.mutate(world.holder, "setAccountLimit", account=account.name, **limit)
    await Notifier(api.services, ScriptedMailer()).send_sms()
    code = api.services.signing_keys.code((await Contact.get()).id, 1)
    query = '{ messages(account: "sms-demo-1") { nodes { body } } }'
    for by in (world.holder, world.operator):
        [message] = (await api.data(by, query))["messages"]["nodes"]
        assert code not in message["body"]
        assert "Code ****** lets the alerts of sms-demo-1 come" in message["body"]


async def test_what_became_of_an_alert_can_be_seen(api: Api, world: World, clock: ManualClock) -> None:
    """Each mail and SMS with its state, what went wrong, when it was sent, and the message that it became."""
    account = await world.account(credits=6_000)
    await watch_by_sms(world, account, channel="BOTH", email=EMAIL)
    await correct_credits(api.services, world.operator, account=account.name, credits=1_000, reason="x")

    async def seen() -> list[Json]:
        [alert] = (await _account(api, world, ALERTS))["limitAlerts"]["nodes"]
        assert (alert["userLogin"], alert["remaining"]) == (None, "5")
        notifications: list[Json] = alert["notifications"]
        return notifications

    nothing = {"failure": None, "attempts": 0, "sentAt": None, "message": None, "state": "WAITING"}
    assert await seen() == [
        {"channel": "MAIL", "recipient": EMAIL, **nothing},
        {"channel": "SMS", "recipient": PHONE, **nothing},
    ]
    mailer = ScriptedMailer(MailOutcome(MailVerdict.DELAYED, "451 later"))
    notifier = Notifier(api.services, mailer)
    await notifier.send_mails()
    await notifier.send_sms()
    mail, sms = await seen()
    assert (mail["state"], mail["failure"], mail["attempts"], mail["sentAt"]) == (
        "WAITING",
        "451 later",
        1,
        None,
    )
    assert (sms["state"], sms["failure"], sms["sentAt"]) == ("SENT", None, "2026-09-21T12:00:00.000Z")
    assert sms["message"]["receiver"] == PHONE
    assert sms["message"]["credits"] == "1"
    assert sms["message"]["body"] == "sms-demo-1: 5 credits left (limit 5). On sms-demo-1: 5."
    clock.advance(60)
    await notifier.send_mails()
    mail, _ = await seen()
    assert (mail["state"], mail["failure"], mail["sentAt"]) == ("SENT", None, "2026-09-21T12:01:00.000Z")


async def test_an_alert_that_failed_says_why(api: Api, world: World) -> None:
    """The holder reads the reason."""
    account = await world.account(credits=6_000)
    await watch_by_sms(world, account)
    await add_to_blacklist(api.services, world.holder, account=account.name, number=PHONE)
    await correct_credits(api.services, world.operator, account=account.name, credits=1_000, reason="x")
    await Notifier(api.services, ScriptedMailer()).send_sms()
    [alert] = (await _account(api, world, ALERTS))["limitAlerts"]["nodes"]
    [sms] = alert["notifications"]
    assert (sms["state"], sms["sentAt"], sms["message"]) == ("FAILED", None, None)
    assert sms["failure"] == "This receiver asked the account to stop."


async def test_templates_are_set_and_taken_back(api: Api, world: World) -> None:
    """What is left out stays, and null goes back to the server's own."""
    account = await world.account()
    ours = {"mailSubject": "S", "mailBody": "B {login}\n", "smsBody": "T {{x}}"}
    before = await _account(api, world, TEMPLATES)
    payload = await api.mutate(
        world.holder, "setAlertTemplates", f"account {{ {TEMPLATES} }}", account=account.name, **ours
    )
    assert payload["account"]["alertTemplates"] == ours
    await api.mutate(world.holder, "setAlertTemplates", account=account.name, mailBody=None)
    found = (await _account(api, world, TEMPLATES))["alertTemplates"]
    assert found == {**ours, "mailBody": before["alertTemplates"]["mailBody"]}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"mailSubject": "a\r\nBcc: b@example.com"}, ("INVALID_TEMPLATE", ["mailSubject"])),
        ({"mailBody": "{secret}"}, ("INVALID_TEMPLATE", ["mailBody"])),
        ({"smsBody": "{"}, ("INVALID_TEMPLATE", ["smsBody"])),
        ({"smsBody": "x" * 1_000}, ("MESSAGE_TOO_LONG", ["smsBody"])),
    ],
)
async def test_a_wrong_template_is_refused(
    api: Api, world: World, given: Json, refusal: tuple[str, list[str]]
) -> None:
    """With a code, and the field that is wrong."""
    account = await world.account()
    assert await api.refusal(world.holder, "setAlertTemplates", account=account.name, **given) == refusal


async def test_the_variables_are_told(api: Api, world: World) -> None:
    """Each with what it stands for."""
    await world.account()
    found = (await _account(api, world, "alertTemplates { variables { name meaning } }"))["alertTemplates"]
    names = [variable["name"] for variable in found["variables"]]
    assert names == ["account", "login", "remaining", "threshold", "creditsLeft"]
    assert all(variable["meaning"] for variable in found["variables"])


async def test_a_preview_shows_what_would_be_sent(api: Api, world: World) -> None:
    """With sample values or given ones, of the texts as they are or of others."""
    await world.account()

    async def preview(arguments: str) -> Json:
        selection = f"preview{arguments} {{ mailSubject mailBody smsBody smsCoding smsParts }}"
        found = await _account(api, world, f"alertTemplates {{ {selection} }}")
        shown: Json = found["alertTemplates"]["preview"]
        return shown

    sample = await preview("")
    assert sample["mailSubject"] == "Alert of sms-demo-1: script: 49.5 credits left"
    assert (sample["smsCoding"], sample["smsParts"]) == ("GSM_7BIT", 1)
    given = await preview(
        '(mailSubject: "{login} {remaining} {threshold} {creditsLeft}", smsBody: "ы {{{account}}}",'
        ' values: {login: null, remaining: "1", threshold: "2.5", creditsLeft: "0.001"})'
    )
    assert given["mailSubject"] == "Alert of sms-demo-1: sms-demo-1 1 2.5 0.001"
    assert (given["smsBody"], given["smsCoding"]) == ("ы {sms-demo-1}", "UNICODE")
    partial = await preview('(mailSubject: "{login} {remaining}", values: {login: "shop"})')
    assert partial["mailSubject"] == "Alert of sms-demo-1: shop 49.5"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ('(mailSubject: "{x}")', "INVALID_TEMPLATE"),
        ('(mailSubject: "")', "INVALID_TEMPLATE"),
        ('(smsBody: "{login}\\u0007")', "INVALID_TEMPLATE"),
        ('(values: {login: "no login"})', "INVALID_LOGIN"),
        ('(values: {remaining: "1.2345"})', "INVALID_AMOUNT"),
    ],
)
async def test_a_preview_of_what_is_wrong_is_refused(
    api: Api, world: World, arguments: str, code: str
) -> None:
    """With the code that setting it would be refused with."""
    await world.account()
    query = f'{{ account(name: "sms-demo-1") {{ alertTemplates {{ preview{arguments} {{ smsBody }} }} }} }}'
    assert await api.code(world.holder, query) == code


async def test_alerts_are_the_holders_alone(api: Api, world: World) -> None:
    """An API user sees neither the account's limit nor what its alerts say."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    for selection in (LIMIT, TEMPLATES, ALERTS):
        query = f"{{ users {{ nodes {{ account {{ {selection} }} }} }} }}"
        assert await api.code(user, query) == "FORBIDDEN"
    given: dict[str, Any] = {"account": account.name, "enabled": False}
    text = (
        "mutation($input: SetAccountLimitInput!) { setAccountLimit(input: $input) { userErrors { code } } }"
    )
    assert await api.code(user, text, input=given) == "FORBIDDEN"
