"""Rotating the key that signs callbacks, and testing a callback URL."""

import secrets
from dataclasses import dataclass

from server.bus.bus import Queue
from server.errors import Conflict, ErrorCode
from server.kit.signing import show_key
from server.operations.audit import trail
from server.operations.callbacks.outbox import targets_of, urls_of
from server.operations.core.outreach import charge
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_user, lock_account
from server.rules.callbacks.callbacks import status_query, stop_query
from server.rules.core.outreach import test_callback_charges
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, CallbackDelivery, CallbackKind, User
from server.store.writing import add, update

TEST_NUMBER = 0
TEST_SENDER = "+33639980000"  # from a range kept free for films and examples
TEST_TEXT = "STOP"


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """The owner of a rotated key, and the new key, shown only here."""

    owner: Account | User
    secret: str


async def rotate_callback_key(
    services: Services, principal: Principal, *, account: str, login: str | None
) -> RotatedKey:
    """Give a user, or without a login the account itself, a new key to sign its callbacks.

    For a while (a setting) the old key signs too, so that endpoints can change over.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    principal.require(Scope.MANAGE)
    principal.require_to_give({Scope.READ})

    async def work() -> RotatedKey:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login) if login is not None else None
        owner = locked if user is None else user
        owner.callback_key_version += 1
        owner.callback_key_rotated_at_us = now_us
        await update([owner], ["callback_key_version", "callback_key_rotated_at_us"])
        await trail.record(
            principal,
            "rotateCallbackKey",
            locked.name if user is None else user.login,
            at_us=now_us,
            account=locked,
            detail={"version": owner.callback_key_version},
        )
        key = services.signing_keys.key(locked.id, user.id if user else None, owner.callback_key_version)
        return RotatedKey(owner, show_key(key))

    return await services.transactions.run(work)


async def send_test_callback(
    services: Services, principal: Principal, *, account: str, login: str | None, stop: bool
) -> CallbackDelivery:
    """Send a test callback to the URL of a user, or without a login of the account.

    It reads like a callback about a delivered message number 0, or with `stop` like one about a STOP.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        Conflict: NO_CALLBACK_URL, CALLBACK_DISABLED.
        RateLimited: too many test callbacks were recently sent by the account or to that host.
    """
    principal.require(Scope.MANAGE)

    async def work() -> CallbackDelivery:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login) if login is not None else None
        kind = CallbackKind.STOP if stop else CallbackKind.STATUS
        user_id = user.id if user else None
        url = (await urls_of(locked, kind, [user_id]))[user_id]
        if url is None:
            raise Conflict(
                "There is no URL to call.",
                code=ErrorCode.NO_CALLBACK_URL,
                field=("login" if user else "account",),
            )
        target = (await targets_of(locked, [url]))[url]
        if target.disabled_at_us is not None:
            raise Conflict(
                "The URL is disabled; set it again first.",
                code=ErrorCode.CALLBACK_DISABLED,
                field=("login" if user else "account",),
            )
        await charge(test_callback_charges(locked.id, target.host), now_us=now_us, what="test callbacks")
        delivery = await add(
            CallbackDelivery(
                account_id=locked.id,
                user_id=user_id,
                target_id=target.id,
                kind=CallbackKind.TEST,
                webhook_id=f"test_{secrets.token_hex(16)}",
                query=_test_query(stop=stop, at_us=now_us),
                due_at_us=now_us,
                created_at_us=now_us,
            )
        )
        await trail.record(
            principal,
            "sendTestCallback",
            locked.name if user is None else user.login,
            at_us=now_us,
            account=locked,
        )
        wake(Queue.CALLBACKS)
        return delivery

    return await services.transactions.run(work)


def _test_query(*, stop: bool, at_us: int) -> str:
    if stop:
        return stop_query(number=TEST_NUMBER, sender=TEST_SENDER, text=TEST_TEXT, at_us=at_us)
    return status_query(number=TEST_NUMBER, status=DeliveryStatus.SUCCESS, ptt=4, at_us=at_us)
