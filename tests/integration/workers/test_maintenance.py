"""The worker's housekeeping: a purge every hour, and nothing in between."""

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.store.models import Throttle
from server.workers.maintenance import Housekeeper
from tests.factories.accounts.accounts import World


async def _stale(services: Services) -> None:
    await Throttle.create(
        key=f"login:{services.clock.now_us()}", failures=1, blocked_until_us=0, updated_at_us=0
    )


async def test_it_purges_once_an_hour(services: Services, world: World, clock: ManualClock) -> None:
    """The first time within an hour of its start; then an hour later, however often it is asked."""
    del world
    housekeeper = Housekeeper(services)
    clock.advance(3_600)
    await _stale(services)
    assert not await housekeeper.step()
    assert await Throttle.all().count() == 0
    await _stale(services)
    clock.advance(3_599)
    await housekeeper.step()
    assert await Throttle.all().count() == 1
    clock.advance(1)
    await housekeeper.step()
    assert await Throttle.all().count() == 0


async def test_several_do_no_harm(services: Services, world: World, clock: ManualClock) -> None:
    """Each finds what the others have left."""
    del world
    housekeepers = [Housekeeper(services) for _ in range(3)]
    clock.advance(3_600)
    await _stale(services)
    for housekeeper in housekeepers:
        await housekeeper.step()
    assert await Throttle.all().count() == 0
