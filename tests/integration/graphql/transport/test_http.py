"""GraphQL over HTTP: the status, type and cost of each answer."""

from dataclasses import replace

import pytest
from starlette.types import ASGIApp

from server.errors import Overloaded
from server.graphql.transport.answers import refuse_denied
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.http import respond
from server.graphql.transport.pricing import reading_cost
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from tests.client import graphql_app
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.graphql.transport.http import (
    GRAPHQL,
    JSON,
    STREAM,
    SUBSCRIPTION,
    VIEWER,
    ask,
    codes,
    endpoint,
    send,
)

pytestmark = pytest.mark.one_database


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """The endpoint as it is while developing."""
    return graphql_app(services)


@pytest.fixture
async def holder(world: World) -> dict[str, str]:
    """The headers of a request by the holder."""
    secret = await (await Callers.build(world)).secret("holder")
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("{", 400, "GRAPHQL_PARSE_FAILED"), ("{ nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($a: Int!) { pttCode(code: $a) { code } }", 400, "BAD_USER_INPUT"),
        (VIEWER, 401, "UNAUTHENTICATED"), ("query A { __typename } query B { __typename }", 400, "OPERATION_RESOLUTION_FAILURE"),
        ("{" + "a { " * 30 + "b" + " }" * 31, 400, "GRAPHQL_LIMIT_EXCEEDED"),
        (SUBSCRIPTION, 400, "BAD_REQUEST"),
    ],
)  # fmt: skip
async def test_what_is_refused_has_its_status(app: ASGIApp, query: str, status: int, code: str) -> None:
    """By the specification's own type, without `data`; as plain JSON it is 200, for clients that know no better."""
    strict, lenient = await ask(app, query, GRAPHQL), await ask(app, query, JSON)
    assert (strict.status_code, codes(strict)) == (status, [code])
    assert "data" not in strict.json()
    assert codes(lenient) == [code]
    if code != "BAD_REQUEST":
        assert lenient.status_code == 200
        assert "data" not in lenient.json()


async def test_who_may_not_is_told_by_status(app: ASGIApp, holder: dict[str, str]) -> None:
    """A holder that acts as the operator gets 403."""
    query = 'mutation { setRate(input: {country: "FR", credits: "1"}) { userErrors { code } } }'
    response = await ask(app, query, GRAPHQL, **holder)
    assert (response.status_code, codes(response)) == (403, ["FORBIDDEN"])


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*"])
async def test_an_answer_has_the_type_that_was_asked_for(
    app: ASGIApp, holder: dict[str, str], accept: str
) -> None:
    """And is not kept, guessed at, or taken for the answer to another request."""
    response = await ask(app, VIEWER, accept, **holder)
    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"name": "holder@example.com"}}
    expected = JSON if accept == "*/*" else accept
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept, Origin"


async def test_a_partial_answer_is_no_refusal(app: ASGIApp, holder: dict[str, str]) -> None:
    """Where a field fails the rest is given, and the status says so."""
    response = await ask(app, '{ viewer { name } node(id: "x") { id } }', GRAPHQL, **holder)
    assert response.status_code == 200
    assert response.json()["data"] == {"viewer": {"name": "holder@example.com"}, "node": None}
    assert codes(response) == ["BAD_USER_INPUT"]


async def test_queries_by_get(app: ASGIApp, holder: dict[str, str]) -> None:
    """With variables and a name, as in a body."""
    query = "query A($c: Int!) { pttCode(code: $c) { code } } query B { viewer { name } }"
    params = {"query": query, "variables": '{"c": 4}', "operationName": "A"}
    response = await send(app, "GET", params=params, headers=holder)
    assert response.json()["data"] == {"pttCode": {"code": 4}}
    named = await send(app, "GET", params={"query": query, "operationName": "B"}, headers=holder)
    assert named.json()["data"] == {"viewer": {"name": "holder@example.com"}}
    unnamed = await send(app, "GET", params={"query": VIEWER, "operationName": ""}, headers=holder)
    assert unnamed.json()["data"] == {"viewer": {"name": "holder@example.com"}}


@pytest.mark.parametrize("nothing", ["", "null", " null "])
async def test_an_empty_parameter_is_none(app: ASGIApp, nothing: str) -> None:
    """A form that leaves a parameter empty, or a client that writes null, means that there is none."""
    params = {"query": "{ __typename }", "variables": nothing, "extensions": nothing}
    response = await send(app, "GET", params=params, headers={"Accept": GRAPHQL})
    assert (response.status_code, response.json()["data"]) == (200, {"__typename": "Query"})


