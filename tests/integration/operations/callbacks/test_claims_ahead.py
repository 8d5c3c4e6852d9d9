"""Claiming callbacks ahead of their calls, and giving back those that did not begin."""

from collections import Counter
from dataclasses import replace
from typing import Any

from server.kit.clock import ManualClock
from server.operations.callbacks.claims import AHEAD, BEGIN_WITHIN_US, claim_calls, give_back
from server.operations.core.services import Services
from server.store.models import CallbackDelivery
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    call_due,
    many,
    settle,
)


async def _many(services: Services, world: World, count: int, login: str = "script", url: str = HOOK) -> None:
    """Write this many callbacks of a new account."""
    await many(services, world, await world.account(f"sms-{login}-1"), count, login=login, url=url)


async def test_more_is_claimed_of_a_host_that_is_quick(services: Services, world: World) -> None:
    """It takes no more of the room of the others than one that is not, and nothing more while it has some left."""
    policy = replace(services.policy, callback_parallel=6, callback_parallel_per_host=4)
    services = replace(services, policy=policy)
    await _many(services, world, 50)
    await _many(services, world, 2, "two", OTHER_HOOK)
    calls = await claim_calls(services, under_way=(), quick={"shop.example"})
    assert Counter(call.host for call in calls) == {"shop.example": 4 * AHEAD, "other.example": 2}
    assert {call.begin_by_us for call in calls} == {services.clock.now_us() + BEGIN_WITHIN_US}
    under_way, ahead = calls[:2], calls[2:32]
    for busy, left, more in (
        (under_way + ahead[:2], (), 0),
        (under_way, ahead[:2], 0),
        (under_way, ahead[:1], 18),
    ):
        claimed = await claim_calls(services, under_way=busy, ahead=left, quick={"shop.example"})
        assert [call.host for call in claimed].count("shop.example") == more


async def test_nothing_is_claimed_ahead_of_a_target_that_was_out_of_reach(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is asked once first, however quickly another of its host answers."""
    await _many(services, world, 20)
    await call_due(services, TIMED_OUT)
    clock.advance(3_600)
    await _many(services, world, 20, "two", f"{HOOK}/other")
    calls = await claim_calls(services, under_way=(), quick={"shop.example"})
    assert sorted(Counter(call.target_id for call in calls).values()) == [1, 20]


async def test_what_is_given_back_is_due_at_once(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is anybody's again, as if nobody had claimed it; of several claims, and nothing of any other."""
    await _many(services, world, 12)
    await call_due(services, BROKEN)
    clock.advance(10)
    first = await claim_calls(services, under_way=())
    second = await claim_calls(services, under_way=first[:4])
    assert (len(first), len(second)) == (8, 4)
    before = await _rows()
    given_back = [*first[:2], *second[:1]]
    clock.advance(1)
    await give_back(services, given_back)
    after = await _rows()
    for id, row in before.items():
        is_back = id in {call.delivery_id for call in given_back}
        changes = {"claim_id": None, "due_at_us": clock.now_us()} if is_back else {}
        assert after[id] == {**row, **changes}
    again = await claim_calls(services, under_way=())
    assert {call.delivery_id for call in again} == {call.delivery_id for call in given_back}


async def test_what_is_anothers_by_now_or_has_ended_is_not_given_back(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A worker that was held up past its lease takes nothing from the one that has it now."""
    await _many(services, world, 3)
    late = await claim_calls(services, under_way=())
    clock.advance(services.policy.claim_lease_seconds)
    anothers = await claim_calls(services, under_way=())
    assert len(anothers) == 3
    before = await _rows()
    await give_back(services, late)
    assert await _rows() == before
    await settle(services, anothers[:2], OK, GONE)
    before = await _rows()
    assert [row["state"] for row in before.values()] == ["delivered", "failed", "failed"]
    await give_back(services, anothers)
    await give_back(services, [])
    assert await _rows() == before


async def _rows() -> dict[int, dict[str, Any]]:
    """Return all callbacks by id, as they are stored."""
    return {int(row["id"]): row for row in await CallbackDelivery.all().order_by("id").values()}
