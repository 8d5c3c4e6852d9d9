"""Quotas: setting one moves credits."""

from server.models import Account, User
from server.operations.quotas import set_user_quota
from server.operations.services import Services
from tests.factories.world import World


async def test_the_guides_example_leaves_50_and_holds_150(services: Services, world: World) -> None:
    """Of 200 credits a quota of 150 leaves 50 to the account and holds 150."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=150_000
    )
    assert (await Account.get(id=account.id)).credits_left == 50_000
    assert (await User.get(id=user.id)).quota_left == 150_000
