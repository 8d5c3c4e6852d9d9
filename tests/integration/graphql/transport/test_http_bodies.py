"""Compressed bodies and answers of the GraphQL endpoint, and answers that hold a secret."""

import gzip
import json
import zlib

import httpx
import pytest
from starlette.types import ASGIApp

from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.http import MAX_BODY
from server.operations.core.services import Services
from server.web.compression import Compression
from tests.factories.graphql.transport.http import GRAPHQL, codes, endpoint, send

pytestmark = pytest.mark.one_database

QUERY = json.dumps({"query": "{ __typename }"}).encode()
PTT_CODES = "{ pttCodes { code description final } }"


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """The endpoint, wrapped as the server wraps it."""
    return Compression(endpoint(services, EdgePolicy()))


async def _post(app: ASGIApp, body: bytes, coding: str) -> httpx.Response:
    headers = {"Content-Type": "application/json", "Accept": GRAPHQL, "Content-Encoding": coding}
    return await send(app, content=body, headers=headers)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
async def test_a_body_may_be_gzip(app: ASGIApp, coding: str) -> None:
    """It is read like any other."""
    response = await _post(app, gzip.compress(QUERY), coding)
    assert response.json()["data"] == {"__typename": "Query"}
    as_it_is = await _post(app, QUERY, "identity")
    assert as_it_is.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "nonsense"])
async def test_other_codings_are_refused(app: ASGIApp, coding: str) -> None:
    """With the one that is read in a header."""
    response = await _post(app, QUERY, coding)
    assert (response.status_code, codes(response)) == (415, ["BAD_REQUEST"])
    assert response.headers["accept-encoding"] == "gzip"


BROKEN = {
    "no gzip": QUERY,
    "zlib": zlib.compress(QUERY),
    "cut off": gzip.compress(QUERY)[:-9],
    "without its sum": gzip.compress(QUERY)[:-1],
    "a wrong sum": gzip.compress(QUERY)[:-8] + bytes(8),
    "more after it": gzip.compress(QUERY) + b"x",
    "two": gzip.compress(QUERY) * 2,
    "nothing": b"",
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_what_is_no_gzip_is_refused(app: ASGIApp, kind: str) -> None:
    """Whatever is wrong with it."""
    response = await _post(app, BROKEN[kind], "gzip")
    assert (response.status_code, codes(response)) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize("inflated", [MAX_BODY + 1, 100 * MAX_BODY])
async def test_a_bomb_is_not_inflated(app: ASGIApp, inflated: int) -> None:
    """The bound holds for what a body is inflated: no more of it is made."""
    response = await _post(app, gzip.compress(b" " * inflated), "gzip")
    assert (response.status_code, codes(response)) == (413, ["BAD_REQUEST"])
    fits = QUERY + b" " * (MAX_BODY - len(QUERY))
    assert (await _post(app, gzip.compress(fits), "gzip")).json()["data"]


async def test_a_long_answer_is_compressed_and_a_mutation_is_not(app: ASGIApp) -> None:
    """A mutation's answer may hold a secret next to an attacker's text."""
    response = await send(app, json={"query": PTT_CODES}, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.json()["data"]["pttCodes"]
    sign_in = (
        'signIn(input: {holder: {email: "a@example.com", password: "wrong"}}) { userErrors { code message } }'
    )
    document = "mutation { " + " ".join(f"a{n}: {sign_in}" for n in range(15)) + " }"
    told = await send(app, json={"query": document}, headers={"Accept-Encoding": "gzip"})
    assert len(told.content) > 1_000
    assert "content-encoding" not in told.headers
