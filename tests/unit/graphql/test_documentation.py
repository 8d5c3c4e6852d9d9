"""The documentation's codes and bounds are those of the code."""

import re
from pathlib import Path

import pytest

from server.cli.serving import WEBSOCKET_FRAME_BYTES
from server.errors import ErrorCode
from server.graphql.delivery.queries import MAX_CODES
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.paging import MAX_PAGE
from server.graphql.schema.root import MAX_NODES
from server.graphql.schema.texts import MAX_DIGITS, MAX_VALUES
from server.graphql.transport import http, json_body, pricing, shared_streams, streams, websocket
from server.graphql.transport.limits import Limits

ROOT = Path(__file__).parents[3]
LIMITS, SOCKETS = Limits(), websocket.SocketPolicy()
BOUNDS = {
    "characters": LIMITS.chars,
    "tokens, and comments": LIMITS.tokens,
    "nested brackets": LIMITS.nesting,
    "depth": LIMITS.depth,
    "aliases": LIMITS.aliases,
    "directives": LIMITS.directives,
    "fields": LIMITS.fields,
    "fragments": LIMITS.fragments,
    "operations": LIMITS.operations,
    "comparisons of fields with the same response name, in steps; each pair takes two or more": LIMITS.comparisons,
    "reported errors; the rest are left out": LIMITS.errors,
    "cost of an operation, in points": LIMITS.cost,
    "bytes of a body, as it arrives and decompressed": http.MAX_BODY,
    "values in its JSON, at any depth": MAX_VALUES,
    "depth of its JSON": json_body.MAX_DEPTH,
    "digits of an integer": MAX_DIGITS,
    "entries of a page": MAX_PAGE,
    "ids of `nodes`": MAX_NODES,
    "codes of `pttCodes`": MAX_CODES,
    "operations at a time on one WebSocket": SOCKETS.operations,
    "operations that one caller follows at a time, on all connections together": streams.MAX_OF_ONE_CALLER,
    "characters of an operation's id": websocket.MAX_ID,
    "bytes of a WebSocket's message": WEBSOCKET_FRAME_BYTES,
    "seconds until `connection_init`": SOCKETS.init_seconds,
    "seconds that a client may take to read what it is sent": SOCKETS.send_seconds,
    "events that wait for a client which others do not wait for": shared_streams.MAX_PENDING,
    "reading a document that is new to the server, valid or not: 1 point for this many characters": (
        pricing.CHARS_A_POINT
    ),
    "reading variables: 1 point for this many values": pricing.VALUES_A_POINT,
    "an object in the answer": 1,
    "1 more point for this many leaf fields of an object": pricing.LEAVES_A_POINT,
    "a mutation, in addition to its objects": pricing.MUTATION_COST,
}


def _rows(name: str) -> dict[str, str]:
    text = (ROOT / "docs" / name).read_text()
    return dict(re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.MULTILINE))


def test_every_bound_is_documented_with_its_value() -> None:
    """Each bound has a row, and each row is a bound."""
    rows = {name: value for name, value in _rows("bounds.md").items() if name not in {"bound", "what"}}
    assert {name: float(value.replace(",", "")) for name, value in rows.items()} == BOUNDS


def test_every_bound_of_a_document_is_told() -> None:
    """A new limit has to be documented."""
    assert {getattr(LIMITS, name) for name in Limits.__dataclass_fields__} <= set(BOUNDS.values())
    assert len(Limits.__dataclass_fields__) == list(BOUNDS).index("cost of an operation, in points") + 1


def test_every_code_is_documented_with_what_it_says_of_itself() -> None:
    """Each code has a row, and each row in capitals is a code."""
    rows = {
        code.strip("`"): words
        for code, words in _rows("errors.md").items()
        if re.fullmatch("`[A-Z_]+`", code)
    }
    assert rows == {code.value: code.description for code in (*EdgeCode, *ErrorCode)}


@pytest.mark.parametrize("folder", ["api", "web"])
def test_no_code_is_made_up_on_the_way(folder: str) -> None:
    """Every error has one of the documented codes."""
    texts = [path.read_text() for path in (ROOT / "server" / folder).rglob("*.py")]
    assert not [found for text in texts for found in re.findall(r'"code": "[^"]*"', text)]


def test_every_close_code_is_documented() -> None:
    """Our own codes, and the WebSocket protocol's code for a message that is too long."""
    ours = {value for name, value in vars(websocket).items() if name.isupper() and isinstance(value, int)}
    documented = {int(code) for code in _rows("errors.md") if re.fullmatch(r"\d{4}", code)}
    assert documented - {1009} == {code for code in ours if code >= 1_000}
