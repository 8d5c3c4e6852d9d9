"""Setting the texts of alerts, and the preview."""

from dataclasses import replace
from typing import Any, cast

import pytest

from server.errors import ErrorCode, InvalidInput
from server.operations.core.services import Services
from server.operations.notifications.outbox import alert_texts
from server.operations.notifications.templates import TemplateChanges, preview_alert, set_alert_templates
from server.rules.notifications.alert_texts import DEFAULT_TEXTS
from server.store.models import Account, AuditEntry
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.notifications.alerts import raise_alert, watch

OURS = TemplateChanges(mail_subject="S {login}", mail_body="B {remaining}", sms_body="T {threshold}")


async def _set(world: World, account: Account, **changes: Any) -> Account:
    return await set_alert_templates(
        world.services, world.holder, account=account.name, changes=cast("TemplateChanges", changes)
    )


async def test_texts_are_set_one_by_one_and_taken_back(world: World) -> None:
    """What is left out stays, None goes back to the server's own, and the audit trail has what changed."""
    account = await world.account()
    await _set(world, account, **OURS)
    changed = await _set(world, account, mail_subject="Again", sms_body=None)
    assert alert_texts(changed) == replace(DEFAULT_TEXTS, mail_subject="Again", mail_body="B {remaining}")
    stored = await Account.get(id=account.id)
    assert alert_texts(stored) == alert_texts(changed)
    trail = await AuditEntry.filter(action="setAlertTemplates").order_by("id")
    assert trail[-1].detail == '{"mailSubject":"Again","smsBody":null}'
    assert alert_texts(await _set(world, account)) == alert_texts(changed)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"mail_subject": "{password}"}, ErrorCode.INVALID_TEMPLATE, "mailSubject"),
        ({"mail_subject": "a\nBcc: b@example.com"}, ErrorCode.INVALID_TEMPLATE, "mailSubject"),
        ({"mail_body": "{"}, ErrorCode.INVALID_TEMPLATE, "mailBody"),
        ({"mail_body": ""}, ErrorCode.INVALID_TEMPLATE, "mailBody"),
        ({"sms_body": " "}, ErrorCode.INVALID_TEMPLATE, "smsBody"),
        ({"sms_body": "x" * 919}, ErrorCode.MESSAGE_TOO_LONG, "smsBody"),
        ({"sms_body": "ы" * 384 + "{remaining}"}, ErrorCode.MESSAGE_TOO_LONG, "smsBody"),
        ({"mail_subject": "fine", "sms_body": "}"}, ErrorCode.INVALID_TEMPLATE, "smsBody"),
    ],
)
async def test_a_wrong_text_is_refused(
    world: World, changes: dict[str, str], code: ErrorCode, field: str
) -> None:
    """Nothing is set if one of them is wrong, or could need more parts than a message may have."""
    account = await world.account()
    async with refused(code, field):
        await _set(world, account, **changes)


async def test_only_its_holder_may_set_them(services: Services, world: World) -> None:
    """A neighbour sees no account, and an API user may not."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
        await set_alert_templates(services, world.neighbour, account=account.name, changes=OURS)
    async with refused(ErrorCode.FORBIDDEN):
        await set_alert_templates(services, user, account=account.name, changes=OURS)


async def test_what_waits_keeps_its_text(world: World) -> None:
    """An alert says what the templates said when it was raised."""
    account = await world.account(credits=6_000)
    await watch(world, account)
    mail = await raise_alert(world, account)
    await _set(world, account, **OURS)
    await mail.refresh_from_db()
    assert mail.subject == "sms-demo-1: 5 credits left"


async def test_a_preview_is_what_would_be_sent(services: Services, world: World) -> None:
    """The texts as they are, or some that are not set yet, with the parts that the SMS would take."""
    account = await world.account()
    account = await _set(world, account, **OURS)
    values: dict[str, Any] = {
        "login": "shop",
        "remaining_mc": 4_500,
        "threshold_mc": 5_000,
        "credits_left_mc": 1_000,
    }
    saved = preview_alert(services, account, unsaved=TemplateChanges(), **values)
    assert (saved.texts.mail_subject, saved.texts.sms_body) == ("Alert of sms-demo-1: S shop", "T 5")
    assert "\n> B 4.5\n" in saved.texts.mail_body
    assert saved.sms.parts == 1
    unsaved = TemplateChanges(sms_body="ы" * 60 + "{login} {account}", mail_body=None)
    other = preview_alert(services, account, unsaved=unsaved, **{**values, "login": None})
    assert other.texts.mail_subject == "Alert of sms-demo-1: S sms-demo-1"
    assert "\n> B 4.5\n" in other.texts.mail_body
    assert other.texts.sms_body == "ы" * 60 + "sms-demo-1 sms-demo-1"
    assert (other.sms.coding, other.sms.parts) == ("UNICODE", 2)
    assert alert_texts(await Account.get(id=account.id)) == alert_texts(account)


@pytest.mark.parametrize(
    ("unsaved", "login", "code", "field"),
    [
        ({"mail_subject": "{x}"}, None, ErrorCode.INVALID_TEMPLATE, "mailSubject"),
        ({"sms_body": ""}, None, ErrorCode.INVALID_TEMPLATE, "smsBody"),
        ({}, "no login", ErrorCode.INVALID_LOGIN, "login"),
    ],
)
async def test_a_preview_of_what_is_wrong_is_refused(
    services: Services, world: World, unsaved: dict[str, str], login: str | None, code: ErrorCode, field: str
) -> None:
    """As setting it would be."""
    account = await world.account()
    with pytest.raises(InvalidInput) as caught:
        preview_alert(
            services,
            account,
            unsaved=cast("TemplateChanges", unsaved),
            login=login,
            remaining_mc=0,
            threshold_mc=0,
            credits_left_mc=0,
        )
    assert (caught.value.code, caught.value.field) == (code, (field,))
