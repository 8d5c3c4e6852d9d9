"""The database claims for each link exactly the messages that routing assigns to it."""

import pytest

from server.gateways.protocol import NO_LINK, Lane, TryLater
from server.kit.clock import SECOND_US, ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.claims import claim_due
from server.operations.statistics.rebuilding import rebuild_statistics
from server.rules.dispatch.routing import Route, criteria, route
from server.rules.senders.senders import SenderKind
from server.store.models import DeliveryEvent, Message
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import GATEWAY, accepted, answer, claim, send, states, status

SENDERS = ("Chappe", "4 you", "12345", "+33612345678")
RECEIVERS = {"+33612345678": "FR", "+33712345678": "FR", "+447700900004": "GB", "+12025550123": "US"}
ROUTES = {
    "anything": (Route(link="a"),),
    "nothing": (Route(link="a", countries=("DE",)),),
    "countries": (Route(link="a", countries=("FR", "US")), Route(link="b", countries=("GB",))),
    "prefixes of many lengths": (
        Route(link="a", prefixes=("+33", "+44", "+4477009")),
        Route(link="b", prefixes=("+336", "+447", "+337")),
        Route(link="c"),
    ),
    "priorities": (
        Route(link="a", priority=2, prefixes=("+336",)),
        Route(link="b", priority=1, countries=("FR",), prefixes=("+1",)),
    ),
    "kinds of senders": (
        Route(link="a", sender_kinds=(SenderKind.ALPHANUMERIC,), countries=("FR",)),
        Route(link="b", sender_kinds=(SenderKind.SHORT_CODE, SenderKind.ALPHANUMERIC)),
        Route(link="c", sender_kinds=(SenderKind.VIRTUAL,)),
    ),
}


async def taken_by(services: Services, routes: tuple[Route, ...], link: str) -> set[int]:
    """Claim what is due in a link's lane."""
    lane = Lane(capacity=200, link=link, criteria=tuple(criteria(routes)))
    return set((await claim_due(services, limit=200, lane=lane)).account_ids)


@pytest.mark.parametrize("routes", ROUTES.values(), ids=ROUTES)
async def test_each_message_is_in_the_lane_of_its_first_link(
    services: Services, world: World, routes: tuple[Route, ...]
) -> None:
    """By its receiver and its kind of sender; messages that fit no link have their own lane."""
    account = await world.account()
    expected: dict[str, set[int]] = {}
    for sender in SENDERS:
        if sender != "Chappe":
            await world.sender(account, sender)
        for receiver, country in RECEIVERS.items():
            number = await send(services, world.holder, account, receiver, sender=sender)
            fit = route(routes, sender=sender, receiver=receiver, country=country)
            expected.setdefault(fit[0] if fit else NO_LINK, set()).add(number)
    for link in ("a", "b", "c", NO_LINK):
        assert await taken_by(services, routes, link) == expected.get(link, set())


async def test_what_its_worker_left_is_in_every_lane(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What becomes of it is not to wait for a link."""
    account = await world.account()
    lapsed, fresh = [await send(services, world.holder, account) for _ in range(2)]
    await Message.filter(id=fresh).update(due_at_us=clock.now_us() + 1)
    await claim(services)
    clock.advance(services.policy.claim_lease_seconds)
    assert await taken_by(services, ROUTES["nothing"], "a") == {lapsed}
    assert await states([fresh]) == ["queued"]


async def test_what_has_expired_waits_for_no_link(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is given up and refunded on the day, however late its link last put it off; what was to go later waits."""
    account = await world.account()
    day = services.policy.validity_seconds / 2
    put_off, untried = [await send(services, world.holder, account) for _ in range(2)]
    await Message.filter(id=untried).update(due_at_us=clock.now_us() + 1)
    deferred = await send(
        services, world.holder, account, deferred_until_us=clock.now_us() + round(day * SECOND_US)
    )
    clock.advance(day)
    held = await send(services, world.holder, account)
    await Message.filter(id=held).update(created_at_us=0, held_until_us=clock.now_us())
    await DeliveryEvent.filter(message_id=held).update(at_us=0)
    await rebuild_statistics(services, account.id, progress=lambda _: None)
    taken = await claim_due(services, limit=1)
    assert [submission.message_id for submission in taken.submissions] == [put_off]
    await answer(services, taken, TryLater(1))
    clock.advance(day - 1)
    assert await taken_by(services, ROUTES["nothing"], "a") == set()
    clock.advance(1)
    assert await taken_by(services, ROUTES["nothing"], "a") == {put_off, untried}
    assert [await status(number) for number in (put_off, untried)] == [(16, 8)] * 2
    assert await states([deferred, held]) == ["queued"] * 2
    assert (await check_books(account.id)).credits_left == 198_000


async def test_the_rest_of_a_message_is_in_the_lane_of_the_link_that_has_its_parts(
    services: Services, world: World
) -> None:
    """Wherever others of its kind go."""
    number = await send(services, world.holder, await world.account())
    await answer(services, await claim(services), accepted("1"))
    await Message.filter(id=number).update(state="queued", due_at_us=services.clock.now_us())
    assert await taken_by(services, ROUTES["anything"], "a") == set()
    assert await taken_by(services, ROUTES["anything"], GATEWAY) == {number}
