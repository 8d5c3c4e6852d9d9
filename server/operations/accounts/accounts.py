"""Accounts: creating, changing, enabling and disabling them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import orjson
from tortoise.exceptions import IntegrityError

from server.errors import Conflict, ErrorCode, NotFound, about
from server.kit.email_address import parse_email
from server.operations.access.sessions import wake_users
from server.operations.accounts.user_settings import parse_url
from server.operations.audit import trail
from server.operations.callbacks.rerouting import begin_rerouting_account, finish_rerouting
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import lock_account
from server.operations.messages.cancellation import begin_cancelling, finish_cancelling
from server.rules.accounts.names import check_account_name
from server.rules.core.free_texts import check_line, check_lines
from server.rules.messages.deferral import check_time_zone
from server.rules.messages.stop import check_own_words, words_in_force
from server.rules.messages.stop_words import StopLanguage
from server.rules.senders.senders import SenderStatus, sender_key
from server.store.models import Account, Sweep
from server.store.models.accounts import AccountStatus
from server.store.queries.access.holders import find_holder
from server.store.queries.accounts import get_account
from server.store.queries.senders import find_sender
from server.store.writing import add, update

MAX_DESCRIPTION = 200
MAX_STOP_CLAUSE = 160


class AccountChanges(TypedDict, total=False):
    """The changes to an account; an absent key leaves its column as it is."""

    description: str | None
    status: AccountStatus
    time_zone: str
    stop_clause: str
    stop_languages: Sequence[StopLanguage]
    stop_words: Sequence[str]
    keeps_advertising_hours: bool
    alert_sender: str | None
    callback_url: str | None
    stop_callback_url: str | None


async def create_account(
    services: Services, principal: Principal, *, name: str, holder_email: str, changes: AccountChanges
) -> Account:
    """Create an account of a holder, with no credits. Only for operators.

    Raises:
        InvalidInput: INVALID_ACCOUNT_NAME, or what `update_account` raises.
        NotFound: UNKNOWN_HOLDER.
        Conflict: ACCOUNT_NAME_TAKEN; no name is ever given twice.
    """
    principal.require(Scope.OPERATE)
    with about("name"):
        check_account_name(name)
    with about("holderEmail"):
        email = parse_email(holder_email).lower()
    checked = _check(services, changes)

    async def work() -> Account:
        now_us = services.clock.now_us()
        holder = await find_holder(email)
        if holder is None:
            raise NotFound(
                "There is no holder with this e-mail address.",
                code=ErrorCode.UNKNOWN_HOLDER,
                field=("holderEmail",),
            )
        try:
            account = await add(Account(name=name, holder_id=holder.id, created_at_us=now_us, **checked))
        except IntegrityError as error:
            raise Conflict(
                "An account has this name.", code=ErrorCode.ACCOUNT_NAME_TAKEN, field=("name",)
            ) from error
        await _check_alert_sender(account, checked)
        await trail.record(
            principal,
            "createAccount",
            name,
            at_us=now_us,
            account=account,
            detail={"name": name, "holderEmail": holder_email, **_as_input(checked)},
        )
        return account

    return await services.transactions.run(work)


async def update_account(
    services: Services, principal: Principal, *, account: str, changes: AccountChanges
) -> Account:
    """Change an account. Only operators may change its status.

    Disabling it cancels and refunds all its messages that no worker has claimed.

    Raises:
        NotFound: UNKNOWN_ACCOUNT; UNKNOWN_SENDER, the alert sender is not declared on it.
        InvalidInput: INVALID_TIME_ZONE, INVALID_URL, URL_NOT_ALLOWED, INVALID_TEXT, or a text is too long.
        Conflict: SENDER_NOT_ENABLED.
        Forbidden: somebody who is no operator changes the status.
    """
    principal.require(Scope.MANAGE)
    if "status" in changes:
        principal.require(Scope.OPERATE)
    checked = _check(services, changes)
    if checked.get("callback_url") or checked.get("stop_callback_url"):
        principal.require_to_give({Scope.READ})

    async def work() -> tuple[Account, Sweep | None, Sweep | None]:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        await _check_alert_sender(locked, checked)
        before = {name: getattr(locked, name) for name in checked}
        locked.update_from_dict(checked)
        if checked:
            await update([locked], list(checked))
        moving = None
        if checked.keys() & {"callback_url", "stop_callback_url"}:
            moving = await begin_rerouting_account(locked, checked.keys(), at_us=now_us)
        action = "updateAccount"
        change = {"detail": _as_input(checked), "before": _as_input(before)}
        if checked.get("status") is AccountStatus.DISABLED:
            await wake_users(locked.id, at_us=now_us)
            sweep = await begin_cancelling(
                locked,
                principal=principal,
                user_id=None,
                action=action,
                subject=locked.name,
                at_us=now_us,
                **change,
            )
            return locked, moving, sweep
        await trail.record(principal, action, locked.name, at_us=now_us, account=locked, **change)
        return locked, moving, None

    changed, moving, sweep = await services.transactions.run(work)
    if moving is not None:
        await finish_rerouting(services, moving)
    if sweep is None:
        return changed
    await finish_cancelling(services, sweep)
    return await get_account(changed.id)


def _as_input(columns: Mapping[str, object]) -> dict[str, object]:
    """Return an account's columns by the names and in the form of the inputs."""
    shown = dict(columns)
    if isinstance(languages := shown.get("stop_languages"), str):
        shown["stop_languages"] = [StopLanguage(language).name for language in languages.split()]
    if isinstance(words := shown.get("stop_words"), str):
        shown["stop_words"] = orjson.loads(words)
    return trail.as_input(shown)


