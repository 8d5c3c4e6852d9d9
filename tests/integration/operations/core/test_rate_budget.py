"""Callers' budgets, on both databases, with one process and several."""

import asyncio
import logging
from dataclasses import replace

import pytest

from server.errors import Throttled
from server.kit.clock import ManualClock
from server.operations.core.rate_budget import MAX_LEASES, RateBudget
from server.operations.core.services import Services
from server.store.models import RateBucket

CAPACITY, PER_SECOND = 1_000, 10
SPENDER, OTHER = "holder:1", "holder:2"


@pytest.fixture
def services(services: Services) -> Services:
    """Services with small budgets."""
    policy = replace(services.policy, rate_capacity=CAPACITY, rate_per_second=PER_SECOND)
    return replace(services, policy=policy)


@pytest.fixture
def budget(services: Services) -> RateBudget:
    """The budgets as one process keeps them."""
    return RateBudget(services)


async def _wait(budget: RateBudget, points: int, key: str = SPENDER) -> int:
    """Return the wait of a charge in seconds."""
    with pytest.raises(Throttled) as caught:
        await budget.charge(key, points)
    return caught.value.retry_after


async def _spend_all(budget: RateBudget, *, each: int) -> int:
    """Charge until that is refused, and return how many points were spent."""
    spent = 0
    while True:
        try:
            await budget.charge(SPENDER, each)
        except Throttled:
            return spent
        spent += each


@pytest.mark.parametrize("each", [1, 7, 50, 333, 1_000])
async def test_all_of_the_budget_can_be_spent_and_no_more(budget: RateBudget, each: int) -> None:
    """However large the single charges are."""
    assert await _spend_all(budget, each=each) == CAPACITY // each * each
    assert budget.limit(SPENDER).available == CAPACITY % each


async def test_it_leaks(budget: RateBudget, clock: ManualClock) -> None:
    """A caller that has spent everything learns the wait, and is served exactly after it."""
    await budget.charge(SPENDER, CAPACITY)
    assert await _wait(budget, 25) == 3
    clock.advance(2.4)
    assert await _wait(budget, 25) == 1
    clock.advance(0.1)
    await budget.charge(SPENDER, 25)
    assert await _wait(budget, 1) == 1
    clock.advance(3_600)
    await budget.charge(SPENDER, CAPACITY)
    assert await _wait(budget, CAPACITY) == CAPACITY // PER_SECOND


async def test_what_is_available_is_told(budget: RateBudget, clock: ManualClock) -> None:
    """At first all, then what is left, then more as time passes, never more than there can be."""
    assert budget.limit(SPENDER).available == CAPACITY
    await budget.charge(SPENDER, 400)
    limit = budget.limit(SPENDER)
    assert (limit.capacity, limit.available, limit.per_second) == (CAPACITY, 600, PER_SECOND)
    clock.advance(10)
    assert budget.limit(SPENDER).available == 700
    clock.advance(1_000)
    assert budget.limit(SPENDER).available == CAPACITY


async def test_what_was_not_needed_is_given_back(budget: RateBudget) -> None:
    """It can be spent again at once; to somebody who was never charged, nothing is given."""
    await budget.charge(SPENDER, CAPACITY)
    budget.settle(SPENDER, 300)
    assert budget.limit(SPENDER).available == 300
    assert await _wait(budget, 301) == 1
    await budget.charge(SPENDER, 300)
    await _wait(budget, 1)
    budget.settle(OTHER, 10)
    assert budget.limit(OTHER).available == CAPACITY
    assert await RateBucket.filter(key=OTHER).count() == 0


async def test_each_has_a_budget_of_its_own(budget: RateBudget) -> None:
    """One who has spent all holds back nobody else."""
    await budget.charge(SPENDER, CAPACITY)
    await _wait(budget, 1)
    await budget.charge(OTHER, CAPACITY)


