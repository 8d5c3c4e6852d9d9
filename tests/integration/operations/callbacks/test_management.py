"""Rotating keys, and testing URLs."""

import base64

import pytest

from server.errors import ErrorCode, Forbidden, NotFound
from server.operations.accounts.accounts import update_account
from server.operations.accounts.user_settings import set_user_callback
from server.operations.callbacks.management import rotate_callback_key, send_test_callback
from server.operations.core.services import Services
from server.store.models import AuditEntry, CallbackDelivery
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    call_all,
    call_due,
    listening_user,
    said,
)
from tests.factories.core.refusals import refused


async def test_each_rotation_gives_another_secret(services: Services, world: World) -> None:
    """It is the key in base64 after its prefix, shown only once, and not in the audit trail."""
    account = await world.account()
    user = await world.user(account)
    secrets = []
    for login in (None, user.login, None, user.login):
        rotated = await rotate_callback_key(services, world.holder, account=account.name, login=login)
        secrets.append(rotated.secret)
        key = services.signing_keys.key(
            account.id, None if login is None else user.id, rotated.owner.callback_key_version
        )
        assert base64.b64decode(rotated.secret.removeprefix("whsec_")) == key
        assert rotated.owner.callback_key_rotated_at_us == services.clock.now_us()
    assert len(set(secrets)) == 4
    entries = await AuditEntry.filter(action="rotateCallbackKey").order_by("id")
    assert [entry.subject for entry in entries] == [account.name, user.login] * 2
    assert not any(secret in entry.detail for entry in entries for secret in secrets)


async def test_a_test_says_what_a_callback_would(services: Services, world: World) -> None:
    """A delivered message number 0, or a STOP; by the user's URL or else the account's."""
    account = await world.account()
    user = await listening_user(services, world, account)
    changes = {"callback_url": OTHER_HOOK, "stop_callback_url": f"{OTHER_HOOK}/stop"}
    await update_account(services, world.holder, account=account.name, changes=changes)  # type: ignore[arg-type]
    for login, stop in ((user.login, False), (None, False), (user.login, True)):
        row = await send_test_callback(services, world.holder, account=account.name, login=login, stop=stop)
        assert (row.kind, row.state, row.message_id) == ("test", "waiting", None)
    own, of_account, stop_call = sorted(await call_all(services), key=lambda call: call.delivery_id)
    assert own.url.startswith(f"{HOOK}?id=0&ptt=4&")
    assert of_account.url.startswith(f"{OTHER_HOOK}?id=0&ptt=4&")
    assert stop_call.url.startswith(f"{OTHER_HOOK}/stop?id=0&senderid=")
    assert said(stop_call)["message"] == "STOP"
    assert len({call.headers["webhook-id"] for call in (own, of_account, stop_call)}) == 3


async def test_what_can_not_be_called_is_not_tested(services: Services, world: World) -> None:
    """No URL, or one that is disabled."""
    account = await world.account()
    user = await world.user(account)
    for login, field in ((user.login, "login"), (None, "account")):
        async with refused(ErrorCode.NO_CALLBACK_URL, field):
            await send_test_callback(services, world.holder, account=account.name, login=login, stop=False)
    await set_user_callback(
        services, world.holder, account=account.name, login=user.login, url=HOOK, stop_url=None
    )
    await send_test_callback(services, world.holder, account=account.name, login=user.login, stop=False)
    await call_due(services, GONE)
    async with refused(ErrorCode.CALLBACK_DISABLED, "login"):
        await send_test_callback(services, world.holder, account=account.name, login=user.login, stop=False)
    assert await CallbackDelivery.all().count() == 1
    assert await call_due(services, OK) == []


async def test_they_are_the_holders_to_do(services: Services, world: World) -> None:
    """Neither an API user's nor a stranger's."""
    account = await world.account()
    user = await listening_user(services, world, account)
    given = {"account": account.name, "login": user.login}
    with pytest.raises(Forbidden):
        await rotate_callback_key(services, world.as_user(user), **given)
    with pytest.raises(Forbidden):
        await send_test_callback(services, world.as_user(user), **given, stop=False)
    with pytest.raises(NotFound):
        await rotate_callback_key(services, world.neighbour, **given)
    with pytest.raises(NotFound):
        await send_test_callback(services, world.neighbour, **given, stop=False)
