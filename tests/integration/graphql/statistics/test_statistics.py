"""Statistics of sent messages, by hour, day or month."""

from typing import Any

import pytest

from server.kit.clock import ManualClock
from server.operations.messages.cancellation import cancel_message
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import (
    DELIVERED,
    FAILED,
    LONG_TEXT,
    answer,
    claim,
    receive,
    refused_with,
    send,
    submit,
)

DAY_SECONDS = 86_400
FIELDS = "start messages parts credits refunded delivered failed notBilled pending"
SPAN: dict[str, Any] = {"from": "2026-09-20T00:00:00Z", "to": "2026-09-24T00:00:00Z", "by": "DAY"}
NOTHING = {
    "messages": 0, "parts": 0, "credits": "0", "refunded": "0",
    "delivered": 0, "failed": 0, "notBilled": 0, "pending": 0,
}  # fmt: skip
_VARIABLES = "$from: DateTime!, $to: DateTime!, $by: StatisticsInterval!"
_STATISTICS = f"statistics(from: $from, to: $to, by: $by) {{ {FIELDS} }}"
OF_ACCOUNT = f'query({_VARIABLES}) {{ account(name: "sms-demo-1") {{ {_STATISTICS} }} }}'
OF_USER = f'query({_VARIABLES}) {{ user(account: "sms-demo-1", login: "script") {{ {_STATISTICS} }} }}'


async def _of_account(api: Api, world: World, **span: Any) -> list[Json]:
    data = await api.data(world.holder, OF_ACCOUNT, **{**SPAN, **span})
    buckets: list[Json] = data["account"]["statistics"]
    return buckets


def _counts(buckets: list[Json]) -> list[int]:
    return [bucket["messages"] for bucket in buckets]


async def test_each_message_counts_once_with_the_status_that_it_has(
    api: Api, world: World, clock: ManualClock
) -> None:
    """Delivered, failed, refused, cancelled and pending messages add up, in the day on which they were accepted."""
    account = await world.account()
    for receipt in (DELIVERED, FAILED):
        await send(world.services, world.holder, account, text=LONG_TEXT)
        await submit(world.services, f"{receipt.status} 1", f"{receipt.status} 2")
        await receive(world.services, (f"{receipt.status} 1", receipt), (f"{receipt.status} 2", receipt))
    await send(world.services, world.holder, account)
    await answer(world.services, await claim(world.services), refused_with(20))
    cancelled = await send(world.services, world.holder, account)
    await cancel_message(world.services, world.holder, message_id=cancelled)
    clock.advance(DAY_SECONDS)
    await send(world.services, world.holder, account, "+447700900001")
    sunday, monday, tuesday, wednesday = await _of_account(api, world)
    assert sunday == {"start": "2026-09-20T00:00:00.000Z", **NOTHING}
    assert monday == {
        "start": "2026-09-21T00:00:00.000Z", "messages": 4, "parts": 6, "credits": "6", "refunded": "2",
        "delivered": 1, "failed": 1, "notBilled": 2, "pending": 0,
    }  # fmt: skip
    assert tuesday == {
        **NOTHING, "start": "2026-09-22T00:00:00.000Z", "messages": 1, "parts": 1, "credits": "0.5", "pending": 1,
    }  # fmt: skip
    assert wednesday == {"start": "2026-09-23T00:00:00.000Z", **NOTHING}


@pytest.mark.parametrize(
    ("span", "counts"),
    [
        ({"by": "MONTH"}, [2]),
        ({"by": "MONTH", "from": "2026-08-31T23:59:59Z", "to": "2026-10-01T00:00:01Z"}, [0, 2, 0]),
        ({"by": "HOUR", "from": "2026-09-21T11:00:00Z", "to": "2026-09-21T15:00:00Z"}, [0, 1, 1, 0]),
        ({"by": "HOUR", "from": "2026-09-21T14:00:00+02:00", "to": "2026-09-21T13:30:00Z"}, [1, 0]),
        ({"by": "HOUR", "from": "2026-09-21T12:00:00.000001Z", "to": "2026-09-21T13:30:00.000001Z"}, [0, 1]),
        ({"from": "2026-09-21T12:00:00Z", "to": "2026-09-21T12:00:00.000001Z"}, [1]),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, [0]),
        ({"from": "9999-12-31T00:00:00Z", "to": "9999-12-31T23:59:59.999999Z", "by": "MONTH"}, [0]),
    ],
    ids=[
        "a month", "three months", "hours", "up to a message", "after a message", "an instant",
        "the first day", "the last month",
    ],
)  # fmt: skip
async def test_the_span_begins_with_from_and_ends_before_to(
    api: Api, world: World, clock: ManualClock, span: dict[str, str], counts: list[int]
) -> None:
    """Of messages at 12:00 and 13:30, those from `from` on and before `to` count, to the microsecond."""
    account = await world.account()
    await send(world.services, world.holder, account)
    clock.advance(5_400)
    await send(world.services, world.holder, account)
    assert _counts(await _of_account(api, world, **span)) == counts


