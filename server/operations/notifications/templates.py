"""The texts of an account's alerts: setting them, and previewing them."""

from dataclasses import dataclass
from typing import TypedDict

from server.errors import about
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import lock_account
from server.operations.notifications.outbox import alert_texts
from server.rules.accounts.logins import check_login
from server.rules.messages.segments import Segments, analyse
from server.rules.notifications.alert_texts import (
    AlertTexts,
    alert_values,
    check_mail_body,
    check_sms_body,
    check_subject,
    longest_text,
)
from server.rules.notifications.contacts import framed
from server.store.models import Account
from server.store.writing import update


class TemplateChanges(TypedDict, total=False):
    """The texts to set: None means the server's own, and an absent one stays as it is."""

    mail_subject: str | None
    mail_body: str | None
    sms_body: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """Alert texts with their variables filled in, and the size of the SMS."""

    texts: AlertTexts
    sms: Segments


async def set_alert_templates(
    services: Services, principal: Principal, *, account: str, changes: TemplateChanges
) -> Account:
    """Set the texts of an account's alerts. Alerts that already wait keep theirs.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: INVALID_TEMPLATE; MESSAGE_TOO_LONG, the SMS could need more parts than allowed.
    """
    principal.require(Scope.MANAGE)
    _check(services, changes)
    columns = {f"alert_{name}": text for name, text in changes.items()}

    async def work() -> Account:
        locked = await lock_account(principal, account)
        before = {name: getattr(locked, f"alert_{name}") for name in changes}
        locked.update_from_dict(columns)
        if columns:
            await update([locked], list(columns))
        await trail.record(
            principal,
            "setAlertTemplates",
            locked.name,
            at_us=services.clock.now_us(),
            account=locked,
            detail=trail.as_input(changes),
            before=trail.as_input(before),
        )
        return locked

    return await services.transactions.run(work)


def preview_alert(
    services: Services,
    account: Account,
    *,
    unsaved: TemplateChanges,
    login: str | None,
    remaining_mc: int,
    threshold_mc: int,
    credits_left_mc: int,
) -> Preview:
    """Return what an alert would say, with `unsaved` texts instead of the account's.

    Raises:
        InvalidInput: as `set_alert_templates`; INVALID_LOGIN.
    """
    _check(services, unsaved)
    if login is not None:
        with about("login"):
            check_login(login)
    saved = alert_texts(account)
    texts = AlertTexts(
        mail_subject=unsaved.get("mail_subject") or saved.mail_subject,
        mail_body=unsaved.get("mail_body") or saved.mail_body,
        sms_body=unsaved.get("sms_body") or saved.sms_body,
    )
    values = alert_values(
        account=account.name,
        login=login,
        remaining_mc=remaining_mc,
        threshold_mc=threshold_mc,
        credits_left_mc=credits_left_mc,
    )
    filled = framed(texts.filled(values), account=account.name, stop_url=None)
    return Preview(filled, analyse(filled.sms_body, max_parts=services.policy.max_parts))


def _check(services: Services, texts: TemplateChanges) -> None:
    subject, mail_body, sms_body = (
        texts.get("mail_subject"), texts.get("mail_body"), texts.get("sms_body")
    )  # fmt: skip
    if subject is not None:
        with about("mailSubject"):
            check_subject(subject)
    if mail_body is not None:
        with about("mailBody"):
            check_mail_body(mail_body)
    if sms_body is not None:
        with about("smsBody"):
            analyse(longest_text(check_sms_body(sms_body)), max_parts=services.policy.max_parts)
