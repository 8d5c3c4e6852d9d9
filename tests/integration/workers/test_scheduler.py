"""The worker's check for overdue messages."""

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.workers.scheduler import Scheduler
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import accepted, answer, claim, numbers, send, status

THREE_DAYS = 3 * 86_400


async def test_what_is_overdue_is_ended_and_then_looked_for_every_ten_seconds(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It says whether there was anything, so that a backlog is worked off without a pause."""
    scheduler = Scheduler(services)
    account = await world.account()
    first = await send(services, world.holder, account, *numbers(2))
    await answer(services, await claim(services), accepted("a"), accepted("b"))
    clock.advance(THREE_DAYS - 5)
    assert not await scheduler.step()
    clock.advance(5)
    assert not await scheduler.step()
    assert await status(first) == (4, 3)
    clock.advance(5)
    assert await scheduler.step()
    assert await status(first) == (2, 6)
    assert not await scheduler.step()
