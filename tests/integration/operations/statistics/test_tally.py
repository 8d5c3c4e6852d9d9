"""Messages are counted in the transaction that accepts or ends them."""

import pytest

from server.errors import Unfunded
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import BUFFERED, DELIVERED, numbers, receive, send, submit_all
from tests.factories.statistics.recount import check_statistics


async def test_what_is_refused_is_not_counted(services: Services, world: World) -> None:
    """Of an account without the credits nothing is sent, and nothing counted."""
    account = await world.account(credits=1_000)
    with pytest.raises(Unfunded):
        await send(services, world.holder, account, *numbers(2))
    await check_statistics(account.id, [])


async def test_receipts_that_say_the_same_count_once(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A message ends once, in the slot of its acceptance, however late and however often it is told."""
    account = await world.account()
    user = await world.user(account)
    message = await send(services, world.as_user(user), account)
    await submit_all(services)
    clock.advance(86_400)
    for state in (BUFFERED, DELIVERED, DELIVERED, BUFFERED):
        await receive(services, (f"{message}-0", state))
    await check_statistics(account.id, await Message.filter(account_id=account.id))
