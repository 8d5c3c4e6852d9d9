"""Queries of API users: their fields, filters and orders, and the viewer."""

from typing import Any

import pytest

from server.kit.clock import ManualClock
from server.operations.access.authentication import sign_in_user
from server.operations.accounts.user_settings import set_user_callback, set_user_ip_restrictions
from server.operations.accounts.users import set_user_enabled
from server.operations.core.services import Services
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.rules.credits.thresholds import AlertChannel
from server.store.models import CallbackTarget, User
from tests.client import Client, graphql_app
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.graphql.api import ADDRESS, Api, Json
from tests.factories.messages.messages import send

FIELDS = """
    login enabled createdAt lastUsedAt account { name }
    quota { enabled left assigned }
    limit { enabled threshold channel email phoneNumber armed lastAlertAt }
    ipRestrictions callback { url stopUrl }
"""
USER = (
    f"query($account: String!, $login: String!) {{ user(account: $account, login: $login) {{ {FIELDS} }} }}"
)
USERS = """
    query($account: String, $filter: UserFilter, $orderBy: UserOrder) {
        users(account: $account, filter: $filter, orderBy: $orderBy) { nodes { login } }
    }
"""


async def _logins(api: Api, world: World, **variables: Any) -> list[str]:
    data = await api.data(world.holder, USERS, **variables)
    return [node["login"] for node in data["users"]["nodes"]]


async def test_a_fresh_user_has_no_bounds(api: Api, world: World) -> None:
    """A user without quota, limit, restrictions and callbacks shows each as off or empty."""
    await world.user(await world.account())
    data = await api.data(world.holder, USER, account="sms-demo-1", login="script")
    assert data["user"] == {
        "login": "script",
        "enabled": True,
        "createdAt": "2026-09-21T12:00:00.000Z",
        "lastUsedAt": None,
        "account": {"name": "sms-demo-1"},
        "quota": {"enabled": False, "left": "0", "assigned": "0"},
        "limit": {
            "enabled": False, "threshold": None, "channel": None, "email": None, "phoneNumber": None,
            "armed": False, "lastAlertAt": None,
        },
        "ipRestrictions": [],
        "callback": {"url": None, "stopUrl": None},
    }  # fmt: skip


async def test_a_user_shows_all_that_was_set(api: Api, world: World) -> None:
    """Quota, limit with its last alert, restrictions and callbacks are shown as they were set, by login in any case."""
    account = await world.account()
    user = await world.user(account, "Script")
    services, of_user = world.services, {"account": account.name, "login": user.login}
    await set_user_quota(services, world.holder, **of_user, enabled=True, credits=10_500)
    await set_user_limit(
        services, world.holder, **of_user, enabled=True, threshold=10_000, channel=AlertChannel.BOTH,
        email="a@example.org", phone_number="+33612345678",
    )  # fmt: skip
    await set_user_ip_restrictions(services, world.holder, **of_user, addresses=["2001:DB8::1", "192.0.2.1"])
    await set_user_callback(services, world.holder, **of_user, url="https://example.org/a?b=c", stop_url=None)
    await send(services, world.as_user(user), account)
    data = await api.data(world.holder, USER, account="sms-demo-1", login="sCRIPT")
    assert data["user"] == {
        "login": "Script",
        "enabled": True,
        "createdAt": "2026-09-21T12:00:00.000Z",
        "lastUsedAt": None,
        "account": {"name": "sms-demo-1"},
        "quota": {"enabled": True, "left": "9.5", "assigned": "10.5"},
        "limit": {
            "enabled": True, "threshold": "10", "channel": "BOTH", "email": "a@example.org",
            "phoneNumber": "+33612345678", "armed": False, "lastAlertAt": "2026-09-21T12:00:00.000Z",
        },
        "ipRestrictions": ["2001:db8::1", "192.0.2.1"],
        "callback": {"url": "https://example.org/a?b=c", "stopUrl": None},
    }  # fmt: skip


async def test_an_unknown_user_is_null(api: Api, world: World) -> None:
    """A user that is not there, is deleted, or belongs to another holder is null without an error."""
    account = await world.account()
    await world.user(account, "gone")
    await api.mutate(world.holder, "deleteUser", account=account.name, login="gone")
    await world.user(await world.account("sms-other-1", of=world.neighbour))
    for name, login in (
        ("sms-demo-1", "gone"), ("sms-demo-1", "script"), ("sms-other-1", "script"), ("x", "script"),
        ("sms-demo-1", "x" * 41),
    ):  # fmt: skip
        assert await api.data(world.holder, USER, account=name, login=login) == {"user": None}