async def test_processes_share_a_budget(services: Services) -> None:
    """Two processes on one database give a caller together no more than one would."""
    first, second = RateBudget(services), RateBudget(services)
    spent = 0
    refused = 0
    while refused < 2:
        refused = 0
        for budget in (first, second):
            try:
                await budget.charge(SPENDER, 30)
                spent += 30
            except Throttled:
                refused += 1
    assert CAPACITY - 2 * 30 < spent <= CAPACITY
    assert await _wait(RateBudget(services), 30) > 0


async def test_a_process_that_dies_takes_little_with_it(services: Services, clock: ManualClock) -> None:
    """What it had drawn leaks out again, and the rest is there for its successor at once."""
    await RateBudget(services).charge(SPENDER, 1)
    successor = RateBudget(services)
    assert await _spend_all(successor, each=10) == CAPACITY - CAPACITY // 20
    clock.advance(CAPACITY / PER_SECOND)
    assert await _spend_all(successor, each=10) == CAPACITY


async def test_requests_that_come_together_do_not_empty_the_budget(budget: RateBudget) -> None:
    """A hundred small charges at once are served, and cost no more than one after the other."""
    await asyncio.gather(*(budget.charge(SPENDER, 1) for _ in range(100)))
    assert budget.limit(SPENDER).available == CAPACITY - 100
    assert (await RateBucket.get(key=SPENDER)).level == 100


async def test_charges_at_once_spend_no_more_than_there_is(budget: RateBudget) -> None:
    """Of two hundred that want it all, as many are served as there is for."""
    outcomes = await asyncio.gather(*(budget.charge(SPENDER, 30) for _ in range(50)), return_exceptions=True)
    assert outcomes.count(None) == CAPACITY // 30
    assert all(outcome is None or isinstance(outcome, Throttled) for outcome in outcomes)


async def test_a_refused_charge_costs_nothing(budget: RateBudget) -> None:
    """Who asks for too much may still ask for less."""
    await budget.charge(SPENDER, 990)
    await _wait(budget, 20)
    await budget.charge(SPENDER, 10)


async def test_the_callers_kept_have_a_bound(budget: RateBudget, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with every address; a forgotten caller continues with its old budget."""
    assert MAX_LEASES <= 10_000
    monkeypatch.setattr("server.operations.core.rate_budget.MAX_LEASES", 3)
    await budget.charge(SPENDER, CAPACITY)
    for number in range(3):
        await budget.charge(f"address:{number}", 1)
    assert len(budget._leases) == 3
    assert await _wait(budget, 1) == 1


async def test_a_first_charge_beyond_the_whole_budget_is_refused(budget: RateBudget) -> None:
    """It is no way round the bound, and leaves nothing behind: what fits is served afterwards."""
    assert await _wait(budget, CAPACITY + 5) == 1
    assert await RateBucket.all().count() == 0
    await budget.charge(SPENDER, CAPACITY)


async def test_what_is_owed_is_paid_with_the_next_charge(budget: RateBudget, clock: ManualClock) -> None:
    """Who took more than was charged has that much less; nobody owes more than all, and time pays for it."""
    await budget.charge(SPENDER, 1)
    budget.settle(SPENDER, -600)
    assert budget.limit(SPENDER).available == CAPACITY - 601
    assert await _wait(budget, 500) == 11
    await budget.charge(SPENDER, 399)
    budget.settle(SPENDER, -10 * CAPACITY)
    assert budget.limit(SPENDER).available == 0
    assert await _wait(budget, 1) > 0
    clock.advance(CAPACITY / PER_SECOND)
    assert await _wait(budget, 10) == 1
    clock.advance(1)
    await budget.charge(SPENDER, 10)


async def test_who_has_spent_all_is_refused_without_a_statement(
    budget: RateBudget, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The bucket's last known level is enough until it has leaked."""
    await budget.charge(SPENDER, CAPACITY)
    await _wait(budget, 1)
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    caplog.clear()
    assert [await _wait(budget, points) for points in (1, 50, 500)] == [1, 5, 50]
    assert not [record for record in caplog.records if record.name == "tortoise.db_client"]
    clock.advance(5)
    await budget.charge(SPENDER, 50)
