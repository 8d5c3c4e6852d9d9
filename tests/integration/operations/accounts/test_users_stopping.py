"""Disabling and deleting API users: their messages, their quota, and the events."""

from server.errors import ErrorCode
from server.kit.clock import DAY_US
from server.operations.access.authentication import sign_in_user
from server.operations.accounts import users
from server.operations.core.services import Services
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.sending import send_message
from server.rules.credits.thresholds import AlertChannel
from server.rules.messages.batches import MAX_RECEIVERS
from server.store.models import (
    AccessToken,
    Account,
    AuditEntry,
    CallbackDelivery,
    LedgerEntry,
    LimitAlert,
    Message,
    User,
)
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import (
    NOT_BILLED,
    accepted,
    answer,
    claim,
    draft,
    numbers,
    receive,
    send,
    states,
)


async def test_disabling_a_user_cancels_its_unclaimed_messages(services: Services, world: World) -> None:
    """They are refunded to its quota; claimed ones, and those of others, run on."""
    account = await world.account()
    user, other = await world.user(account), await world.user(account, "other")
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=10_000
    )
    claimed = await send(services, world.as_user(user), account)
    await claim(services)
    queued = await send(services, world.as_user(user), account)
    others = [await send(services, by, account) for by in (world.as_user(other), world.holder)]
    disabled = await users.set_user_enabled(
        services, world.holder, account=account.name, login=user.login, enabled=False
    )
    assert (disabled.enabled, disabled.quota_left) == (False, 9_000)
    assert await states([claimed, queued, *others]) == ["claimed", "ended", "queued", "queued"]
    entry = await AuditEntry.get(action="setUserEnabled")
    assert entry.detail == '{"enabled":false,"cancelledMessages":1}'
    await check_books(account.id)


async def test_a_user_with_very_many_messages_can_be_stopped(services: Services, world: World) -> None:
    """More than a statement takes values: each is cancelled, refunded, and called back."""
    account = await world.account(credits=100_000_000)
    await Account.filter(id=account.id).update(callback_url="https://example.com/")
    user = world.as_user(await world.user(account))
    later_us = services.clock.now_us() + DAY_US
    given = draft(account, *numbers(MAX_RECEIVERS), deferred_until_us=later_us)
    for _ in range(33):
        await send_message(services, user, given, idempotency_key=None)
    await users.set_user_enabled(services, world.holder, account=account.name, login="script", enabled=False)
    assert await Message.filter(state="queued").count() == 0
    assert (await Account.get(id=account.id)).credits_left == 100_000_000
    assert await CallbackDelivery.all().count() == 33 * MAX_RECEIVERS


async def test_enabling_a_user_cancels_nothing(services: Services, world: World) -> None:
    """A user that is let act again keeps its messages."""
    account = await world.account()
    user = await world.user(account)
    number = await send(services, world.as_user(user), account)
    await users.set_user_enabled(services, world.holder, account=account.name, login=user.login, enabled=True)
    assert await states([number]) == ["queued"]
    assert (await User.get(id=user.id)).enabled


async def test_deleting_a_user_gives_everything_back(services: Services, world: World) -> None:
    """Unclaimed messages are refunded and the quota released; messages and ledger keep the login."""
    account = await world.account(credits=200_000)
    other, user = await world.user(account, "other"), await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=150_000
    )
    for sender in (other, user):
        await set_user_limit(
            services, world.holder, account=account.name, login=sender.login, enabled=True,
            threshold=1_000, channel=AlertChannel.MAIL, email="a@example.com",
        )  # fmt: skip
        await sign_in_user(
            services, account=account.name, login=sender.login, password=USER_PASSWORD, address=None
        )
    claimed = await send(services, world.as_user(user), account)
    taken = await claim(services)
    queued = await send(services, world.as_user(user), account)
    after, deleted = await users.delete_user(services, world.holder, account=account.name, login=user.login)
    assert (after.credits_left, deleted) == (199_000, user.id)
    gone = await User.get(id=user.id)
    assert (gone.deleted_at_us, gone.enabled) == (services.clock.now_us(), False)
    assert (gone.quota_on, gone.quota_left, gone.quota_assigned) == (False, 0, 0)
    assert not gone.limit_on
    other = await User.get(id=other.id)
    assert (other.deleted_at_us, other.enabled, other.limit_on) == (None, True, True)
    assert (await AccessToken.get(user_id=other.id)).revoked_at_us is None
    assert await states([claimed, queued]) == ["claimed", "ended"]
    assert (await Message.get(id=queued)).user_login == "script"
    assert (await LedgerEntry.filter(kind="QUOTA_RELEASED").get()).user_login == "script"
    assert (await AccessToken.get(user_id=user.id)).revoked_at_us is not None
    assert (await AuditEntry.get(action="deleteUser")).detail == '{"cancelledMessages":1}'
    await answer(services, taken, accepted("a"))
    await receive(services, ("a", NOT_BILLED))
    assert (await check_books(account.id)).credits_left == 200_000


async def test_a_login_used_again_is_a_new_user(services: Services, world: World) -> None:
    """The new user has nothing of the old one's, and the old one's refunds do not reach its quota."""
    account = await world.account()
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=5_000
    )
    await send(services, world.as_user(user), account)
    taken = await claim(services)
    await users.delete_user(services, world.holder, account=account.name, login=user.login)
    heir = await world.user(account, "SCRIPT")
    await set_user_quota(
        services, world.holder, account=account.name, login=heir.login, enabled=True, credits=1_000
    )
    await answer(services, taken, accepted("a"))
    await receive(services, ("a", NOT_BILLED))
    assert heir.id != user.id
    assert (await User.get(id=heir.id)).quota_left == 1_000
    assert await Message.filter(user_id=heir.id).count() == 0
    assert (await check_books(account.id)).credits_left == 199_000


async def test_deleting_a_user_fires_none_of_its_alerts(services: Services, world: World) -> None:
    """The credits that move at a deletion are no news about the user that goes away."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=10_000
    )
    await set_user_limit(
        services, world.holder, account=account.name, login=user.login, enabled=True,
        threshold=5_000, channel=AlertChannel.MAIL, email="a@example.com",
    )  # fmt: skip
    await users.delete_user(services, world.holder, account=account.name, login=user.login)
    assert await LimitAlert.all().count() == 0
    assert (await Account.get(id=account.id)).alert_sequence == 0


async def test_deleting_a_user_without_quota_moves_no_credits(services: Services, world: World) -> None:
    """There is nothing to release, and so no ledger entry."""
    account = await world.account()
    user = await world.user(account)
    await users.delete_user(services, world.holder, account=account.name, login=user.login)
    assert await LedgerEntry.filter(kind="QUOTA_RELEASED").count() == 0
    async with refused(ErrorCode.UNKNOWN_USER, "login"):
        await users.delete_user(services, world.holder, account=account.name, login=user.login)
