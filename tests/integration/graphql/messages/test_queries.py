"""Queries of messages, delivery events, ptt codes, rates and estimates."""

from typing import Any

import pytest

from server.graphql.schema.ids import node_id
from server.kit.clock import ManualClock
from server.operations.messages.cancellation import cancel_message
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json
from tests.factories.messages.messages import BUFFERED, DELIVERED, FAILED, LONG_TEXT, receive, send, submit
from tests.factories.store.statements import counted

MESSAGES = """
    query($account: String!, $filter: MessageFilter, $direction: OrderDirection! = DESC) {
        messages(account: $account, filter: $filter, direction: $direction) { nodes { tag } }
    }
"""
EVENTS = """
    query($account: String!, $login: String, $first: Int, $after: String, $last: Int, $before: String) {
        deliveryEvents(account: $account, login: $login, first: $first, after: $after, last: $last, before: $before) {
            nodes { sequence cursor message { number } } edges { cursor }
        }
    }
"""


async def _tags(api: Api, world: World, **variables: Any) -> list[str]:
    data = await api.data(world.holder, MESSAGES, account="sms-demo-1", **variables)
    return [node["tag"] for node in data["messages"]["nodes"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_tag_is_found_by_an_index(api: Api, world: World) -> None:
    """However many messages without it there are."""
    account = await world.account()
    await send(world.services, world.holder, account, tag="rare")
    await send(world.services, world.holder, account)
    with counted() as statements:
        assert await _tags(api, world, filter={"tag": "rare"}) == ["rare"]
    [(sql, values)] = statements.about('"tag"=?')
    plan = [row["detail"] for row in await fetch(f"EXPLAIN QUERY PLAN {sql}", *values)]
    assert "SEARCH messages USING INDEX messages_by_tag (account_id=? AND tag=?)" in plan
    assert not any("TEMP B-TREE" in step for step in plan)


async def test_a_message_shows_its_whole_way(api: Api, world: World, clock: ManualClock) -> None:
    """A delivered message shows what was sent, what it cost, and each change of its status with its time."""
    account = await world.account()
    user = await world.user(account)
    number = await send(
        world.services,
        world.as_user(user),
        account,
        text=LONG_TEXT,
        tag="news",
        message_class=1,
        no_stop=True,
    )
    clock.advance(1)
    await submit(world.services, "one", "two")
    clock.advance(1)
    await receive(world.services, ("one", BUFFERED), ("two", BUFFERED))
    clock.advance(1)
    await receive(world.services, ("one", DELIVERED), ("two", DELIVERED))
    id_ = node_id("Message", number)
    data = await api.data(
        world.holder,
        """
        query($id: ID!) { message(id: $id) {
            id number userLogin sender receiver body coding messageClass parts credits tag createdAt deferredUntil
            heldUntil waitReason
            sentAt status ptt { code description } statusChangedAt account { name } user { login }
            events { sequence previousStatus status previousPtt { code } ptt { code } occurredAt message { id } }
        } }
        """,
        id=id_,
    )
    events = data["message"].pop("events")
    assert data["message"] == {
        "id": id_, "number": str(number), "userLogin": "script", "sender": "Chappe", "receiver": "+33612345000",
        "body": LONG_TEXT, "coding": "GSM_7BIT", "messageClass": "PHONE", "parts": 2, "credits": "2",
        "tag": "news", "createdAt": "2026-09-21T12:00:00.000Z", "deferredUntil": None,
        "heldUntil": None, "waitReason": None,
        "sentAt": "2026-09-21T12:00:01.000Z", "status": "SUCCESS",
        "ptt": {"code": 4, "description": "Delivered to the handset."},
        "statusChangedAt": "2026-09-21T12:00:03.000Z", "account": {"name": "sms-demo-1"},
        "user": {"login": "script"},
    }  # fmt: skip
    assert [
        (
            event["previousStatus"],
            event["previousPtt"],
            event["status"],
            event["ptt"],
            event["occurredAt"][-5:-1],
        )
        for event in events
    ] == [
        (None, None, "CREATED", None, ".000"),
        ("CREATED", None, "PENDING", {"code": 3}, ".000"),
        ("PENDING", {"code": 3}, "BUFFERED", {"code": 1}, ".000"),
        ("BUFFERED", {"code": 1}, "SUCCESS", {"code": 4}, ".000"),
    ]
    assert [event["occurredAt"][17:19] for event in events] == ["00", "01", "02", "03"]
    assert {event["message"]["id"] for event in events} == {id_}


async def test_a_message_outlives_its_user(api: Api, world: World) -> None:
    """A message of a deleted user keeps the login as text, and names no user any more."""
    account = await world.account()
    user = await world.user(account)
    number = await send(world.services, world.as_user(user), account)
    await api.mutate(world.holder, "deleteUser", account=account.name, login=user.login)
    query = "query($id: ID!) { message(id: $id) { userLogin user { login } status ptt { code } } }"
    data = await api.data(world.holder, query, id=node_id("Message", number))
    assert data["message"] == {"userLogin": "script", "user": None, "status": "NOT_BILLED", "ptt": None}


async def test_a_message_is_found_by_the_number_that_was_shown(api: Api, world: World) -> None:
    """The number of http2sms and callbacks leads to the message, for those who may see it."""
    own = await send(world.services, world.holder, await world.account())
    query = "query($number: String!) { messageByNumber(number: $number) { number } }"
    assert await api.data(world.holder, query, number=str(own)) == {"messageByNumber": {"number": str(own)}}
    assert await api.data(world.neighbour, query, number=str(own)) == {"messageByNumber": None}
    assert await api.data(world.holder, query, number=str(2**63 - 1)) == {"messageByNumber": None}


@pytest.mark.parametrize("number", ["", "1.5", "-1", "01", "1e3", str(2**63), "9" * 400])
async def test_what_is_no_number_is_bad_input(api: Api, world: World, number: str) -> None:
    """The refusal says so, instead of that there is no such message."""
    query = "query($number: String!) { messageByNumber(number: $number) { number } }"
    assert await api.code(world.holder, query, number=number) == "BAD_USER_INPUT"


async def test_an_unknown_message_is_null(api: Api, world: World) -> None:
    """A message that is not there or not one's own is null; an id of something else is bad input."""
    number = await send(world.services, world.neighbour, await world.account(of=world.neighbour))
    query = "query($id: ID!) { message(id: $id) { id } }"
    for key in (number, number + 1, 2**63 - 1):
        assert await api.data(world.holder, query, id=node_id("Message", key)) == {"message": None}
    assert await api.code(world.holder, query, id=node_id("User", number)) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("filter_", "tags"),
    [
        (None, "cba"),
        ({}, "cba"),
        (
            dict.fromkeys(("login", "receiver", "status", "ptt", "tag", "createdAfter", "createdBefore")),
            "cba",
        ),
        ({"ptt": []}, ""),
        ({"ptt": [24]}, "c"),
        ({"ptt": [3, 24, 24]}, "cb"),
        ({"ptt": [3, 4, 2**31 - 1]}, "b"),
        ({"ptt": [24, 23] * 500, "status": ["FAILED"], "receiver": "+33612345003"}, "c"),
        ({"ptt": [24], "login": "script"}, ""),
        ({"login": "SCRIPT"}, "b"),
        ({"login": "nobody"}, ""),
        ({"receiver": "+33612345002"}, "b"),
        ({"receiver": "0033 6 12 34 50 02"}, "b"),
        ({"tag": "a"}, "a"),
        ({"tag": "A"}, ""),
        ({"tag": "%"}, ""),
        ({"status": []}, ""),
        ({"status": ["PENDING", "FAILED"]}, "cb"),
        ({"status": ["NOT_BILLED"]}, "a"),
        ({"status": ["PENDING", "NOT_BILLED", "FAILED", "SUCCESS"]}, "cba"),
        ({"status": ["PENDING"] * 2_000}, "b"),
        ({"createdAfter": "2026-09-21T12:00:01Z"}, "cb"),
        ({"createdAfter": "2026-09-21T14:00:01.000001+02:00"}, "c"),
        ({"createdBefore": "2026-09-21T12:00:01Z"}, "a"),
        ({"createdAfter": "2026-09-21T12:00:01Z", "createdBefore": "2026-09-21T12:00:02Z"}, "b"),
        ({"createdAfter": "2026-09-21T12:00:02Z", "createdBefore": "2026-09-21T12:00:01Z"}, ""),
        ({"createdAfter": "0001-01-01T00:00:00Z", "createdBefore": "9999-12-31T23:59:59Z"}, "cba"),
        ({"login": "script", "tag": "b", "status": ["PENDING"], "receiver": "+33612345002"}, "b"),
        ({"login": "script", "tag": "a"}, ""),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_filter_narrows_the_messages(
    api: Api, world: World, clock: ManualClock, filter_: Json | None, tags: str
) -> None:
    """Messages are found by user, receiver, status and its reason, tag and time of acceptance, newest first."""
    account = await world.account()
    user = await world.user(account)
    cancelled = await send(world.services, world.holder, account, "+33612345001", tag="a")
    await cancel_message(world.services, world.holder, message_id=cancelled)
    clock.advance(1)
    await send(world.services, world.as_user(user), account, "+33612345002", tag="b")
    await submit(world.services, "b")
    clock.advance(1)
    await send(world.services, world.holder, account, "+33612345003", tag="c")
    await submit(world.services, "c")
    await receive(world.services, ("c", FAILED))
    assert await _tags(api, world, filter=filter_) == list(tags)
    assert await _tags(api, world, filter=filter_, direction="ASC") == list(reversed(tags))


@pytest.mark.parametrize(
    ("filter_", "code"),
    [
        ({"receiver": "none"}, "INVALID_PHONE_NUMBER"),
        ({"receiver": ""}, "INVALID_PHONE_NUMBER"),
        ({"login": ""}, "INVALID_LOGIN"),
        ({"login": "x" * 41}, "INVALID_LOGIN"),
        ({"tag": "x" * 21}, "INVALID_TAG"),
        ({"createdAfter": "yesterday"}, "INVALID_DATE"),
        ({"status": ["LOST"]}, "BAD_USER_INPUT"),
        ({"ptt": [-1]}, "BAD_USER_INPUT"),
        ({"ptt": ["4"]}, "BAD_USER_INPUT"),
        ({"status": [4]}, "BAD_USER_INPUT"),
        ({"colour": "red"}, "BAD_USER_INPUT"),
    ],
    ids=repr,
)
async def test_a_filter_that_fits_no_message_is_refused(
    api: Api, world: World, filter_: Json, code: str
) -> None:
    """A filter with something that no message could have says so, rather than finding nothing."""
    await world.account()
    assert await api.code(world.holder, MESSAGES, account="sms-demo-1", filter=filter_) == code


async def test_messages_and_events_of_an_unknown_account_are_refused(api: Api, world: World) -> None:
    """An account or user that is not there, or is somebody else's, is unknown."""
    await world.account()
    await world.user(await world.account("sms-other-1", of=world.neighbour))
    for name in ("sms-none-1", "sms-other-1", "", "x" * 5_000):
        assert await api.code(world.holder, MESSAGES, account=name) == "UNKNOWN_ACCOUNT"
        assert await api.code(world.holder, EVENTS, account=name) == "UNKNOWN_ACCOUNT"
        query = "query($n: String!) { verifyLedger(account: $n) { intact } }"
        assert await api.code(world.holder, query, n=name) == "UNKNOWN_ACCOUNT"
    for login in ("script", "", "x" * 5_000):
        assert await api.code(world.holder, EVENTS, account="sms-demo-1", login=login) == "UNKNOWN_USER"


async def test_events_are_read_from_a_cursor_on(api: Api, world: World) -> None:
    """The log runs from the oldest event; an event's own cursor is its edge's, and continues the list behind it."""
    account = await world.account()
    user = await world.user(account)
    mine = await send(world.services, world.as_user(user), account)
    await submit(world.services, "one")
    other = await send(world.services, world.holder, account)
    await submit(world.services, "two")
    await receive(world.services, ("two", DELIVERED), ("one", DELIVERED))
    here = {"account": account.name}
    found = (await api.data(world.holder, EVENTS, **here))["deliveryEvents"]
    assert [(node["sequence"], int(node["message"]["number"])) for node in found["nodes"]] == [
        ("1", mine), ("2", mine), ("3", other), ("4", other), ("5", other), ("6", mine),
    ]  # fmt: skip
    assert [node["cursor"] for node in found["nodes"]] == [edge["cursor"] for edge in found["edges"]]
    for position, node in enumerate(found["nodes"], start=1):
        rest = (await api.data(world.holder, EVENTS, **here, after=node["cursor"]))["deliveryEvents"]["nodes"]
        assert rest == found["nodes"][position:]
        back = (await api.data(world.holder, EVENTS, **here, last=2, before=node["cursor"]))["deliveryEvents"]
        assert back["nodes"] == found["nodes"][max(position - 3, 0) : position - 1]
    assert (await api.data(world.holder, EVENTS, **here, last=1))["deliveryEvents"]["nodes"] == found[
        "nodes"
    ][-1:]
    for caller, more in ((world.holder, {"login": "Script"}), (world.as_user(user), {})):
        own = (await api.data(caller, EVENTS, **here, **more))["deliveryEvents"]["nodes"]
        assert own == [found["nodes"][0], found["nodes"][1], found["nodes"][5]]
