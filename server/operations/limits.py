"""A user's limit: setting it, and noticing that the credits left to the user fall to it."""

from collections.abc import Iterable
from typing import Any

from tortoise.expressions import F, Q

from server.errors import ErrorCode, InvalidInput, about
from server.kit.credits import format_credits
from server.kit.email_address import parse_email
from server.kit.phone_number import parse_phone_number
from server.models import Account, LimitAlert, User
from server.operations import audit
from server.operations.principals import Principal, Scope
from server.operations.scope import find_user, lock_account
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.thresholds import AlertChannel, Limit, check_threshold, evaluate, initial_armed


async def evaluate_limits(account: Account, quota_user_ids: Iterable[int], *, at_us: int) -> None:
    """Arm or fire each limit that movements of this locked account may have touched.

    Without a quota a user's remaining credits are the account's, so a movement of the account
    touches all of those users at once; `quota_user_ids` are the users whose own quotas moved.
    """
    touched = Q(quota_on=False) | Q(id__in=list(quota_user_ids))
    alerts = []
    for candidate in await User.filter(touched, account_id=account.id, deleted_at_us=None, limit_on=True):
        remaining = candidate.quota_left if candidate.quota_on else account.credits_left
        outcome = evaluate(_limit(candidate), remaining)
        if outcome.armed == candidate.limit_armed:
            continue
        candidate.limit_armed = outcome.armed
        if outcome.fires:
            candidate.last_alert_at_us = at_us
            alerts.append(_alert(account, candidate, remaining, at_us))
        await candidate.save(update_fields=["limit_armed", "last_alert_at_us"])
    for alert in alerts:
        account.alert_sequence += 1
        alert.sequence = account.alert_sequence
        await alert.save()
    if alerts:
        await Account.filter(id=account.id).update(alert_sequence=F("alert_sequence") + len(alerts))


def _limit(user: User) -> Limit:
    return Limit(enabled=user.limit_on, threshold_m=user.limit_threshold or 0, armed=user.limit_armed)


def _alert(account: Account, user: User, remaining: int, at_us: int) -> LimitAlert:
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
    """Turn a user's limit on, with its threshold (millicredits) and where its alerts go, or off.

    A limit set while the credits left are at or below it starts disarmed: the next alert comes once
    they have been above it. Turning a limit off keeps nothing of it.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_THRESHOLD (under 1 credit), INVALID_EMAIL, INVALID_PHONE_NUMBER, or
            something that the channel needs is missing.
    """
    principal.require(Scope.MANAGE)
    changes = _check_limit(
        enabled=enabled, threshold=threshold, channel=channel, email=email, phone_number=phone_number
    )

    async def work(_: Transaction) -> User:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login)
        remaining = user.quota_left if user.quota_on else locked.credits_left
        user.update_from_dict(changes)
        user.limit_armed = not enabled or initial_armed(user.limit_threshold or 0, remaining)
        await user.save(update_fields=[*changes, "limit_armed"])
        await audit.record(
            principal,
            "setUserLimit",
            user.login,
            at_us=services.clock.now_us(),
            account=locked,
            detail={
                "enabled": enabled,
                "threshold": None if threshold is None else format_credits(threshold),
                "channel": channel,
            },
        )
        return user

    return await services.transactions.run(work)


def _check_limit(
    *,
    enabled: bool,
    threshold: int | None,
    channel: AlertChannel | None,
    email: str | None,
    phone_number: str | None,
) -> dict[str, Any]:
    if not enabled:
        given = {"threshold": threshold, "channel": channel, "email": email, "phoneNumber": phone_number}
        for field, value in given.items():
            if value is not None:
                raise InvalidInput("A limit that is turned off takes no settings.", field=(field,))
        return {
            "limit_on": False,
            "limit_threshold": None,
            "limit_channel": None,
            "limit_email": None,
            "limit_phone_number": None,
        }
    with about("threshold"):
        check_threshold(threshold or 0)
    if channel is None:
        raise InvalidInput("A limit needs a channel: MAIL, SMS or BOTH.", field=("channel",))
    wants_mail, wants_sms = channel is not AlertChannel.SMS, channel is not AlertChannel.MAIL
    return {
        "limit_on": True,
        "limit_threshold": threshold,
        "limit_channel": channel,
        "limit_email": _parse_email(email, needed=wants_mail),
        "limit_phone_number": _parse_number(phone_number, needed=wants_sms),
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
