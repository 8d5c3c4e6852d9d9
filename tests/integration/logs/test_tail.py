"""Following logs live: what followers share, what happens when they fall behind, and what they hold."""

import asyncio
import gc
from collections.abc import AsyncGenerator

import pytest
from tortoise.models import Model

from server.bus.bus import MemoryBus, account_topic
from server.errors import ErrorCode, Lagging
from server.gateways.protocol import OperatorMessage
from server.logs.reader import ALERTS, DELIVERY, INCOMING, LEDGER, Log, M, Selection
from server.logs.tail import BATCH, RECENT, Followers
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits
from server.operations.credits.limits import set_user_limit
from server.operations.dispatch.inbound import store_incoming
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, DeliveryEvent
from tests.client import until
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.logs.entries import add_events, purge_events, taken
from tests.factories.messages.messages import send
from tests.factories.store.statements import counted

MANY = 2 * BATCH + 50


async def _caught_up(followers: Followers, account: Account) -> AsyncGenerator[DeliveryEvent, None]:
    """Return somebody who has heard one event of the account's, and stands at the log's end."""
    await add_events(account, 1)
    events = followers.follow(Selection(DELIVERY, account.id), after=0)
    await taken(events, 1)
    return events


@pytest.mark.parametrize("log", [LEDGER, ALERTS, INCOMING])
async def test_every_log_of_an_account_is_followed_alike(
    services: Services, world: World, log: Log[M]
) -> None:
    """What was there, then what comes: credits that move, limits that are reached, messages that come in."""
    account = await world.account(credits=50_000)
    user = await world.user(account)
    await set_user_limit(
        services, world.holder, account=account.name, login=user.login, enabled=True, threshold=48_500,
        channel=AlertChannel.MAIL, email="a@example.com",
    )  # fmt: skip

    async def stir(number: int) -> None:
        await send(services, world.as_user(user), account)
        await send(services, world.as_user(user), account)
        reply = OperatorMessage(None, str(number), "+33612345000", "Chappe", "Thanks")
        await store_incoming(services, "link", [reply])
        await grant_credits(services, world.operator, account=account.name, credits=2_000, key=str(number))

    await stir(1)
    entries = services.followers.follow(Selection(log, account.id), after=0)
    assert await taken(entries, 1) == [1]
    later = asyncio.create_task(taken(entries, 1))
    await stir(2)
    assert await later == [2]
    of_user = await log.table.filter(account_id=account.id, user_id=user.id).order_by("sequence")
    rest = services.followers.follow(Selection(log, account.id, user_id=user.id), after=0)
    assert await taken(rest, len(of_user)) == [entry.sequence for entry in of_user] != []
    for stream in (entries, rest):
        await stream.aclose()


async def test_followers_at_the_end_share_one_reading(services: Services, world: World) -> None:
    """A hundred of them cost about as many statements as one, whatever part of the log each wants."""
    account = await world.account()
    selections = [Selection(DELIVERY, account.id)] * 100
    followers = [services.followers.follow(selection, after=0) for selection in selections]
    await add_events(account, 1)
    for follower in followers:
        await taken(follower, 1)
    waiting = [asyncio.create_task(taken(follower, 3)) for follower in followers]
    await until(lambda: services.bus.listener_count() == 100)
    await add_events(account, 3)
    with counted() as statements:
        services.bus.publish(account_topic(account.id))
        assert await asyncio.gather(*waiting) == [[2, 3, 4]] * 100
    assert statements.count < 20
    for follower in followers:
        await follower.aclose()


async def test_a_follower_moves_from_the_past_to_the_shared_end(services: Services, world: World) -> None:
    """From far back over several batches, next to one at the end; both get all entries once."""
    account = await world.account()
    await add_events(account, RECENT + MANY)
    total = RECENT + MANY
    early = services.followers.follow(Selection(DELIVERY, account.id), after=0)
    late = services.followers.follow(Selection(DELIVERY, account.id), after=total - 1)
    assert await taken(late, 1) == [total]
    await add_events(account, MANY)
    assert await taken(late, MANY) == list(range(total + 1, total + MANY + 1))
    assert await taken(early, total + MANY) == list(range(1, total + MANY + 1))
    await add_events(account, 1)
    assert await taken(early, 1) == await taken(late, 1) == [total + MANY + 1]
    for follower in (early, late):
        await follower.aclose()


async def test_others_events_cost_a_follower_nothing(services: Services, world: World) -> None:
    """A follower of one user gets only that user's events, past and live, and skips the others."""
    account = await world.account()
    user = await world.user(account)
    await add_events(account, MANY)
    await add_events(account, 1, user=user)
    await add_events(account, RECENT + MANY)
    followers = [
        services.followers.follow(Selection(DELIVERY, account.id, user_id=user.id), after=after)
        for after in (0, MANY)
    ]
    for follower in followers:
        assert await taken(follower, 1) == [MANY + 1]
    await add_events(account, MANY)
    await add_events(account, 2, user=user)
    last = 3 * MANY + RECENT + 1
    for follower in followers:
        assert await taken(follower, 2) == [last + 1, last + 2]
        await follower.aclose()


