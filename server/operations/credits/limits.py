"""The limits of users and accounts: setting them, and noticing when the credits fall to one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.errors import ErrorCode, InvalidInput, about
from server.kit.credits import format_credits
from server.kit.email_address import parse_email
from server.kit.phone_number import parse_phone_number
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import find_user, lock_account
from server.operations.notifications.confirmations import ask_whoever_is_new
from server.operations.notifications.outbox import tell_of_alerts
from server.rules.credits.thresholds import AlertChannel, Limit, check_threshold, evaluate, initial_armed
from server.store.models import Account, LedgerEntry, LimitAlert, User
from server.store.queries.credits import draw_alert_numbers, limited_users
from server.store.writing import add, update


async def evaluate_limits(
    account: Account, entries: Sequence[LedgerEntry], quota_user_ids: Iterable[int], *, at_us: int
) -> None:
    """Arm or fire each limit that movements of this locked account may affect, entry by entry.

    Without a quota a user's remaining credits are the account's, so a movement of the account affects all
    those users at once; `quota_user_ids` are the users whose own quotas moved. The account has its own limit
    on the same credits. Each alert is written together with its mails and SMS. Without an entry (a quota is
    only switched), the credits left now count.
    """
    of_account = [entry.account_balance for entry in entries] or [account.credits_left]
    of_quotas: defaultdict[int | None, list[int]] = defaultdict(list)
    for entry in entries:
        if entry.quota_balance is not None:
            of_quotas[entry.user_id].append(entry.quota_balance)
    alerts = []
    for candidate in await limited_users(account.id, list(quota_user_ids)):
        of_quota = of_quotas[candidate.id] or [candidate.quota_left]
        outcome = evaluate(_user_limit(candidate), of_quota if candidate.quota_on else of_account)
        if not outcome.falls and outcome.armed == candidate.limit_armed:
            continue
        candidate.limit_armed = outcome.armed
        if outcome.falls:
            candidate.last_alert_at_us = at_us
            alerts += [_user_alert(account, candidate, remaining, at_us) for remaining in outcome.falls]
        await update([candidate], ["limit_armed", "last_alert_at_us"])
    outcome = evaluate(_account_limit(account), of_account)
    if outcome.falls or outcome.armed != account.alert_armed:
        account.alert_armed = outcome.armed
        if outcome.falls:
            account.last_alert_at_us = at_us
            alerts += [_account_alert(account, remaining, at_us) for remaining in outcome.falls]
        await update([account], ["alert_armed", "last_alert_at_us"])
    await _raise(account, alerts, at_us)


async def _raise(account: Account, alerts: Sequence[LimitAlert], at_us: int) -> None:
    """Number the alerts, and write them with their mails and SMS."""
    for alert in alerts:
        account.alert_sequence += 1
        alert.sequence = account.alert_sequence
        await add(alert)
    if alerts:
        await tell_of_alerts(account, alerts, at_us=at_us)
        await draw_alert_numbers(account.id, len(alerts))


def _user_limit(user: User) -> Limit:
    return Limit(enabled=user.limit_on, threshold_mc=user.limit_threshold or 0, armed=user.limit_armed)


def _account_limit(account: Account) -> Limit:
    return Limit(
        enabled=account.alert_on, threshold_mc=account.alert_threshold or 0, armed=account.alert_armed
    )


def _user_alert(account: Account, user: User, remaining: int, at_us: int) -> LimitAlert:
    return LimitAlert(
        account_id=account.id,
        user_id=user.id,
        user_login=user.login,
        remaining=remaining,
        threshold=user.limit_threshold,
        channel=user.limit_channel,
        email=user.limit_email,
        phone_number=user.limit_phone_number,
        at_us=at_us,
    )


def _account_alert(account: Account, remaining: int, at_us: int) -> LimitAlert:
    return LimitAlert(
        account_id=account.id,
        remaining=remaining,
        threshold=account.alert_threshold,
        channel=account.alert_channel,
        email=account.alert_email,
        phone_number=account.alert_phone_number,
        at_us=at_us,
    )


async def set_user_limit(
    services: Services,
    principal: Principal,
    *,
    account: str,
    login: str,
    enabled: bool,
    threshold: int | None = None,
    channel: AlertChannel | None = None,
    email: str | None = None,
    phone_number: str | None = None,
) -> User:
    """Turn a user's limit on, with its threshold (millicredits) and the contacts for its alerts, or off.

    A contact is asked first, unless it is the holder's own address: an address or a number that has not said
    yes gets nothing else. A limit that is set while the credits are at or below it starts disarmed: the next
    alert comes after they have been above it. Turning a limit off deletes its settings.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_THRESHOLD (under 1 credit), INVALID_EMAIL, INVALID_PHONE_NUMBER, or a contact
            that the channel needs is missing.
        Conflict: CONTACT_REFUSED, the contact wants no alerts of this account.
        RateLimited: too many addresses and numbers were asked recently.
    """
    principal.require(Scope.MANAGE)
    if enabled:
        principal.require_to_give(_told_by(channel))
    limit = _check_limit(
        enabled=enabled, threshold=threshold, channel=channel, email=email, phone_number=phone_number
    )
    changes = {f"limit_{name}": value for name, value in limit.items()}

    async def work() -> User:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login)
        remaining = user.quota_left if user.quota_on else locked.credits_left
        before = {name: getattr(user, f"limit_{name}") for name in limit}
        user.update_from_dict(changes)
        user.limit_armed = not enabled or initial_armed(user.limit_threshold or 0, remaining)
        await update([user], [*changes, "limit_armed"])
        await _ask(services, locked, limit)
        await _audit(services, principal, "setUserLimit", user.login, locked, limit, before)
        return user

    return await services.transactions.run(work)


async def set_account_limit(
    services: Services,
    principal: Principal,
    *,
    account: str,
    enabled: bool,
    threshold: int | None = None,
    channel: AlertChannel | None = None,
    email: str | None = None,
    phone_number: str | None = None,
) -> Account:
    """Turn the limit on an account's own credits on or off, as `set_user_limit` does for a user.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: as `set_user_limit`.
    """
    principal.require(Scope.MANAGE)
    if enabled:
        principal.require_to_give(_told_by(channel))
    limit = _check_limit(
        enabled=enabled, threshold=threshold, channel=channel, email=email, phone_number=phone_number
    )
    changes = {f"alert_{name}": value for name, value in limit.items()}

    async def work() -> Account:
        locked = await lock_account(principal, account)
        before = {name: getattr(locked, f"alert_{name}") for name in limit}
        locked.update_from_dict(changes)
        locked.alert_armed = not enabled or initial_armed(locked.alert_threshold or 0, locked.credits_left)
        await update([locked], [*changes, "alert_armed"])
        await _ask(services, locked, limit)
        await _audit(services, principal, "setAccountLimit", locked.name, locked, limit, before)
        return locked

    return await services.transactions.run(work)


async def _ask(services: Services, account: Account, limit: Mapping[str, Any]) -> None:
    await ask_whoever_is_new(
        account,
        email=limit["email"],
        phone_number=limit["phone_number"],
        now_us=services.clock.now_us(),
    )


def _told_by(channel: AlertChannel | None) -> set[Scope]:
    """Return the rights that alerts need: they show what is left, and an SMS costs the account credits."""
    return {Scope.READ} if channel is AlertChannel.MAIL else {Scope.READ, Scope.SEND}


async def _audit(
    services: Services,
    principal: Principal,
    action: str,
    subject: str,
    account: Account,
    limit: Mapping[str, Any],
    before: Mapping[str, Any],
) -> None:
    await trail.record(
        principal,
        action,
        subject,
        at_us=services.clock.now_us(),
        account=account,
        detail=_as_input(limit),
        before=_as_input(before),
    )


def _as_input(limit: Mapping[str, Any]) -> dict[str, object]:
    threshold = limit["threshold"]
    return {
        "enabled": limit["on"],
        "threshold": None if threshold is None else format_credits(threshold),
        "channel": limit["channel"],
        "email": limit["email"],
        "phoneNumber": limit["phone_number"],
    }


def _check_limit(
    *,
    enabled: bool,
    threshold: int | None,
    channel: AlertChannel | None,
    email: str | None,
    phone_number: str | None,
) -> dict[str, Any]:
    """Check a limit, and return its columns without their prefix."""
    if not enabled:
        settings = {"threshold": threshold, "channel": channel, "email": email, "phoneNumber": phone_number}
        for field, value in settings.items():
            if value is not None:
                raise InvalidInput("A limit that is off has no settings.", field=(field,))
        return {
            "on": False,
            "threshold": None,
            "channel": None,
            "email": None,
            "phone_number": None,
        }
    with about("threshold"):
        check_threshold(threshold or 0)
    if channel is None:
        raise InvalidInput("A limit needs a channel: MAIL, SMS or BOTH.", field=("channel",))
    wants_mail, wants_sms = channel is not AlertChannel.SMS, channel is not AlertChannel.MAIL
    return {
        "on": True,
        "threshold": threshold,
        "channel": channel,
        "email": _parse_email(email, needed=wants_mail),
        "phone_number": _parse_number(phone_number, needed=wants_sms),
    }


def _parse_email(email: str | None, *, needed: bool) -> str | None:
    if email is None:
        if needed:
            raise InvalidInput(
                "This channel needs an e-mail address.", code=ErrorCode.INVALID_EMAIL, field=("email",)
            )
        return None
    with about("email"):
        return parse_email(email)


def _parse_number(number: str | None, *, needed: bool) -> str | None:
    if number is None:
        if needed:
            raise InvalidInput(
                "This channel needs a phone number.",
                code=ErrorCode.INVALID_PHONE_NUMBER,
                field=("phoneNumber",),
            )
        return None
    with about("phoneNumber"):
        return parse_phone_number(number).e164
