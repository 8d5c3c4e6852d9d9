"""GraphQL over HTTP: what production allows, whose cookie counts, and the cost of refusals."""

import asyncio
import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.types import ASGIApp
from structlog.testing import capture_logs

from server.app import edge_policy
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.limits import Limits
from server.operations.core.services import Services
from server.settings import Profile, Settings
from tests.client import HOST, graphql_app
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.api import Api
from tests.factories.graphql.transport.http import (
    GRAPHQL,
    STATUSES,
    SUBSCRIPTION,
    VIEWER,
    ask,
    codes,
    endpoint,
    send,
)

pytestmark = pytest.mark.one_database

SIGN_IN = (
    f'mutation {{ signIn(input: {{holder: {{email: "holder@example.com", password: "{HOLDER_PASSWORD}"}}}}) '
    "{ token } }"
)


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """The endpoint as it is while developing."""
    return graphql_app(services)


@pytest.fixture
async def holder(world: World) -> dict[str, str]:
    """The headers of a request by the holder."""
    secret = await (await Callers.build(world)).secret("holder")
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def production(services: Services, settings: Settings) -> ASGIApp:
    """The endpoint as the production profile has it."""
    policy = edge_policy(settings.having(profile=Profile.PRODUCTION))
    return endpoint(services, policy)


async def test_production_keeps_the_schema_to_itself(
    production: ASGIApp, app: ASGIApp, holder: dict[str, str]
) -> None:
    """No introspection and no suggestions of names there, both while developing."""
    introspection, wrong = "{ __schema { queryType { name } } }", "{ viewerr { name } }"
    assert (await ask(app, introspection)).json()["data"]
    assert "Did you mean" in (await ask(app, wrong)).text
    assert set(codes(await ask(production, introspection))) == {"GRAPHQL_VALIDATION_FAILED"}
    hidden = await ask(production, wrong)
    assert codes(hidden) == ["GRAPHQL_VALIDATION_FAILED"]
    assert "Did you mean" not in hidden.text
    query = "query ($order: UserOrder!) { users(orderBy: $order) { nodes { login } } }"
    for order in ({"feld": "LOGIN"}, {"field": "LOGIM"}, {"field": "LOGIN", "directio": "ASC"}):
        body = {"query": query, "variables": {"order": order}}
        assert "Did you mean" in (await ask(app, body, **holder)).text
        told = await ask(production, body, **holder)
        assert codes(told)
        assert "Did you mean" not in told.text
    assert (await ask(production, "{ __typename }")).json()["data"]


async def test_production_sends_cookies_over_https_only(
    production: ASGIApp, app: ASGIApp, world: World
) -> None:
    """The browser of a holder that signs in gets one that no plain connection carries; others do while developing."""
    assert world
    for server, secure in ((production, True), (app, False)):
        response = await ask(server, SIGN_IN, Origin=f"http://{HOST}")
        assert response.json()["data"]["signIn"]["token"]
        assert ("secure" in response.headers["set-cookie"].lower().split("; ")) == secure


async def test_production_with_trusted_documents_alone(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    """Only those of the operator's file are executed, by text or by hash."""
    digest = hashlib.sha256(STATUSES.encode()).hexdigest()
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({digest: STATUSES}))
    given = {"documents": "trusted-only", "trusted_documents": path}
    app = endpoint(services, edge_policy(settings.having(profile=Profile.PRODUCTION, graphql=given)))
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    assert (await ask(app, STATUSES)).json()["data"]
    assert (await ask(app, named)).json()["data"]
    by_get = await send(app, "GET", params={"extensions": json.dumps(named["extensions"])})
    assert by_get.json()["data"]
    refused = await ask(app, "{ __typename }", GRAPHQL)
    assert (refused.status_code, codes(refused)) == (400, ["PERSISTED_QUERY_ONLY"])


