"""Why a message waits for an operator: no link that fits it is open."""

from dataclasses import replace

from server.kit.clock import HOUR_US, ManualClock
from server.operations.core.services import Services
from server.operations.links.management import update_link
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.links.links import OPEN, WAITING, report, set_up_link
from tests.factories.messages.messages import accepted, answer, claim, send

QUERY = '{ messages(account: "sms-demo-1") { nodes { receiver waitReason } } }'
ESTIMATE = (
    '{ estimateMessage(input: {account: "sms-demo-1", sender: "Chappe", text: "Hello", receivers: '
    '["+33612345678", "+447700900123", "nobody"], DEFERRED}) { receivers { receiver waitReason } } }'
)
FRENCH, BRITISH = "+33612345678", "+447700900123"


async def _reasons(api: Api, world: World) -> dict[str, str | None]:
    nodes = (await api.data(world.holder, QUERY))["messages"]["nodes"]
    return {node["receiver"]: node["waitReason"] for node in nodes}


async def _estimated(api: Api, world: World, deferred: str = "") -> dict[str, str | None]:
    answer = await api.data(world.holder, ESTIMATE.replace("DEFERRED", deferred))
    return {
        receiver["receiver"]: receiver["waitReason"] for receiver in answer["estimateMessage"]["receivers"]
    }


async def test_an_estimate_tells_what_the_message_would(api: Api, world: World, clock: ManualClock) -> None:
    """By the same links; what is refused waits for nothing, and what is deferred says so."""
    await world.account()
    assert await _estimated(api, world) == {FRENCH: None, BRITISH: None, "nobody": None}
    await set_up_link(world, "french", countries=["FR"])
    assert await _estimated(api, world) == {FRENCH: "NO_LINK", BRITISH: "NO_LINK", "nobody": None}
    await report(world.services, "french", OPEN)
    assert await _estimated(api, world) == {FRENCH: None, BRITISH: "NO_LINK", "nobody": None}
    later = 'deferredUntil: "2026-09-21T15:00:00Z"'
    assert await _estimated(api, world, later) == {FRENCH: "DEFERRED", BRITISH: "DEFERRED", "nobody": None}
    clock.advance(60)  # the worker has not been heard of since
    sent = await api.mutate(
        world.holder, "sendMessage", "receivers { waitReason message { waitReason } }",
        account="sms-demo-1", sender="Chappe", text="Hello", receivers=[FRENCH, BRITISH], idempotencyKey="one",
    )  # fmt: skip
    assert sent["receivers"] == [{"waitReason": "NO_LINK", "message": {"waitReason": "NO_LINK"}}] * 2


async def test_a_message_tells_that_no_link_takes_it(api: Api, world: World, clock: ManualClock) -> None:
    """None that fits and is open by what a worker says; as soon as one is, and once it is sent, it waits for none."""
    services, account = world.services, await world.account()
    for receiver in (FRENCH, BRITISH):
        await send(services, world.holder, account, receiver)
    # The simulated operator takes everything, as long as no link is set.
    assert await _reasons(api, world) == {FRENCH: None, BRITISH: None}
    await set_up_link(world, "french", countries=["FR"])
    assert await _reasons(api, world) == {FRENCH: "NO_LINK", BRITISH: "NO_LINK"}
    await report(services, "french", WAITING)
    assert await _reasons(api, world) == {FRENCH: "NO_LINK", BRITISH: "NO_LINK"}
    await report(services, "french", OPEN)
    assert await _reasons(api, world) == {FRENCH: None, BRITISH: "NO_LINK"}
    clock.advance(60)  # the worker has not been heard of since
    assert await _reasons(api, world) == {FRENCH: "NO_LINK", BRITISH: "NO_LINK"}
    await report(services, "french", OPEN)
    await update_link(services, world.operator, name="french", changes={"enabled": False})
    assert await _reasons(api, world) == {FRENCH: "NO_LINK", BRITISH: "NO_LINK"}
    await answer(services, await claim(services), accepted("one"), accepted("two"))
    assert await _reasons(api, world) == {FRENCH: None, BRITISH: None}


async def test_what_is_to_wait_anyway_says_why(api: Api, world: World, clock: ManualClock) -> None:
    """A deferred message is deferred until its time; then it may want for a link."""
    services, account = world.services, await world.account()
    await set_up_link(world)
    await send(services, world.holder, account, FRENCH, deferred_until_us=clock.now_us() + HOUR_US)
    assert await _reasons(api, world) == {FRENCH: "DEFERRED"}
    clock.advance(3_600)
    assert await _reasons(api, world) == {FRENCH: "NO_LINK"}


async def test_in_production_nothing_stands_in(services: Services, world: World) -> None:
    """Without a link messages wait for one; a link of the settings takes whatever there is."""
    production = replace(services, policy=replace(services.policy, simulated=False))
    await send(services, world.holder, await world.account(), FRENCH)
    api = Api(production)
    assert await _reasons(api, world) == {FRENCH: "NO_LINK"}
    await report(services, "default", OPEN)
    assert await _reasons(api, world) == {FRENCH: None}
