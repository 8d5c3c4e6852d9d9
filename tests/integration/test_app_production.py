"""The application in production, with the requests of tools that look for an open GraphQL endpoint."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query
from starlette.applications import Starlette

from server.app import build_app
from server.settings import Profile, Settings
from server.store.database import Database
from tests.factories.graphql.transport.http import GRAPHQL, JSON, SIGN_OUT, codes

ASK = {"query": "{ __typename }"}
CIRCLE = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"
DEEP = "query { " + "account { users { nodes { " * 8 + "id" + " } } }" * 8 + " }"
FRAGMENTS = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"
VALIDATION, LIMIT, REQUEST = "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_LIMIT_EXCEEDED", "BAD_REQUEST"


@pytest.fixture
async def production(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application, on a separate database: reading a document costs points."""
    database = Database(f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'chappe.db')}")
    await database.open()
    app: Starlette = build_app(
        Settings(
            profile=Profile.PRODUCTION,
            database={"url": database.url},
            security={"secret_key": "x" * 32},
        )
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://chappe.test"
    ) as client:
        yield client
    await database.close()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (get_introspection_query(), VALIDATION),
        ("{ __schema { directives { name } } }", VALIDATION),
        ('{ __type(name: "User") { name } }', VALIDATION),
        ("{ viewerr { name } }", VALIDATION),
        ("{ viewer { nam } }", VALIDATION),
        ('{ account(nam: "a") { name } }', VALIDATION),
        ("query { " + " ".join(f"alias{number}: __typename" for number in range(101)) + " }", LIMIT),
        ("query { __typename " + "@aa" * 50 + " }", LIMIT),
        ("query { __typename " + "@include(if: true) " * 50 + " }", LIMIT),
        ("query { " + "__typename " * 500 + "}", LIMIT),
        ("query { " + "__typename " * 5_000 + "}", LIMIT),
        (CIRCLE, VALIDATION),
        (DEEP, LIMIT),
        (FRAGMENTS, VALIDATION),
        ("{" * 10_000, "GRAPHQL_PARSE_FAILED"),
    ],
    ids=[
        "introspection", "the schema's directives", "a type", "a wrong root field", "a wrong field",
        "a wrong argument", "aliases", "unknown directives", "directives", "fields", "tokens",
        "a circle of types", "depth", "a circle of fragments", "braces",
    ],
)  # fmt: skip
async def test_what_probes_a_schema_or_wears_it_out_is_refused(
    production: httpx.AsyncClient, query: str, code: str
) -> None:
    """With a code and without a hint at what would have worked; by GET as by POST."""
    posted = await production.post("/graphql", json={"query": query}, headers={"Accept": GRAPHQL})
    answers = [posted]
    if len(query) < 3_000:
        answers.append(await production.get("/graphql", params={"query": query}, headers={"Accept": GRAPHQL}))
    for answer in answers:
        assert (answer.status_code, set(codes(answer))) == (400, {code})
        assert "data" not in answer.json()
        assert "Did you mean" not in answer.text


@pytest.mark.parametrize(
    ("method", "request_", "status"),
    [
        ("POST", {"json": [ASK, ASK]}, 400),
        ("POST", {"data": ASK}, 415),
        ("POST", {"files": {"query": "{ __typename }"}}, 415),
        ("POST", {"content": "query={__typename}", "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", {"content": "{ __typename }", "headers": {"Content-Type": "application/graphql"}}, 415),
        ("POST", {"params": ASK, "headers": {"Content-Type": JSON}}, 400),
        ("GET", {"params": {"query": SIGN_OUT}}, 405),
        ("GET", {"params": {"query": "mutation { __typename }"}}, 405),
        ("PUT", {"json": ASK}, 405),
        ("GET", {"params": ASK, "headers": {"Accept": "text/html"}}, 406),
    ],
    ids=[
        "a batch", "a form", "a form in parts", "text", "a bare document", "a query beside the body",
        "a mutation by GET", "any mutation by GET", "PUT", "a page",
    ],
)  # fmt: skip
async def test_ways_in_that_forgers_and_scanners_take_are_closed(
    production: httpx.AsyncClient, method: str, request_: dict[str, Any], status: int
) -> None:
    """Each is refused as a request, with a code, before anything is looked up."""
    answer = await production.request(method, "/graphql", **request_)
    assert (answer.status_code, codes(answer)) == (status, [REQUEST])


@pytest.mark.parametrize(
    "path",
    ["/graphiql", "/graphiql/", "/playground", "/console", "/altair", "/graph", "/api", "/graphql/console"],
)
async def test_no_console_is_there(production: httpx.AsyncClient, path: str) -> None:
    """Neither ours nor another one's, for a browser or a program."""
    for accept in ("text/html", "*/*"):
        assert (await production.get(path, headers={"Accept": accept})).status_code == 404


@pytest.mark.parametrize(
    "header", ["X-Apollo-Tracing", "X-Debug", "X-GraphQL-Debug", "apollo-federation-include-trace"]
)
async def test_an_answer_tells_nothing_of_how_it_came_about(
    production: httpx.AsyncClient, header: str
) -> None:
    """It has no tracing, timing or stack trace, on any request; an error has only its message."""
    asked = {"query": "{ viewer { name } }", "extensions": {"tracing": True, "debug": True}}
    answer = await production.post("/graphql", json=asked, headers={header: "1"}, params={"debug": "1"})
    assert answer.json().keys() <= {"data", "errors", "extensions"}
    assert answer.json().get("extensions", {}).keys() <= {"cost"}
    for error in answer.json()["errors"]:
        assert error["extensions"].keys() == {"code"}
    assert "Traceback" not in answer.text
