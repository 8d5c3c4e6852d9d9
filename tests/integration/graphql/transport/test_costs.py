"""The price of an operation: the work that is done, whatever its answer shows."""

from dataclasses import replace
from typing import Any

import pytest

from server.graphql.schema.ids import node_id
from server.graphql.transport.asgi import EdgePolicy
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.store.models import User
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api

pytestmark = pytest.mark.one_database

IDS = "query ($ids: [ID!]!) { %s }"


@pytest.fixture
def api(services: Services) -> Api:
    """GraphQL with the limits that it has by default."""
    return Api(services, EdgePolicy())


async def _cost(api: Api, caller: Principal, query: str, **variables: Any) -> dict[str, int]:
    """Return what an operation was asked for and what it paid, the second time that its document is sent."""
    await api.answer(caller, query, **variables)
    cost: dict[str, int] = (await api.answer(caller, query, **variables)).payload["extensions"]["cost"]
    return {name: cost[name] for name in ("requested", "actual")}


@pytest.mark.parametrize("found", [True, False])
async def test_what_was_looked_for_is_paid_for(api: Api, world: World, *, found: bool) -> None:
    """As much where nothing was found as where all was."""
    account = await world.account()
    user = await world.user(account)
    ids = [node_id("User", user.id if found else 10**9 + n) for n in range(100)]
    query = IDS % " ".join(f"a{n}: nodes(ids: $ids) {{ id }}" for n in range(9))
    assert await _cost(api, world.holder, query, ids=ids) == {"requested": 903, "actual": 903}
    nobody = "{ " + " ".join(f'a{n}: account(name: "sms-none-{n}") {{ name }}' for n in range(9)) + " }"
    assert await _cost(api, world.holder, nobody) == {"requested": 9, "actual": 9}


async def test_what_fails_takes_nothing_off(api: Api, world: World) -> None:
    """Forty-nine lists of a hundred next to a failing field cost as much as without it."""
    ids = [node_id("User", 10**9 + n) for n in range(100)]
    lists = " ".join(f"a{n}: nodes(ids: $ids) {{ id }}" for n in range(49))
    for failing in ('z: node(id: "nonsense") { id }', "z: accounts(first: -1) { nodes { name } }"):
        cost = await _cost(api, world.holder, IDS % f"{lists} {failing}", ids=ids)
        assert cost["actual"] >= 4_900
    few = (
        IDS
        % 'a: nodes(ids: $ids) { id } account(name: "sms-demo-1") { messages(after: "x") { nodes { id } } }'
    )
    await world.account()
    assert (await _cost(api, world.holder, few, ids=ids))["actual"] >= 100


async def test_pages_that_were_shorter_are_given_back(api: Api, world: World) -> None:
    """What was not there is not paid for: by plans and by the executor the same, with many leaves or few."""
    account = await world.account()
    for number in range(3):
        await world.user(account, f"user{number}")
    plain = "{ users(first: 50) { nodes { login quota { left } } } }"
    assert await _cost(api, world.holder, plain) == {"requested": 101, "actual": 7}
    nested = "{ accounts(first: 10) { nodes { name users(first: 10) { nodes { login } } } } }"
    assert await _cost(api, world.holder, nested) == {"requested": 121, "actual": 1 + 1 + 1 + 3}
    leaves = " ".join(f"a{n}: login" for n in range(15))
    wide = f"{{ users(first: 10) {{ edges {{ cursor node {{ {leaves} }} }} }} }}"
    assert await _cost(api, world.holder, wide) == {"requested": 31, "actual": 1 + 3 * (1 + 2)}


async def test_a_mutation_is_never_given_back(api: Api, world: World) -> None:
    """Whether it was done or refused."""
    await world.account()
    unknown = (
        'mutation { deleteUser(input: {account: "sms-demo-1", login: "nobody"}) { userErrors { code } } }'
    )
    cost = await _cost(api, world.holder, unknown)
    assert cost == {"requested": 12, "actual": 12}


async def test_looking_at_receivers_is_paid_for(api: Api, world: World) -> None:
    """An estimate costs by its receivers, though only the number of parts is asked."""
    account = await world.account()
    given = {
        "account": account.name,
        "sender": "Shop",
        "text": "x",
        "receivers": [f"+336123{n:05}" for n in range(90)],
    }
    query = "query ($input: EstimateMessageInput!) { estimateMessage(input: $input) { parts } }"
    cost = await _cost(api, world.holder, query, input=given)
    assert cost["actual"] >= 90


async def test_variables_that_are_refused_are_paid_for(api: Api, world: World) -> None:
    """Thousands of values are checked before one is found wrong."""
    query = "query ($codes: [Int!]!) { pttCodes(codes: $codes) { code } }"
    cost = await _cost(api, world.holder, query, codes=[*range(900), "x"])
    assert cost["actual"] == 902 // 30


async def test_the_whole_is_one_after_the_other(api: Api, world: World) -> None:
    """A large query is answered like any other, in the requested order, including introspection."""
    ids = [node_id("User", n) for n in range(100)]
    lists = " ".join(f"a{n}: nodes(ids: $ids) {{ id }}" for n in range(11))
    schema = "s: __schema { types { name fields { name args { name } } } }"
    query = IDS % f'{lists} wrong: node(id: "nonsense") {{ id }} {schema} last: __typename'
    result = await api.execute(world.holder, query, ids=ids)
    assert result.data is not None
    assert list(result.data) == [*(f"a{n}" for n in range(11)), "wrong", "s", "last"]
    assert [error.path for error in result.errors or ()] == [["wrong"]]
    assert {"name": "signOut", "args": []} in next(
        type_["fields"] for type_ in result.data["s"]["types"] if type_["name"] == "Mutation"
    )


async def test_the_budget_pays_for_it(services: Services, world: World) -> None:
    """What was spent on answers of nulls is gone, and the next one waits."""
    policy = replace(services.policy, rate_capacity=1_000, rate_per_second=1)
    api = Api(replace(services, policy=policy), EdgePolicy())
    ids = [node_id("User", 10**9 + n) for n in range(100)]
    query = IDS % " ".join(f"a{n}: nodes(ids: $ids) {{ id }}" for n in range(4))
    for _ in range(2):
        assert (await api.execute(world.holder, query, ids=ids)).errors is None
    assert await api.code(world.holder, query, ids=ids) == "THROTTLED"
    assert await User.all().count() == 0