async def test_who_falls_behind_is_told_so_and_resumes(services: Services, world: World) -> None:
    """Beyond the bound the follower is ended, with the number to go on from: nothing is missed."""
    account = await world.account()
    followers = Followers(services.bus, max_behind=MANY)
    events = await _caught_up(followers, account)
    await add_events(account, MANY)
    heard = await taken(events, 1)
    await add_events(account, MANY)
    with pytest.raises(Lagging) as told:
        await taken(events, 2 * MANY)
    position = told.value.position
    assert BATCH < position < 2 * MANY
    resumed = followers.follow(Selection(DELIVERY, account.id), after=position)
    assert await taken(resumed, 2 * MANY + 1 - position) == list(range(position + 1, 2 * MANY + 2))
    assert heard == [2]
    await resumed.aclose()


async def test_who_reads_up_the_past_is_not_lagging(services: Services, world: World) -> None:
    """However far back it begins, as long as it gains on the log's end."""
    account = await world.account()
    await add_events(account, 3 * MANY)
    followers = Followers(services.bus, max_behind=10)
    events = followers.follow(Selection(DELIVERY, account.id), after=0)
    assert await taken(events, 3 * MANY) == list(range(1, 3 * MANY + 1))
    await events.aclose()


async def test_who_does_not_read_is_read_nothing_for(services: Services, world: World) -> None:
    """A follower that stands still holds a batch and what all of its account share, however much is written."""
    account = await world.account()
    await add_events(account, 3_000)
    events = services.followers.follow(Selection(DELIVERY, account.id), after=0)
    await taken(events, 1)
    at_first = _held(DeliveryEvent)
    with counted() as statements:
        for _ in range(20):
            services.bus.publish(account_topic(account.id))
            await asyncio.sleep(0)
    assert statements.count == 0
    assert _held(DeliveryEvent) == at_first <= BATCH + RECENT
    await events.aclose()
    del events
    assert _held(DeliveryEvent) == 0


async def test_a_cursor_of_what_is_gone_is_refused(services: Services, world: World) -> None:
    """At the start; the last one that is gone, after which nothing is missing, still does."""
    account = await world.account()
    await add_events(account, 5)
    await purge_events(account, through=3)
    for after in (0, 2):
        async with refused(ErrorCode.CURSOR_EXPIRED, "after"):
            await taken(services.followers.follow(Selection(DELIVERY, account.id), after=after), 1)
    events = services.followers.follow(Selection(DELIVERY, account.id), after=3)
    assert await taken(events, 2) == [4, 5]
    await events.aclose()
    assert services.bus.listener_count() == 0


async def test_a_cursor_beyond_the_end_is_refused(services: Services, world: World) -> None:
    """Another account's, or one from before a backup was put back, would have what comes go unheard."""
    account = await world.account()
    await add_events(account, 2)
    async with refused(ErrorCode.INVALID_INPUT, "after"):
        await taken(services.followers.follow(Selection(DELIVERY, account.id), after=3), 1)
    assert services.bus.listener_count() == 0


@pytest.mark.parametrize("at_the_end", [False, True])
async def test_what_goes_while_it_is_followed_is_told(
    services: Services,
    world: World,
    at_the_end: bool,  # noqa: FBT001 the two cases
) -> None:
    """A follower before a hole gets an error, instead of the entries after it."""
    account = await world.account()
    if at_the_end:
        events = await _caught_up(services.followers, account)
        await add_events(account, 5)
    else:
        await add_events(account, RECENT + MANY)
        events = services.followers.follow(Selection(DELIVERY, account.id), after=0)
        assert await taken(events, BATCH) == list(range(1, BATCH + 1))
    await purge_events(account, through=BATCH + 5 if not at_the_end else 3)
    async with refused(ErrorCode.CURSOR_EXPIRED, "after"):
        await taken(events, 1)


async def test_a_log_that_was_left_alone_is_taken_up_at_its_end(services: Services, world: World) -> None:
    """Next to a follower far back, a new one begins at once with new entries."""
    account = await world.account()
    idle = await _caught_up(services.followers, account)
    await add_events(account, RECENT + MANY)
    events = services.followers.follow(Selection(DELIVERY, account.id), after=None)
    coming = asyncio.create_task(taken(events, 1))
    await until(lambda: services.bus.listener_count() == 2)
    with counted() as statements:
        while not coming.done():
            await add_events(account, 1)
            services.bus.publish(account_topic(account.id))
            await asyncio.sleep(0)
    assert (await coming)[0] > RECENT + MANY + 1
    assert statements.count
    assert await taken(idle, 2) == [2, 3]
    for follower in (idle, events):
        await follower.aclose()


async def test_nobody_is_left_waiting_who_leaves(services: Services, world: World) -> None:
    """Followers that are cancelled wherever they are leave the others as they were."""
    account = await world.account()
    stays = services.followers.follow(Selection(DELIVERY, account.id), after=0)
    hears = asyncio.create_task(taken(stays, 60))
    for _ in range(20):
        leaving = [
            asyncio.create_task(
                taken(services.followers.follow(Selection(DELIVERY, account.id), after=0), 999)
            )
            for _ in range(3)
        ]
        await add_events(account, 3)
        services.bus.publish(account_topic(account.id))
        for index, follower in enumerate(leaving):
            for _ in range(index * 3):
                await asyncio.sleep(0)
            follower.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
    assert await hears == list(range(1, 61))
    await stays.aclose()


def test_followers_of_a_bus_share_nothing_with_those_of_another() -> None:
    """Two servers in one process, as in tests, keep out of each other's way."""
    assert Followers(MemoryBus())._tails is not Followers(MemoryBus())._tails


def _held(table: type[Model]) -> int:
    """Count the rows of a table that this process holds."""
    gc.collect()
    return sum(type(object_) is table for object_ in gc.get_objects())