@pytest.mark.parametrize(
    ("filter_", "logins"),
    [
        (None, ["a_1", "A_2", "ab", "b"]),
        ({}, ["a_1", "A_2", "ab", "b"]),
        (
            {"loginPrefix": None, "enabled": None, "hasQuota": None, "hasLimit": None},
            ["a_1", "A_2", "ab", "b"],
        ),
        ({"loginPrefix": "A"}, ["a_1", "A_2", "ab"]),
        ({"loginPrefix": "a_"}, ["a_1", "A_2"]),
        ({"loginPrefix": "%"}, []),
        ({"loginPrefix": "\\"}, []),
        ({"loginPrefix": "x" * 300}, []),
        ({"search": "B"}, ["ab", "b"]),
        ({"search": "_"}, ["a_1", "A_2"]),
        ({"search": ""}, ["a_1", "A_2", "ab", "b"]),
        ({"search": "%"}, []),
        ({"search": "\\"}, []),
        ({"search": "x" * 300}, []),
        ({"search": "a", "loginPrefix": "a_", "hasQuota": True}, ["A_2"]),
        ({"restricted": True}, ["b"]),
        ({"restricted": False}, ["a_1", "A_2", "ab"]),
        ({"callbackFailing": True}, ["a_1", "A_2"]),
        ({"callbackFailing": False}, ["ab", "b"]),
        ({"callbackFailing": True, "restricted": False, "search": "1"}, ["a_1"]),
        ({"enabled": True}, ["a_1", "A_2", "b"]),
        ({"enabled": False}, ["ab"]),
        ({"hasQuota": True}, ["A_2"]),
        ({"hasQuota": False}, ["a_1", "ab", "b"]),
        ({"hasLimit": True}, ["b"]),
        ({"hasLimit": False, "hasQuota": False, "enabled": True}, ["a_1"]),
    ],
    ids=repr,
)
async def test_a_filter_narrows_the_users(
    api: Api, world: World, filter_: Json | None, logins: list[str]
) -> None:
    """Users are found by a piece of their login, taken literally, by what is on or off, and by how callbacks fare."""
    account = await world.account()
    for login in ("b", "ab", "A_2", "a_1"):
        await world.user(account, login)
    services, name = world.services, account.name
    await set_user_enabled(services, world.holder, account=name, login="ab", enabled=False)
    await set_user_quota(services, world.holder, account=name, login="a_2", enabled=True, credits=0)
    await set_user_limit(
        services, world.holder, account=name, login="b", enabled=True, threshold=1_000,
        channel=AlertChannel.MAIL, email="a@example.org",
    )  # fmt: skip
    await set_user_ip_restrictions(services, world.holder, account=name, login="b", addresses=["192.0.2.1"])
    for login, url, stop_url, faults in (
        ("a_1", "https://a.example/", "https://b.example/", {"failing_since_us": 1}),
        ("a_2", None, "https://c.example/", {"disabled_at_us": 1}),
        ("ab", "https://d.example/", None, {"failures_in_a_row": 1}),
    ):
        await set_user_callback(services, world.holder, account=name, login=login, url=url, stop_url=stop_url)
        await CallbackTarget.filter(account_id=account.id, url=stop_url or url).update(**faults)
    other = await world.account("sms-demo-2")
    await CallbackTarget.create(
        account_id=other.id, url="https://d.example/", host="d.example", disabled_at_us=1
    )
    found = await _logins(api, world, account=name, filter=filter_)
    # How an underscore sorts beside letters is the database's to say.
    assert sorted(found) == sorted(logins)
    counted = await api.data(
        world.holder,
        "query($filter: UserFilter) { users(filter: $filter) { totalCount } }",
        filter=filter_,
    )
    assert counted["users"]["totalCount"] == len(logins)


@pytest.mark.parametrize(
    ("order", "logins"),
    [
        (None, "aBc"),
        ({"field": "LOGIN"}, "aBc"),
        ({"field": "LOGIN", "direction": "DESC"}, "cBa"),
        ({"field": "CREATED_AT"}, "caB"),
        ({"field": "CREATED_AT", "direction": "DESC"}, "Bac"),
        ({"field": "QUOTA_LEFT"}, "Bca"),
        ({"field": "QUOTA_LEFT", "direction": "DESC"}, "acB"),
        ({"field": "LAST_USED_AT"}, "aBc"),
        ({"field": "LAST_USED_AT", "direction": "DESC"}, "cBa"),
        ({"field": "LIMIT_THRESHOLD"}, "caB"),
        ({"field": "LIMIT_THRESHOLD", "direction": "DESC"}, "Bac"),
    ],
    ids=repr,
)
async def test_users_come_in_the_order_asked_for(
    api: Api, world: World, clock: ManualClock, order: Json | None, logins: str
) -> None:
    """Users come in the requested order, in both directions; by default by login, case-insensitively."""
    account = await world.account()
    for login, credits in (("c", 9_000), ("a", 10_000), ("B", None)):
        await world.user(account, login)
        await set_user_quota(
            world.services, world.holder, account=account.name, login=login, enabled=credits is not None,
            credits=credits,
        )  # fmt: skip
        clock.advance(1)
    for login, used_us, threshold in (("c", 2, None), ("B", 1, 2_000), ("a", None, 1_000)):
        await User.filter(login=login).update(
            last_used_at_us=used_us, limit_on=threshold is not None, limit_threshold=threshold,
            limit_channel=AlertChannel.MAIL,
        )  # fmt: skip
    assert await _logins(api, world, orderBy=order) == list(logins)


