"""Senders and the blacklist: of all accounts or one, with a search."""

from typing import Any

import pytest

from server.operations.dispatch.inbound import add_to_blacklist
from server.rules.senders.senders import SenderStatus
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json

SENDERS = """
    query($account: String, $filter: SenderFilter) {
        senders(account: $account, filter: $filter) { totalCount nodes { name account { name } } }
    }
"""
OF_ACCOUNT = """
    query($senders: SenderFilter, $blacklist: BlacklistEntryFilter) {
        account(name: "sms-demo-1") {
            senders(filter: $senders) { totalCount nodes { name } }
            blacklist(filter: $blacklist) { totalCount nodes { address } }
        }
    }
"""


async def _found(api: Api, caller: Any, **variables: Any) -> list[tuple[str, str]]:
    found = (await api.data(caller, SENDERS, **variables))["senders"]
    assert found["totalCount"] == len(found["nodes"])
    return [(node["account"]["name"][-1], node["name"]) for node in found["nodes"]]


async def test_senders_are_those_that_somebody_may_see(api: Api, world: World) -> None:
    """An operator finds all that wait, everywhere; a holder its own; an API user those of its account."""
    first, second = await world.account("sms-demo-1"), await world.account("sms-demo-2")
    third = await world.account("sms-other-3", of=world.neighbour)
    for account in (first, third):
        await world.sender(account, "Shop", SenderStatus.WAITING)
    user = world.as_user(await world.user(second))
    waiting = {"status": "WAITING"}
    assert await _found(api, world.operator, filter=waiting) == [("1", "Shop"), ("3", "Shop")]
    assert await _found(api, world.holder) == [("1", "Chappe"), ("2", "Chappe"), ("1", "Shop")]
    assert await _found(api, world.holder, filter=waiting) == [("1", "Shop")]
    assert await _found(api, world.holder, account="sms-demo-1", filter={"search": "CHAP"}) == [
        ("1", "Chappe")
    ]
    assert await _found(api, user) == [("2", "Chappe")]
    for caller in (world.holder, user):
        assert await api.code(caller, SENDERS, account="sms-other-3") == "UNKNOWN_ACCOUNT"


@pytest.mark.parametrize(
    ("filter_", "names"),
    [
        (None, ["33123", "A_b", "Chappe"]),
        ({"search": None, "status": None}, ["33123", "A_b", "Chappe"]),
        ({"search": "p"}, ["Chappe"]),
        ({"search": "_"}, ["A_b"]),
        ({"search": "%"}, []),
        ({"search": "3", "status": "REFUSED"}, ["33123"]),
        ({"search": "x" * 5_000}, []),
        ({"status": "DISABLED"}, []),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_senders_of_an_account_are_narrowed(
    api: Api, world: World, filter_: Json | None, names: list[str]
) -> None:
    """By a piece of their name, taken literally, and by their status."""
    account = await world.account()
    await world.sender(account, "A_b", SenderStatus.WAITING)
    await world.sender(account, "33123", SenderStatus.REFUSED)
    found = (await api.data(world.holder, OF_ACCOUNT, senders=filter_))["account"]["senders"]
    # How an underscore sorts beside letters is the database's to say.
    assert sorted(node["name"] for node in found["nodes"]) == names
    assert found["totalCount"] == len(names)


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        (None, ["+33612345678", "+44336123456"]),
        ("", ["+33612345678", "+44336123456"]),
        ("+336", ["+33612345678"]),
        (" +33 6 12", ["+33612345678"]),
        ("336", ["+33612345678", "+44336123456"]),
        ("678", ["+33612345678"]),
        ("%", []),
        ("x" * 5_000, []),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_blacklist_is_searched(
    api: Api, world: World, search: str | None, numbers: list[str]
) -> None:
    """By a piece of a number, however it is spaced; with its plus sign, by its beginning."""
    account = await world.account()
    for number in ("+44336123456", "+33612345678"):
        await add_to_blacklist(world.services, world.holder, account=account.name, number=number)
    found = (await api.data(world.holder, OF_ACCOUNT, blacklist={"search": search}))["account"]["blacklist"]
    assert [node["address"] for node in found["nodes"]] == numbers
    assert found["totalCount"] == len(numbers)


async def test_two_lists_of_one_answer_are_narrowed_each_by_itself(api: Api, world: World) -> None:
    """The same list, asked for twice with different filters, gives two answers for each account."""
    for name in ("sms-demo-1", "sms-demo-2"):
        await world.sender(await world.account(name), "Shop", SenderStatus.WAITING)
    data = await api.data(
        world.holder,
        """{ accounts { nodes {
            waiting: senders(filter: {status: WAITING}) { nodes { name } }
            enabled: senders(filter: {status: ENABLED}) { nodes { name } }
        } } }""",
    )
    assert (
        data["accounts"]["nodes"]
        == [{"waiting": {"nodes": [{"name": "Shop"}]}, "enabled": {"nodes": [{"name": "Chappe"}]}}] * 2
    )
