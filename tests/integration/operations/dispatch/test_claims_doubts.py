"""Messages with unknown outcome that go alone: left out of batches, and claimed one by one."""

import pytest

from server.gateways.protocol import Lane, Submitted, TryLater, Unknown
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.claims import Claim, claim_due
from server.rules.dispatch.routing import Criterion
from server.store.models import Message
from server.store.queries.dispatch.claims import Doubts
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import accepted, answer, numbers, send, states, status


async def _claim(services: Services, doubts: Doubts, *, lane: Lane | None = None, limit: int = 200) -> Claim:
    return await claim_due(services, limit=limit, lane=lane, doubts=doubts)


async def test_what_a_dead_worker_had_is_queued_as_doubtful_and_claimed_alone(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is in no batch with others; each time counts."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await _claim(services, Doubts.LEFT_OUT)
    clock.advance(services.policy.claim_lease_seconds)
    later = await send(services, world.holder, account)
    batch = await _claim(services, Doubts.LEFT_OUT)
    assert [submission.message_id for submission in batch.submissions] == [later]
    assert await states([number]) == ["queued"]
    message = await Message.get(id=number)
    assert (message.outcome_unknown, message.times_unknown, message.due_at_us) == (True, 1, clock.now_us())
    assert (await _claim(services, Doubts.LEFT_OUT)).account_ids == {}
    alone = await _claim(services, Doubts.ALONE, limit=1)
    assert [(submission.message_id, submission.times_unknown) for submission in alone.submissions] == [
        (number, 1)
    ]
    await answer(services, alone, accepted("a"))
    assert await status(number) == (4, 3)
    await check_books(account.id)


@pytest.mark.parametrize(("of_lane", "tries"), [(None, 3), (0, 1), (4, 5)])
async def test_what_keeps_being_unknown_ends_as_often_as_the_lane_has_it(
    services: Services, world: World, clock: ManualClock, of_lane: int | None, tries: int
) -> None:
    """Whether a worker died with it or no answer came, in turn."""
    account = await world.account()
    number = await send(services, world.holder, account)
    lane = Lane(capacity=10, singly=True, max_resends=of_lane)
    handed_over = 0
    while (await status(number))[0] == 0:
        for doubts in (Doubts.LEFT_OUT, Doubts.ALONE):
            taken = await _claim(services, doubts, lane=lane)
            handed_over += len(taken.submissions)
            if taken.submissions and handed_over % 2:
                await answer(services, taken, Submitted((Unknown(),), max_resends=of_lane))
        clock.advance(services.policy.claim_lease_seconds)
    assert handed_over == tries
    assert (await Message.get(id=number)).times_unknown == tries
    assert await status(number) == (2, 6)
    await check_books(account.id)


async def test_one_that_is_in_doubt_waits_for_its_own_lane(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Another link does not take it; when it has expired, it still ends."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await Message.filter(id=number).update(outcome_unknown=True, times_unknown=1)
    ways = (Criterion(link="france", countries=("FR",)), Criterion(link="other"))
    other, own = (Lane(capacity=10, link=link, criteria=ways, singly=True) for link in ("other", "france"))
    assert (await _claim(services, Doubts.ALONE, lane=other)).account_ids == {}
    taken = await _claim(services, Doubts.ALONE, lane=own)
    assert [submission.message_id for submission in taken.submissions] == [number]
    await answer(services, taken, TryLater(0))
    clock.advance(services.policy.validity_seconds)
    assert (await _claim(services, Doubts.ALONE, lane=other)).submissions == ()
    assert await status(number) == (2, 6)


async def test_a_crowd_of_doubts_is_claimed_one_by_one(services: Services, world: World) -> None:
    """The one that is due first goes first."""
    await send(services, world.holder, await world.account(), *numbers(3))
    for place, message in enumerate(await Message.all().order_by("-id")):
        await Message.filter(id=message.id).update(outcome_unknown=True, times_unknown=1, due_at_us=place)
    claimed = [(await _claim(services, Doubts.ALONE, limit=1)).submissions[0].message_id for _ in range(3)]
    assert claimed == [newest.id for newest in await Message.all().order_by("-id")]