def test_an_overload_is_told_as_such() -> None:
    """It is the server's state, not the client's fault, and the answer says when to try again."""
    refused = refuse_denied(Overloaded("Too much to do.", retry_after=3))
    response = respond(refused, GRAPHQL)
    assert (response.status_code, response.headers["retry-after"]) == (503, "3")


async def test_the_operation_is_found_by_name(app: ASGIApp) -> None:
    """It is not found without a name if there are several, or with an unknown name."""
    two = "query A { __typename } query B { deliveryStatuses { number } }"
    found = await ask(app, {"query": two, "operationName": "A"})
    assert found.json()["data"] == {"__typename": "Query"}
    for name, words in ((None, "several"), ("C", "no operation of this name")):
        response = await ask(app, {"query": two, "operationName": name}, GRAPHQL)
        assert (response.status_code, codes(response)) == (400, ["OPERATION_RESOLUTION_FAILURE"])
        assert words in response.text
    only_a_fragment = await ask(app, "fragment F on Query { __typename }", GRAPHQL)
    assert only_a_fragment.status_code == 400


async def test_an_answer_tells_its_cost(services: Services, holder: dict[str, str]) -> None:
    """What was charged for it, what it took, and what is left; a document that is new costs its reading besides."""
    app = endpoint(services, EdgePolicy())
    query = "{ accounts(first: 100) { nodes { name } } }"
    first, second = [(await ask(app, query, **holder)).json() for _ in range(2)]
    actual = 1 + len(first["data"]["accounts"]["nodes"])
    left = services.policy.rate_capacity - reading_cost(query) - actual
    assert first["extensions"]["cost"] == {"requested": 101, "actual": actual, "available": left}
    assert second["extensions"]["cost"] == {"requested": 101, "actual": actual, "available": left - actual}


async def test_a_caller_can_ask_what_is_left(services: Services, holder: dict[str, str]) -> None:
    """It is what is left once the question itself is charged, and comes back as the server is set."""
    policy = replace(services.policy, rate_capacity=1_000, rate_per_second=10)
    app = endpoint(replace(services, policy=policy), EdgePolicy())
    query = "{ viewer { rateLimit { capacity available restoredPerSecond } } }"
    response = await ask(app, query, **holder)
    requested = response.json()["extensions"]["cost"]["requested"]
    assert response.json()["data"]["viewer"]["rateLimit"] == {
        "capacity": 1_000,
        "available": 1_000 - requested - reading_cost(query),
        "restoredPerSecond": 10,
    }


async def test_what_costs_too_much_is_refused(
    app: ASGIApp, services: Services, holder: dict[str, str]
) -> None:
    """Before it is begun, by what its pages could hold; nothing is charged for it."""
    query = "{ accounts(first: 100) { nodes { users(first: 100) { nodes { messages(first: 100) { nodes { body } } } } } } }"
    response = await ask(endpoint(services, EdgePolicy()), query, GRAPHQL, **holder)
    assert (response.status_code, codes(response)) == (400, ["GRAPHQL_LIMIT_EXCEEDED"])
    assert (await ask(app, query, GRAPHQL, **holder)).status_code == 200


async def test_who_has_spent_all_waits(services: Services, clock: ManualClock) -> None:
    """The answer says for how long, in a header as well; afterwards it goes on."""
    query = "{ " + " ".join(f"a{number}: pttCode(code: 4) {{ code }}" for number in range(49)) + " }"
    policy = replace(services.policy, rate_capacity=100 + reading_cost(query), rate_per_second=10)
    app = endpoint(replace(services, policy=policy), EdgePolicy())
    for _ in range(2):
        assert (await ask(app, query, GRAPHQL)).status_code == 200
    response = await ask(app, query, GRAPHQL)
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (429, "THROTTLED")
    assert error["extensions"]["retryAfter"] == 5
    assert response.headers["retry-after"] == "5"
    assert (await ask(app, query, JSON)).headers["retry-after"] == "5"
    clock.advance(5)
    assert (await ask(app, query, GRAPHQL)).status_code == 200


async def test_a_query_as_a_stream(app: ASGIApp, holder: dict[str, str]) -> None:
    """Who accepts nothing but a stream gets one of a single answer."""
    response = await ask(app, VIEWER, STREAM, **holder)
    assert response.headers["content-type"].startswith(STREAM)
    assert "holder@example.com" in response.text