async def test_an_account_counts_all_and_a_user_its_own(api: Api, world: World) -> None:
    """A user's statistics hold what it sent itself, its account's also what others did, and no other account's."""
    account = await world.account()
    user, other = await world.user(account), await world.user(account, "other")
    elsewhere = await world.account("sms-demo-2")
    for caller, of in (
        (world.as_user(user), account),
        (world.as_user(other), account),
        (world.holder, account),
    ):
        await send(world.services, caller, of)
    await send(world.services, world.holder, elsewhere)
    assert _counts(await _of_account(api, world)) == [0, 3, 0, 0]
    for caller in (world.holder, world.as_user(user)):
        data = await api.data(caller, OF_USER, **SPAN)
        assert _counts(data["user"]["statistics"]) == [0, 1, 0, 0]
    assert await api.code(world.as_user(user), OF_ACCOUNT, **SPAN) == "FORBIDDEN"


@pytest.mark.parametrize(
    "span",
    [
        {"to": SPAN["from"]},
        {"from": SPAN["to"], "to": SPAN["from"]},
        {"by": "HOUR", "to": "2026-10-31T16:00:00.000001Z"},
        {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"},
    ],
    ids=["nothing", "backwards", "1,001 hours", "all days"],
)
async def test_a_span_that_is_none_or_too_long_is_refused(
    api: Api, world: World, span: dict[str, str]
) -> None:
    """A span that does not end after it begins, or that takes more than 1,000 buckets, is bad input."""
    await world.account()
    assert await api.code(world.holder, OF_ACCOUNT, **{**SPAN, **span}) == "BAD_USER_INPUT"


IN_ZONE = (
    f'query({_VARIABLES}, $zone: String) {{ account(name: "sms-demo-1") '
    f"{{ {_STATISTICS.replace(')', ', timeZone: $zone)')} }} }}"
)


@pytest.mark.parametrize(
    ("zone", "starts", "counts"),
    [
        (None, ["20T00:00", "21T00:00", "22T00:00", "23T00:00"], [0, 1, 1, 0]),
        ("Asia/Kathmandu", ["19T18:15", "20T18:15", "21T18:15", "22T18:15", "23T18:15"], [0, 1, 1, 0, 0]),
        ("America/New_York", ["19T04:00", "20T04:00", "21T04:00", "22T04:00", "23T04:00"], [0, 0, 2, 0, 0]),
    ],
)
async def test_days_are_those_of_the_time_zone(
    api: Api, world: World, clock: ManualClock, zone: str | None, starts: list[str], counts: list[int]
) -> None:
    """Of messages at 12:00 and 12 hours and a microsecond later, some zones have both on the same day."""
    account = await world.account()
    await send(world.services, world.holder, account)
    clock.advance(12 * 3_600 + 0.000001)
    await send(world.services, world.holder, account)
    data = await api.data(world.holder, IN_ZONE, **SPAN, zone=zone)
    buckets = data["account"]["statistics"]
    assert [bucket["start"][8:16] for bucket in buckets] == starts
    assert _counts(buckets) == counts


async def test_a_zone_that_is_none_is_refused(api: Api, world: World) -> None:
    """The answer says why."""
    await world.account()
    assert await api.code(world.holder, IN_ZONE, **SPAN, zone="Europe/Atlantis") == "INVALID_TIME_ZONE"


async def test_a_thousand_buckets_are_given(api: Api, world: World) -> None:
    """The longest span that is allowed is answered."""
    account = await world.account()
    await send(world.services, world.holder, account)
    buckets = await _of_account(api, world, by="HOUR", to="2026-10-31T16:00:00Z")
    assert (len(buckets), sum(_counts(buckets))) == (1_000, 1)
