"""GraphQL over HTTP: requests that HTTP itself refuses."""

import json

import httpx
import pytest
from starlette.types import ASGIApp, Message, Scope

from server.graphql.transport.http import MAX_BODY
from server.operations.core.services import Services
from tests.client import HOST, PEER, graphql_app
from tests.factories.graphql.transport.http import (
    GRAPHQL,
    JSON,
    SIGN_OUT,
    STATUSES,
    STREAM,
    SUBSCRIPTION,
    ask,
    codes,
    send,
)

pytestmark = pytest.mark.one_database


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """The endpoint as it is while developing."""
    return graphql_app(services)


async def test_several_accept_headers_are_one(app: ASGIApp) -> None:
    """A client may send the types that it accepts in several lines."""
    headers = [("Accept", "text/html"), ("Accept", GRAPHQL), ("Content-Type", JSON)]
    response = await send(app, content=json.dumps({"query": STATUSES}), headers=headers)
    assert response.headers["content-type"].startswith(GRAPHQL)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
async def test_other_methods(app: ASGIApp, method: str) -> None:
    """They are refused, with those that are served, in JSON."""
    response = await send(app, method)
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")
    assert method == "HEAD" or codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("accept", ["text/html", "image/*", f"{JSON};q=0", f"{JSON}; charset=latin-1"])
async def test_unknown_types_are_not_acceptable(app: ASGIApp, accept: str) -> None:
    """A client that accepts none of our types gets the list of them."""
    response = await ask(app, STATUSES, accept)
    assert (response.status_code, codes(response)) == (406, ["BAD_REQUEST"])
    assert GRAPHQL in response.text


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/graphql", "application/json; charset=utf-16", "application/jsonp", "json",
    ],
)  # fmt: skip
async def test_other_content_types(app: ASGIApp, content_type: str | None) -> None:
    """Requests that another site's page can send without a preflight are refused, whatever they contain."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await send(app, content=json.dumps({"query": STATUSES}), headers=headers)
    assert (response.status_code, codes(response)) == (415, ["BAD_REQUEST"])
    assert response.headers["accept"] == JSON


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json; x=y"],
)
async def test_ways_to_say_json(app: ASGIApp, content_type: str) -> None:
    """Parameters and capitals change nothing."""
    content = json.dumps({"query": STATUSES})
    response = await send(app, content=content, headers={"Content-Type": content_type})
    assert response.json()["data"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"null", b"true", b"42", b'"x"', b"[]", b'[{"query": "{ __typename }"}]', b"\xff\xfe", b"{}",
        b'{"query": null}', b'{"query": 1}', b'{"query": ["{ a }"]}', b'{"query": {}}', b'{"query": NaN}',
        b'{"query": "{ __typename }", "variables": []}', b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "variables": 1}', b'{"query": "{ __typename }", "extensions": []}',
        b'{"query": "{ __typename }", "operationName": 1}', b'{"query": "{ __typename }", "operationName": []}',
        b'{"query": "{ __typename }", "variables": {"a": 1e999}}', b'{"query": "\\u0000"}', b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5_000 + b"}}",
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
        b"[" * 200_000, b'{"a":' * 40_000, b'{"extensions": {"persistedQuery": null}}',
    ],
)  # fmt: skip
async def test_malformed_bodies(app: ASGIApp, content: bytes) -> None:
    """Each is 400 with a reason in JSON, whichever type is accepted."""
    for accept in (JSON, GRAPHQL, STREAM):
        headers = {"Content-Type": JSON, "Accept": accept}
        response = await send(app, content=content, headers=headers)
        assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])
        assert response.json()["errors"][0]["message"]


async def test_a_body_has_a_bound(app: ASGIApp) -> None:
    """256 KiB are read, and of what is longer no more than that."""
    body = json.dumps({"query": STATUSES}).encode()
    headers = {"Content-Type": JSON}
    fitting = await send(app, content=body.ljust(MAX_BODY), headers=headers)
    assert fitting.json()["data"]
    response = await send(app, content=body.ljust(MAX_BODY + 1), headers=headers)
    assert (response.status_code, codes(response)) == (413, ["BAD_REQUEST"])
    assert response.headers["connection"] == "close"


async def test_a_client_that_leaves_while_it_sends(app: ASGIApp) -> None:
    """It is no fault of ours: nothing is raised."""
    scope: Scope = {
        "type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "client": (PEER, 1),
        "headers": [(b"content-type", b"application/json")], "http_version": "1.1", "scheme": "http",
        "server": (HOST, 80), "root_path": "",
    }  # fmt: skip
    sent: list[Message] = []
    received: list[Message] = [
        {"type": "http.request", "body": b'{"query', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return received.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    assert sent[0]["status"] == 400


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, STREAM])
async def test_no_mutation_by_get(app: ASGIApp, accept: str) -> None:
    """A link must not change anything; the answer names the method that may."""
    response = await send(app, "GET", params={"query": SIGN_OUT}, headers={"Accept": accept})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert codes(response) == ["BAD_REQUEST"]


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*", f"{STREAM}, {JSON}"])
async def test_no_subscription_without_a_stream(app: ASGIApp, accept: str) -> None:
    """With both methods; the answer says what is needed."""
    for answer in (
        await send(app, "GET", params={"query": SUBSCRIPTION}, headers={"Accept": accept}),
        await ask(app, SUBSCRIPTION, accept),
    ):
        assert (answer.status_code, codes(answer)) == (400, ["BAD_REQUEST"])
        assert STREAM in answer.text


@pytest.mark.parametrize(
    "params",
    [
        "", "query=", "variables={}",
        "query=%7B__typename%7D&variables=[]", "query=%7B__typename%7D&variables=%7B", "query=%ff",
        "query=%7B__typename%7D&extensions=1", "query=%7B__typename%7D&query=%7B__typename%7D",
        "query=%7B__typename%7D&variables=%7B%22a%22:%22%5Cu0000%22%7D",
    ],
)  # fmt: skip
async def test_malformed_parameters(app: ASGIApp, params: str) -> None:
    """Each is 400 with a reason."""
    response = await send(app, "GET", params=httpx.QueryParams(params), headers={"Accept": GRAPHQL})
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]
