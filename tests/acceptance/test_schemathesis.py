"""Schemathesis: generated documents from all kinds of callers, and no answer that is a bug."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import schemathesis
from graphql import ArgumentNode, Node, ObjectFieldNode, StringValueNode, Visitor, parse, print_ast, visit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.graphql import nodes

from tests.factories.cli.processes import PATIENCE_SECONDS, started

SDL = Path(__file__).parents[2] / "schema.graphql"
EXAMPLES = 150
ACCEPTED = ("application/json", "application/graphql-response+json")
# Three of four documents fit the schema; the rest break it in one place.
MODES = [GenerationMode.POSITIVE] * 3 + [GenerationMode.NEGATIVE]
LIKELY = 0.75

SCALARS: dict[str, SearchStrategy[str]] = {
    "Credits": st.from_regex(r"-?[0-9]{1,4}(\.[0-9]{1,4})?", fullmatch=True),
    "CountryCode": st.from_regex(r"[A-Z]{2}|[a-z]{1,3}", fullmatch=True),
    "PhoneNumber": st.sampled_from(["+447700900004", "+33639980024", "0044 7700 900001", "+1", "none"]),
    "IPAddress": st.ip_addresses().map(str),
    "URL": st.sampled_from(["https://example.com/a?b=c", "http://[::1]/", "ftp://example.com", "x"]),
    "DateTime": st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
}
# Names from the demo, for most places where a document would have a random name.
KNOWN = {
    "account": ["sms-demo-1", "sms-demo-2"], "name": ["sms-demo-1", "Chappe", "Semaphore"], "sender": ["Chappe"],
    "login": ["shop", "monitoring", "warehouse"], "from": ["sms-demo-1"], "to": ["sms-demo-2"],
    "holderEmail": ["demo@example.com"], "password": ["abcd1234"], "receivers": ["+447700900004"],
}  # fmt: skip
PAGING = {"first", "last", "after", "before"}


class _Likelier(Visitor):
    """Makes documents use existing names, and leave pages as they are, more often than by chance."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def enter(self, node: Node, *_: Any) -> Any:
        if not isinstance(node, ArgumentNode | ObjectFieldNode) or self._random.random() > LIKELY:
            return None
        name = node.name.value
        if name in PAGING and isinstance(node, ArgumentNode):
            return self.REMOVE
        if name in KNOWN and isinstance(node.value, StringValueNode):
            value = StringValueNode(value=self._random.choice(KNOWN[name]))
            return type(node)(name=node.name, value=value)
        return None


@pytest.fixture(scope="module")
def documents() -> SearchStrategy[str]:
    """Documents with one query or mutation each, all equally likely."""
    for name, texts in SCALARS.items():
        schemathesis.graphql.scalar(name, texts.map(nodes.String))
    # After a sign-out the caller is a stranger.
    schema = schemathesis.graphql.from_file(SDL.read_text()).exclude(name="Mutation.signOut")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]

    @st.composite
    def document(draw: st.DrawFn) -> str:
        case = draw(draw(st.sampled_from(operations)).as_strategy(draw(st.sampled_from(MODES))))
        return print_ast(visit(parse(case.body), _Likelier(draw(st.randoms()))))

    return document()


@pytest.fixture
def server(tmp_path: Path, sqlite_template: Path) -> Iterator[httpx.Client]:
    """A client of a new server with the demo's data, in the folder with its passwords."""
    shutil.copy(sqlite_template, tmp_path / "chappe.db")
    environment = {
        "CHAPPE_DATABASE_URL": f"sqlite://{tmp_path}/chappe.db",
        "CHAPPE_RATE_CAPACITY": str(10**9),
        "CHAPPE_PASSWORD_MEMORY_KIB": "32",
        "CHAPPE_PASSWORD_TIME_COST": "1",
    }
    with started("demo", "--serve", "--port", "0", environment=environment, folder=tmp_path) as process:
        with httpx.Client(base_url=process.url(), timeout=PATIENCE_SECONDS, trust_env=False) as client:
            yield client
        assert process.alive
        assert "Traceback" not in process.err


def _sign_in(server: httpx.Client, caller: str, folder: Path) -> None:
    passwords = json.loads((folder / "demo.json").read_text())
    if caller == "user":
        login = {"account": "sms-demo-1", "login": "shop", "password": passwords["user"]}
    else:
        email = {"holder": "demo@example.com", "operator": "operator@example.com"}[caller]
        login = {"email": email, "password": passwords[caller]}
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
    variables = {"input": {"user" if caller == "user" else "holder": login}}
    answer = server.post("/graphql", json={"query": query, "variables": variables})
    server.headers["Authorization"] = f"Bearer {answer.json()['data']['signIn']['token']}"
    server.cookies.clear()


@pytest.mark.parametrize(
    ("caller", "answer", "often"),
    [
        ("anonymous", "UNAUTHENTICATED", 50),
        ("user", "answered", 5),
        ("holder", "answered", 10),
        ("operator", "answered", 10),
    ],
)
def test_no_document_is_too_odd(
    server: httpx.Client, documents: SearchStrategy[str], tmp_path: Path, caller: str, answer: str, often: int
) -> None:
    """Each is answered in JSON; faults of the client have a code; many documents do something."""
    if caller != "anonymous":
        _sign_in(server, caller, tmp_path)
    came_of: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(documents, st.sampled_from(ACCEPTED))
    def ask(document: str, accept: str) -> None:
        response = server.post("/graphql", json={"query": document}, headers={"Accept": accept})
        assert response.status_code < httpx.codes.INTERNAL_SERVER_ERROR
        assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"
        body = response.json()
        codes = {error["extensions"]["code"] for error in body.get("errors", ())}
        assert "INTERNAL_SERVER_ERROR" not in codes, body
        came_of.update(codes or {"answered"})

    ask()
    assert came_of[answer] >= often, came_of
