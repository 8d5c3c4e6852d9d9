"""Statistics of results: by ptt code, by user, and by delivery time."""

from typing import Any

import pytest

from server.kit.clock import SECOND_US, ManualClock
from server.operations.accounts.users import delete_user
from server.operations.messages.cancellation import cancel_message
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import (
    DELIVERED,
    FAILED,
    LONG_TEXT,
    numbers,
    receive,
    send,
    submit,
)

SPAN: dict[str, Any] = {"from": "2026-09-20T00:00:00Z", "to": "2026-09-24T00:00:00Z"}
FROM_TO = "$from: DateTime!, $to: DateTime!"
SHARES = "pttShares(from: $from, to: $to) { messages share ptt { code known } }"
TIMES = "deliveryTimes(from: $from, to: $to, by: DAY, timeZone: $zone) { start delivered medianSeconds p95Seconds }"
BY_USER = (
    "statisticsByUser(from: $from, to: $to, first: $first) "
    "{ login user { login } messages parts credits refunded delivered failed notBilled pending }"
)


def _of_account(selection: str, more: str = "") -> str:
    return f'query({FROM_TO} {more}) {{ account(name: "sms-demo-1") {{ {selection} }} }}'


def _of_user(selection: str, more: str = "") -> str:
    return f'query({FROM_TO} {more}) {{ user(account: "sms-demo-1", login: "script") {{ {selection} }} }}'


async def _by_user(api: Api, world: World, **more: Any) -> list[Json]:
    data = await api.data(world.holder, _of_account(BY_USER, "$first: Int"), **{**SPAN, **more})
    entries: list[Json] = data["account"]["statisticsByUser"]
    return entries


async def test_messages_are_counted_by_the_code_they_ended_with(api: Api, world: World) -> None:
    """Those under way, and those that ended without a code, do not count; the most frequent code comes first."""
    account = await world.account()
    user = await world.user(account)
    for index, (caller, receipt) in enumerate(
        [(world.as_user(user), DELIVERED), (world.holder, DELIVERED), (world.as_user(user), FAILED)]
    ):
        await send(world.services, caller, account)
        await submit(world.services, str(index))
        await receive(world.services, (str(index), receipt))
    await send(world.services, world.holder, account)
    await submit(world.services, "under way")
    cancelled = await send(world.services, world.holder, account)
    await cancel_message(world.services, world.holder, message_id=cancelled)
    data = await api.data(world.holder, _of_account(SHARES), **SPAN)
    assert data["account"]["pttShares"] == [
        {"messages": 2, "share": 2 / 3, "ptt": {"code": 4, "known": True}},
        {"messages": 1, "share": 1 / 3, "ptt": {"code": 24, "known": True}},
    ]
    data = await api.data(world.as_user(user), _of_user(SHARES), **SPAN)
    assert [(share["ptt"]["code"], share["messages"]) for share in data["user"]["pttShares"]] == [
        (4, 1), (24, 1),
    ]  # fmt: skip
    data = await api.data(world.holder, _of_account(SHARES), **{**SPAN, "to": "2026-09-21T00:00:00Z"})
    assert data["account"]["pttShares"] == []


async def test_users_come_by_how_much_they_sent(api: Api, world: World) -> None:
    """With the sums of each; the holder has an entry, and a deleted user keeps its own."""
    account = await world.account()
    most, gone = await world.user(account, "most"), await world.user(account, "gone")
    await world.user(account, "idle")
    await send(world.services, world.as_user(most), account, *numbers(3), text=LONG_TEXT)
    await send(world.services, world.as_user(gone), account, *numbers(2))
    await send(world.services, world.holder, account)
    await delete_user(world.services, world.holder, account=account.name, login="gone")
    others = {"delivered": 0, "failed": 0}
    entries = await _by_user(api, world)
    assert entries == [
        {"login": "most", "user": {"login": "most"}, "messages": 3, "parts": 6, "credits": "6", "refunded": "0",
         "notBilled": 0, "pending": 3, **others},
        {"login": "gone", "user": None, "messages": 2, "parts": 2, "credits": "2", "refunded": "2",
         "notBilled": 2, "pending": 0, **others},
        {"login": None, "user": None, "messages": 1, "parts": 1, "credits": "1", "refunded": "0",
         "notBilled": 0, "pending": 1, **others},
    ]  # fmt: skip
    assert await _by_user(api, world, first=1) == entries[:1]
    assert await _by_user(api, world, to="2026-09-21T12:00:00Z") == []


@pytest.mark.parametrize("first", [0, 101])
async def test_at_most_a_hundred_users_are_given(api: Api, world: World, first: int) -> None:
    """A number outside 1 to 100 is bad input."""
    await world.account()
    document = _of_account(BY_USER, "$first: Int")
    assert await api.code(world.holder, document, **SPAN, first=first) == "BAD_USER_INPUT"


async def test_only_the_holder_compares_users(api: Api, world: World) -> None:
    """A user learns nothing of the others, and nothing of its account."""
    user = await world.user(await world.account())
    for selection in (BY_USER.replace("first: $first", "first: 1"), SHARES):
        assert await api.code(world.as_user(user), _of_account(selection), **SPAN) == "FORBIDDEN"


async def test_delivery_takes_as_long_as_from_when_a_message_could_go(
    api: Api, world: World, clock: ManualClock
) -> None:
    """From its acceptance, or the end of its deferral, until its receipt; messages that failed do not count."""
    account = await world.account()
    user = await world.user(account)
    for index, seconds in enumerate([3, 3, 100]):
        await send(world.services, world.as_user(user), account)
        await submit(world.services, str(index))
        clock.advance(seconds)
        await receive(world.services, (str(index), DELIVERED))
    await send(world.services, world.holder, account, deferred_until_us=clock.now_us() + 3_600 * SECOND_US)
    clock.advance(3_600)
    await submit(world.services, "deferred")
    clock.advance(3)
    await receive(world.services, ("deferred", DELIVERED))
    await send(world.services, world.holder, account)
    await submit(world.services, "failed")
    await receive(world.services, ("failed", FAILED))
    document = _of_account(TIMES, "$zone: String")
    data = await api.data(world.holder, document, **SPAN)
    nothing = {"delivered": 0, "medianSeconds": None, "p95Seconds": None}
    assert data["account"]["deliveryTimes"] == [
        {"start": "2026-09-20T00:00:00.000Z", **nothing},
        {"start": "2026-09-21T00:00:00.000Z", "delivered": 4, "medianSeconds": 3.36, "p95Seconds": 107.63},
        {"start": "2026-09-22T00:00:00.000Z", **nothing},
        {"start": "2026-09-23T00:00:00.000Z", **nothing},
    ]
    data = await api.data(world.as_user(user), _of_user(TIMES, "$zone: String"), **SPAN, zone="Asia/Tokyo")
    tokyo = data["user"]["deliveryTimes"]
    assert [(entry["start"][:13], entry["delivered"]) for entry in tokyo] == [
        ("2026-09-19T15", 0), ("2026-09-20T15", 3), ("2026-09-21T15", 0), ("2026-09-22T15", 0),
        ("2026-09-23T15", 0),
    ]  # fmt: skip
