"""Advertising hours through the API: the answers say until when a message waits, and why."""

import pytest

from server.kit.clock import ManualClock
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json

pytestmark = pytest.mark.one_database

MESSAGE: Json = {
    "account": "sms-demo-1", "sender": "Chappe", "text": "Hello", "idempotencyKey": "key",
}  # fmt: skip
WAITS = "receivers { number waitsUntil waitReason message { deferredUntil heldUntil waitReason status } }"
PARIS, NEW_YORK = "+33612345678", "+12125550100"


@pytest.mark.parametrize(
    ("hours", "more", "waits"),
    [
        (0, {}, [(None, None), (None, None)]),
        (7, {}, [("2026-09-22T06:00", "ADVERTISING_HOURS"), (None, None)]),
        (7, {"noStop": True}, [(None, None), (None, None)]),
        (
            0,
            {"deferredUntil": "2026-09-21T23:00:00Z"},
            [("2026-09-22T06:00", "ADVERTISING_HOURS"), ("2026-09-21T23:00", "DEFERRED")],
        ),
        (
            7,
            {"deferredUntil": "2026-09-22T12:00:00Z"},
            [("2026-09-22T12:00", "DEFERRED"), ("2026-09-22T12:00", "DEFERRED")],
        ),
        (0, {"deferredUntil": "2026-09-21T11:59:00Z"}, [(None, None), (None, None)]),
    ],
)
async def test_advertising_waits_for_its_hours_where_the_receiver_is(
    api: Api,
    world: World,
    clock: ManualClock,
    hours: int,
    more: Json,
    waits: list[tuple[str | None, str | None]],
) -> None:
    """Estimate, answer, the answer to the same key, and the message itself say until when it waits, and why."""
    await world.account()
    await api.mutate(
        world.holder,
        "updateAccount",
        account="sms-demo-1",
        stopClause="STOP 36000",
        keepsAdvertisingHours=True,
    )
    clock.advance(hours * 3_600)
    input = {**MESSAGE, "receivers": [PARIS, NEW_YORK], **more}
    estimated = {name: value for name, value in input.items() if name != "idempotencyKey"}
    estimate = await api.data(
        world.holder,
        "query($input: EstimateMessageInput!) "
        "{ estimateMessage(input: $input) { receivers { number waitsUntil waitReason } } }",
        input=estimated,
    )
    expected = [(at and f"{at}:00.000Z", why) for at, why in waits]
    found = estimate["estimateMessage"]["receivers"]
    assert [(node["waitsUntil"], node["waitReason"]) for node in found] == expected
    answer = await api.mutate(world.holder, "sendMessage", WAITS, **input)
    assert [(receiver["waitsUntil"], receiver["waitReason"]) for receiver in answer["receivers"]] == expected
    clock.advance(7_200)
    assert await api.mutate(world.holder, "sendMessage", WAITS, **input) == answer
    for verdict, (at, why) in zip(answer["receivers"], expected, strict=True):
        message = verdict["message"]
        assert (message["status"], message["waitReason"]) == ("CREATED", why)
        assert message["heldUntil"] == (at if why == "ADVERTISING_HOURS" else None)
        assert (await Message.get(receiver=verdict["number"])).due_at_us <= clock.now_us() or at is not None


async def test_a_refused_receiver_waits_for_nothing(api: Api, world: World, clock: ManualClock) -> None:
    """Nor does a message without a clause, on an account that keeps the hours."""
    await world.account()
    await api.mutate(world.holder, "updateAccount", account="sms-demo-1", keepsAdvertisingHours=True)
    clock.advance(7 * 3_600)
    answer = await api.mutate(
        world.holder, "sendMessage", WAITS, **{**MESSAGE, "receivers": [PARIS, "nobody", "+4915112345678"]}
    )
    assert [receiver["waitsUntil"] for receiver in answer["receivers"]] == [None, None, None]
    assert answer["receivers"][0]["message"]["waitReason"] is None