async def test_persisted_queries_are_off_unless_set(services: Services, settings: Settings) -> None:
    """If they are on, a sent document can be referred to by its hash."""
    digest = hashlib.sha256(STATUSES.encode()).hexdigest()
    named = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    off = endpoint(services, edge_policy(settings))
    refused = await ask(off, named)
    assert codes(refused) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert refused.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
    on = endpoint(services, edge_policy(settings.having(graphql={"persisted_queries": True})))
    unknown = await ask(on, named)
    assert codes(unknown) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await ask(on, {"query": STATUSES, **named})).json()["data"]
    assert (await ask(on, named)).json()["data"]


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({}, True), ({"Origin": f"http://{HOST}"}, True), ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True), ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False), ({"Origin": "https://evil.test"}, False), ({"Origin": "null"}, False),
        ({"Origin": "http://["}, False), ({"Origin": f"http://{HOST}:81"}, False),
    ],
)  # fmt: skip
async def test_a_cookie_counts_for_pages_of_ours_alone(
    app: ASGIApp, holder: dict[str, str], headers: dict[str, str], *, known: bool
) -> None:
    """What a browser sends along for another site's page is nobody's."""
    cookie = "chappe_session=" + holder["Authorization"].removeprefix("Bearer ")
    response = await ask(app, VIEWER, Cookie=cookie, **headers)
    assert ("data" in response.json()) == known
    token = await ask(app, VIEWER, **holder, **headers)
    assert token.json()["data"]


async def test_no_origin_is_invited(app: ASGIApp) -> None:
    """No answer tells a browser that another site's page may read it."""
    for response in (
        await ask(app, STATUSES, Origin="https://evil.test"),
        await send(
            app, "OPTIONS", headers={"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
        ),
    ):
        assert not [name for name in response.headers if name.startswith("access-control")]


async def test_a_document_is_parsed_once(services: Services) -> None:
    """However often it is sent, with whatever variables, and also where the limits are others."""
    api = Api(services, EdgePolicy(limits=Limits(cost=10), introspection=False))
    query = "query ($c: Int!) { pttCode(code: $c) { code } }"
    for code in range(5):
        assert (await api.data(None, query, c=code))["pttCode"] == {"code": code}
        assert await api.code(None, "{ nothing }") == "GRAPHQL_VALIDATION_FAILED"
    assert (api.engine.documents.misses, api.engine.documents.hits) == (2, 8)


async def test_one_document_sent_at_once_is_parsed_once(services: Services) -> None:
    """Those who come while it is looked over wait for what comes of that."""
    api = Api(services)
    query = "{ " + " ".join(f"a{n}: pttCode(code: {n}) {{ code final }}" for n in range(40)) + " }"
    await asyncio.gather(*(api.data(None, query) for _ in range(5)))
    assert api.engine.documents.misses == 1


@pytest.mark.parametrize(
    "query",
    [
        "{", "{ nothing }", "{ a: __typename " * 60, SUBSCRIPTION, "{ ...F } fragment F on Query { ...F }",
        "{" + " ".join(f"a{n}: __typename" for n in range(200)) + "}",
    ],
)  # fmt: skip
async def test_what_is_refused_asks_no_database(
    app: ASGIApp, holder: dict[str, str], caplog: pytest.LogCaptureFixture, query: str
) -> None:
    """Once it has been looked over, not even to find out whose token it is; and a good one does ask."""
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    assert codes(await ask(app, query, **holder))
    caplog.clear()
    assert codes(await ask(app, query, **holder))
    assert not [record for record in caplog.records if record.name == "tortoise.db_client"]
    assert (await ask(app, VIEWER, **holder)).json()["data"]
    assert [record for record in caplog.records if record.name == "tortoise.db_client"]


async def test_reading_a_document_is_paid_for(services: Services, holder: dict[str, str]) -> None:
    """By its sender, valid or not, before it is read; a known one costs nothing more."""
    capacity = 100
    app = endpoint(
        replace(services, policy=replace(services.policy, rate_capacity=capacity, rate_per_second=1)),
        EdgePolicy(),
    )
    wrong = ["{ nothing" + " " * (20 * 28) + f"a{number} }}" for number in range(4)]
    for query in [*wrong[:3], wrong[0], wrong[1]]:
        assert set(codes(await ask(app, query))) == {"GRAPHQL_VALIDATION_FAILED"}
    response = await ask(app, wrong[3], GRAPHQL)
    assert (response.status_code, codes(response)) == (429, ["THROTTLED"])
    assert set(codes(await ask(app, wrong[3], **holder))) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(("query", "variables"), [(SIGN_IN, ""), ("query ($p: ID!) {", '{"p": "my secret"}')])
async def test_a_document_in_a_url_is_not_logged(app: ASGIApp, query: str, variables: str) -> None:
    """A sign-in by GET is refused, and still its password must not be in the log."""
    with capture_logs() as logs:
        response = await send(app, "GET", params={"query": query, "variables": variables})
    assert response.json()["errors"]
    [line] = [line for line in logs if line["event"] == "request"]
    assert line["query"] in {"query=[redacted]&variables=", "query=[redacted]&variables=[redacted]"}
