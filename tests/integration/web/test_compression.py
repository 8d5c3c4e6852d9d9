"""Compressed answers, for clients that accept them."""

import gzip
from collections.abc import AsyncIterator

import brotli  # type: ignore[import-untyped]  # nobody has written its types
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from server.web.compression import Compression, best_coding

pytestmark = pytest.mark.one_database

LONG, SHORT = "a" * 999 + "b", "a" * 999
HUGE = "abc" * 100_000


def _app() -> ASGIApp:
    async def events() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"data: " + LONG.encode() + b"\n\n"

    def secret(request: Request) -> Response:
        request.scope["state"]["holds_secret"] = True
        return PlainTextResponse(LONG)

    encoded = {"Content-Encoding": "gzip"}
    answers = {
        "/long": lambda _: PlainTextResponse(LONG, headers={"Vary": "Accept"}),
        "/short": lambda _: PlainTextResponse(SHORT),
        "/huge": lambda _: PlainTextResponse(HUGE),
        "/none": lambda _: Response(status_code=204),
        "/picture": lambda _: Response(LONG, media_type="image/png"),
        "/encoded": lambda _: Response(
            gzip.compress(LONG.encode() * 9), media_type="text/plain", headers=encoded
        ),
        "/secret": secret,
        "/stream": lambda _: StreamingResponse(events(), media_type="text/plain"),
        "/events": lambda _: StreamingResponse(events(), media_type="text/event-stream"),
    }
    return Compression(Starlette(routes=[Route(path, answer) for path, answer in answers.items()]))


async def _get(path: str, accepted: str = "gzip, deflate, br, zstd") -> tuple[httpx.Headers, bytes]:
    """Return the headers and the body as it comes over the wire."""
    async with (
        httpx.AsyncClient(
            transport=httpx.ASGITransport(_with_state(_app())), base_url="http://chappe.test"
        ) as client,
        client.stream("GET", path, headers={"Accept-Encoding": accepted}) as response,
    ):
        return response.headers, b"".join([chunk async for chunk in response.aiter_raw()])


def _with_state(app: ASGIApp) -> ASGIApp:
    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {}}, receive, send)

    return with_state


@pytest.mark.parametrize(("path", "text"), [("/long", LONG), ("/huge", HUGE)])
async def test_an_answer_is_compressed(path: str, text: str) -> None:
    """By brotli or gzip as the client can read, from a thousand bytes on."""
    headers, body = await _get(path)
    assert (headers["content-encoding"], headers["content-length"]) == ("br", str(len(body)))
    assert brotli.decompress(body).decode() == text
    assert len(body) < len(text) / 10
    headers, body = await _get(path, "gzip")
    assert (headers["content-encoding"], headers["content-length"]) == ("gzip", str(len(body)))
    assert gzip.decompress(body).decode() == text
    assert "Accept-Encoding" in headers["vary"]


@pytest.mark.parametrize(
    ("path", "accepted"),
    [
        ("/short", "gzip"), ("/long", "identity"), ("/long", "zstd"), ("/long", "gzip;q=0"), ("/long", ""), ("/none", "gzip"),
        ("/picture", "gzip"), ("/secret", "gzip"), ("/stream", "gzip"), ("/events", "gzip"), ("/events", "br"),
    ],
)  # fmt: skip
async def test_what_is_sent_as_it_is(path: str, accepted: str) -> None:
    """What is short, comes bit by bit or holds a secret; and where the client has not said that it can read otherwise."""
    headers, body = await _get(path, accepted)
    assert "content-encoding" not in headers
    assert set(body) <= set((LONG + "data: \n").encode())


async def test_what_is_encoded_already_is_left_alone() -> None:
    """It would have to be decoded twice."""
    headers, body = await _get("/encoded")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == LONG * 9


async def test_caches_are_told_that_the_answer_depends() -> None:
    """An answer that went out as it is depends on what the client can read as well."""
    headers, _ = await _get("/long", "identity")
    assert headers["vary"] == "Accept, Accept-Encoding"
    assert headers["content-length"] == str(len(LONG))


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None), ("gzip", "gzip"), ("GZIP", "gzip"), ("br", "br"), ("gzip, br", "br"), ("gzip, br;q=0.9", "gzip"),
        ("gzip;q=0.5", "gzip"), ("*", "br"), ("*;q=0", None), ("br;q=0, *", "gzip"), ("gzip;q=0, br;q=0", None),
        ("identity, gzip;q=0.5", None), ("gzip;q=x", None), ("deflate, zstd", None), ("gzip;q=1.0, identity;q=0.5", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_that_a_client_likes_best(accepted: str, coding: str | None) -> None:
    """By its quality; brotli before gzip if equal."""
    assert best_coding(accepted) == coding
