"""The length of a list: counted only on request, up to a bound, and charged."""

import logging
from typing import Any

import pytest

from server.graphql.schema import paging
from server.operations.access.authentication import sign_in_holder
from server.operations.core.services import Services
from tests.client import Client, graphql_app
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.api import Api
from tests.factories.graphql.schema.lists import LISTS, Listing
from tests.factories.store.population import populate

EACH = 7


@pytest.mark.parametrize("listing", LISTS.values(), ids=LISTS)
async def test_a_list_tells_how_many_it_has(api: Api, world: World, listing: Listing) -> None:
    """On whatever page, even one beyond its end; as many as are read from it."""
    await populate(world, accounts=2, each=EACH)
    document = listing.document.replace("pageInfo {", "totalCount pageInfo {")
    counts = set()
    cursor = None
    for variables in ({"first": 1}, {"first": 100}):
        found: Any = await api.data(listing.caller(world), document, **variables)
        while "edges" not in found:
            [found] = found.values()
        counts.add(found["totalCount"])
        cursor = found["edges"][-1]["cursor"]
    beyond: Any = await api.data(listing.caller(world), document, after=cursor)
    while "edges" not in beyond:
        [beyond] = beyond.values()
    assert beyond["edges"] == []
    assert counts == {beyond["totalCount"]} == {len(found["edges"])}


async def test_it_is_counted_under_the_filter(api: Api, world: World) -> None:
    """And for each account by itself."""
    await populate(world, accounts=3, each=EACH)
    data = await api.data(
        world.holder,
        '{ accounts(filter: {namePrefix: "sms-many"}, first: 2) { totalCount nodes { users { totalCount } '
        'creditEntries(filter: {login: "user-003"}) { totalCount } messages(first: 1) { totalCount } } } }',
    )
    assert data["accounts"]["totalCount"] == 3
    one = {"users": {"totalCount": 7}, "creditEntries": {"totalCount": 1}, "messages": {"totalCount": 7}}
    assert data["accounts"]["nodes"] == [one, one]


async def test_counting_stops_at_a_bound(api: Api, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than that says that there are more."""
    monkeypatch.setattr(paging, "MAX_COUNTED", 4)
    await populate(world, accounts=1, each=EACH)
    assert (await api.data(world.holder, "{ users { totalCount } }"))["users"]["totalCount"] == 5


async def test_nothing_is_counted_unasked_and_all_at_once_where_it_is(
    api: Api, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """One statement more for a list, and one for the lists of all accounts together, however often it is selected."""
    await populate(world, accounts=3, each=EACH)
    caplog.set_level(logging.DEBUG, "tortoise.db_client")

    async def statements(selection: str) -> int:
        caplog.clear()
        await api.data(world.holder, f"{{ accounts {{ {selection} }} }}")
        return sum(record.name == "tortoise.db_client" for record in caplog.records)

    await statements("nodes { name }")
    assert await statements("nodes { name }") == 1
    assert await statements("totalCount again: totalCount nodes { name }") == 2
    assert await statements("nodes { users { nodes { login } } }") == 3
    assert await statements("nodes { users { totalCount nodes { login } } }") == 4


async def test_counting_is_paid_for(services: Services, world: World) -> None:
    """For each list that is counted, and not given back."""
    await populate(world, accounts=1, each=1)
    client = Client(graphql_app(services), await _token(world))

    async def cost(query: str) -> dict[str, int]:
        found: dict[str, int] = (await client.ask(query)).body["extensions"]["cost"]
        return found

    plain, counted = (
        await cost("{ users { nodes { id } } }"),
        await cost("{ users { totalCount nodes { id } } }"),
    )
    assert counted["requested"] - plain["requested"] >= paging.COUNT_COST
    assert counted["actual"] - plain["actual"] >= paging.COUNT_COST
    nested = await cost("{ accounts(first: 10) { nodes { users { totalCount } } } }")
    assert nested["requested"] >= 10 * paging.COUNT_COST


async def _token(world: World) -> str:
    signed_in = await sign_in_holder(
        world.services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
    )
    return signed_in.secret
