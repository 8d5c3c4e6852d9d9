"""Queries of holders, for operators, and of an account's holder."""

from typing import Any

import pytest

from server.operations.access.holders import create_holder
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.api import Api

HOLDERS = """
    query($filter: HolderFilter, $orderBy: HolderOrder) {
        holders(filter: $filter, orderBy: $orderBy) { nodes { email isOperator } }
    }
"""
EVERYBODY = ["holder@example.com", "neighbour@example.com", "operator@example.com"]


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({}, ["holder", "neighbour", "operator"]),
        ({"filter": {"emailPrefix": "N"}}, ["neighbour"]),
        ({"filter": {"emailPrefix": "%"}}, []),
        ({"filter": {"emailPrefix": "x" * 5_000}}, []),
        ({"filter": {"search": "OUR"}}, ["neighbour"]),
        ({"filter": {"search": "example"}}, ["holder", "neighbour", "operator"]),
        ({"filter": {"search": "x" * 5_000}}, []),
        ({"filter": {"isOperator": True}}, ["operator"]),
        ({"filter": {"isOperator": False, "emailPrefix": "h"}}, ["holder"]),
        ({"orderBy": {"field": "EMAIL", "direction": "DESC"}}, ["operator", "neighbour", "holder"]),
        ({"orderBy": {"field": "CREATED_AT"}}, ["operator", "holder", "neighbour"]),
    ],
)
async def test_an_operator_finds_holders(
    api: Api, world: World, variables: dict[str, Any], names: list[str]
) -> None:
    """All of them, by a piece of name or address or by their rights, in either order."""
    data = await api.data(world.operator, HOLDERS, **variables)
    assert [node["email"] for node in data["holders"]["nodes"]] == [f"{name}@example.com" for name in names]
    assert all(node["isOperator"] == (node["email"][0] == "o") for node in data["holders"]["nodes"])


async def test_nobody_else_does(api: Api, world: World) -> None:
    """Not a holder, not an API user, not a stranger."""
    user = world.as_user(await world.user(await world.account()))
    for caller in (world.holder, user):
        assert await api.code(caller, HOLDERS) == "FORBIDDEN"
    assert await api.code(None, HOLDERS) == "UNAUTHENTICATED"


async def test_an_account_tells_whose_it_is(api: Api, world: World) -> None:
    """To its holder and to operators, but not to an API user."""
    account = await world.account()
    await world.account("sms-other-1", of=world.neighbour)
    query = "{ accounts { nodes { name holder { id email name } } } }"
    data = await api.data(world.operator, query)
    assert {node["name"]: node["holder"]["email"] for node in data["accounts"]["nodes"]} == {
        "sms-demo-1": "holder@example.com",
        "sms-other-1": "neighbour@example.com",
    }
    viewer = (await api.data(world.holder, "{ viewer { holder { id } } }"))["viewer"]
    [own] = (await api.data(world.holder, query))["accounts"]["nodes"]
    assert own["holder"]["id"] == viewer["holder"]["id"]
    user = world.as_user(await world.user(account))
    assert await api.code(user, "{ viewer { user { account { holder { email } } } } }") == "FORBIDDEN"


async def test_a_new_holder_is_listed(api: Api, world: World) -> None:
    """As soon as there is one."""
    await create_holder(
        world.services, world.operator, email="New@example.com", name="New", password=HOLDER_PASSWORD,
        is_operator=False,
    )  # fmt: skip
    data = await api.data(world.operator, HOLDERS, filter={"emailPrefix": "new@"})
    assert data["holders"]["nodes"] == [{"email": "new@example.com", "isOperator": False}]