def words_to_stop(account: Account) -> list[str]:
    """Return the account's own stop words."""
    return words_in_force(stop_languages(account), orjson.loads(account.stop_words))


def stop_languages(account: Account) -> list[StopLanguage]:
    """Return the languages whose usual stop words count for the account."""
    if account.stop_languages is None:
        return list(StopLanguage)
    return [StopLanguage(language) for language in account.stop_languages.split()]


def _check(services: Services, changes: AccountChanges) -> dict[str, Any]:
    """Check the changes, and return them as columns."""
    checked: dict[str, Any] = dict(changes)
    with about("description"):
        check_line(changes.get("description") or "", MAX_DESCRIPTION)
    with about("stopClause"):
        check_lines(changes.get("stop_clause") or "", MAX_STOP_CLAUSE)
    if "stop_languages" in changes:
        checked["stop_languages"] = " ".join(dict.fromkeys(changes["stop_languages"]))
    if "stop_words" in changes:
        with about("stopWords"):
            checked["stop_words"] = orjson.dumps(check_own_words(changes["stop_words"])).decode()
    if "time_zone" in changes:
        with about("timeZone"):
            checked["time_zone"] = check_time_zone(changes["time_zone"])
    if "callback_url" in changes:
        checked["callback_url"] = parse_url(services, changes["callback_url"], "callbackUrl")
    if "stop_callback_url" in changes:
        checked["stop_callback_url"] = parse_url(services, changes["stop_callback_url"], "stopCallbackUrl")
    return checked


async def _check_alert_sender(account: Account, columns: Mapping[str, Any]) -> None:
    name = columns.get("alert_sender")
    if name is None:
        return
    sender = await find_sender(account.id, sender_key(name))
    if sender is None:
        raise NotFound(
            "This sender is not declared on the account.",
            code=ErrorCode.UNKNOWN_SENDER,
            field=("alertSender",),
        )
    if sender.status is not SenderStatus.ENABLED:
        raise Conflict(
            "This sender is not enabled.", code=ErrorCode.SENDER_NOT_ENABLED, field=("alertSender",)
        )