async def test_users_are_those_of_one_account_or_of_all(api: Api, world: World) -> None:
    """Without an account the users of all one's accounts are listed; with one its own, and an unknown one is refused."""
    await world.user(await world.account(), "one")
    await world.user(await world.account("sms-demo-2"), "two")
    await world.user(await world.account("sms-other-1", of=world.neighbour), "theirs")
    assert await _logins(api, world) == ["one", "two"]
    assert await _logins(api, world, account="sms-demo-2") == ["two"]
    for name in ("sms-other-1", "sms-none-1", "", "x" * 41):
        assert await api.code(world.holder, USERS, account=name) == "UNKNOWN_ACCOUNT"


async def test_the_viewer_says_who_is_asking(api: Api, world: World) -> None:
    """Operator, holder and API user each learn what they are, and what they may do."""
    user = await world.user(await world.account())
    query = "{ viewer { kind name scopes holder { email name createdAt } user { login } } }"
    noon = "2026-09-21T12:00:00.000Z"
    for caller, kind, name, scopes in (
        (world.operator, "OPERATOR", "operator", ["CREDITS", "MANAGE", "OPERATE", "READ", "SEND"]),
        (world.holder, "HOLDER", "holder", ["CREDITS", "MANAGE", "READ", "SEND"]),
    ):
        email = f"{name}@example.com"
        holder = {"email": email, "name": name.capitalize(), "createdAt": noon}
        assert (await api.data(caller, query))["viewer"] == {
            "kind": kind, "name": email, "scopes": scopes, "holder": holder, "user": None,
        }  # fmt: skip
    asked = query.replace("holder { email name createdAt }", "")
    assert (await api.data(world.as_user(user), asked))["viewer"] == {
        "kind": "USER", "name": "user:script", "scopes": ["READ", "SEND"], "user": {"login": "script"},
    }  # fmt: skip


async def test_the_viewer_says_from_where_it_is_asked(services: Services, world: World) -> None:
    """In the form in which IP restrictions have it; what a proxy does not tell is null."""
    user = await world.user(await world.account())
    query = "{ viewer { address } }"
    api = Api(services)
    assert await api.data(world.holder, query) == {"viewer": {"address": ADDRESS}}
    assert await api.data(world.as_user(user), query) == {"viewer": {"address": ADDRESS}}
    signed_in = await sign_in_user(
        services, account="sms-demo-1", login="script", password=USER_PASSWORD, address=ADDRESS
    )
    client = Client(graphql_app(services), signed_in.secret)
    for peer, address in (("::ffff:192.0.2.9", "192.0.2.9"), ("2001:DB8::1", "2001:db8::1"), ("unix", None)):
        answer = await client.at(peer).ask(query)
        assert answer.data == {"viewer": {"address": address}}


async def test_things_are_found_again_by_their_ids(api: Api, world: World) -> None:
    """Each node is found by its id, alone or with others, in the requested order, even twice."""
    account = await world.account()
    user = await world.user(account)
    await send(world.services, world.as_user(user), account)
    found = await api.data(
        world.holder,
        "{ accounts { nodes { id users { nodes { id } } messages { nodes { id } } senders { nodes { id } }"
        " creditEntries { nodes { id } } auditEntries { nodes { id } } } } viewer { holder { id } } }",
    )
    [node] = found["accounts"]["nodes"]
    ids = [node.pop("id"), found["viewer"]["holder"]["id"]]
    ids += [item["id"] for connection in node.values() for item in connection["nodes"]]
    for id_ in ids:
        data = await api.data(world.holder, "query($id: ID!) { node(id: $id) { id __typename } }", id=id_)
        assert data["node"]["id"] == id_
    ids = [*reversed(ids), *ids]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on User { login } } }"
    data = await api.data(world.holder, query, ids=ids)
    assert [found["id"] for found in data["nodes"]] == ids
    assert {"login": "script"}.items() <= next(
        found for found in data["nodes"] if found["__typename"] == "User"
    ).items()
    data = await api.data(world.neighbour, query, ids=ids)
    assert data["nodes"] == [None] * len(ids)
    assert (await api.data(world.holder, query, ids=[]))["nodes"] == []


async def test_ids_that_name_nothing_are_null_or_bad_input(api: Api, world: World) -> None:
    """An id of nothing is null, a malformed one is bad input, and so are more than a hundred."""
    await world.account()
    [account] = (await api.data(world.holder, "{ accounts { nodes { id } } }"))["accounts"]["nodes"]
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    nothing = ["QWNjb3VudDo5OTk", "Tm90aGluZzox"]  # Account:999, Nothing:1
    assert (await api.data(world.holder, nodes, ids=nothing))["nodes"] == [None, None]
    for bad in ("", "x", "1", "QWNjb3VudDo", account["id"] + "="):
        assert await api.code(world.holder, nodes, ids=[account["id"], bad]) == "BAD_USER_INPUT"
        assert (
            await api.code(world.holder, "query($id: ID!) { node(id: $id) { id } }", id=bad)
            == "BAD_USER_INPUT"
        )
    assert len((await api.data(world.holder, nodes, ids=[account["id"]] * 100))["nodes"]) == 100
    assert await api.code(world.holder, nodes, ids=[account["id"]] * 101) == "BAD_USER_INPUT"
