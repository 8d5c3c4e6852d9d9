"""Several accounts: what happens in one does not affect another."""

from server.operations.core.services import Services
from server.operations.credits.limits import set_user_limit
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, LimitAlert, User
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import accepted, answer, claim, send


async def test_one_accounts_movements_leave_anothers_alone(services: Services, world: World) -> None:
    """Its alert is its own: another's limits, balances and logs are as they were, to the last number."""
    poor, rich = await world.account("sms-poor-1", credits=6_000), await world.account("sms-rich-1")
    users = [await world.user(account) for account in (poor, rich)]
    for account, threshold in ((poor, 5_000), (rich, 50_000)):
        await set_user_limit(
            services,
            world.holder,
            account=account.name,
            login="script",
            enabled=True,
            threshold=threshold,
            channel=AlertChannel.MAIL,
            email="alerts@example.com",
        )
    before = await Account.filter(id=rich.id).values()
    await send(services, world.as_user(users[0]), poor)
    await answer(services, await claim(services), accepted("a"))
    assert await Account.filter(id=rich.id).values() == before
    assert (await User.get(id=users[1].id)).limit_armed
    [alert] = await LimitAlert.all()
    assert (alert.account_id, alert.user_id, alert.sequence) == (poor.id, users[0].id, 1)
    assert (await Account.get(id=poor.id)).event_sequence == 2
