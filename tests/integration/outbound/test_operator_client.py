"""Requests to operators: each is sent once, within bounds, and only to permitted addresses."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.kit.http_exchange import HttpAnswer, HttpRequest, NoAnswer, NotReached
from server.outbound.operator_client import MAX_BODY_BYTES, OperatorClient
from tests.factories.gateways.http.operators import here
from tests.factories.outbound.endpoints import (
    Endpoint,
    Request,
    Script,
    answering,
    running_endpoint,
    saying,
    silent,
)
from tests.factories.outbound.webhook_client import Names


@asynccontextmanager
async def client(*endpoints: Endpoint, names: Names | None = None) -> AsyncIterator[OperatorClient]:
    """Open a client that may call these."""
    caller = OperatorClient(here(*(endpoint.port for endpoint in endpoints)), lookup=names)
    try:
        yield caller
    finally:
        await caller.close()


async def ask(script: Script, method: str = "POST", seconds: float = 30) -> tuple[HttpAnswer, Endpoint]:
    """Make one request."""
    async with running_endpoint(script) as endpoint, client(endpoint) as caller:
        request = HttpRequest(method=method, url=endpoint.url("/a%2Fb?c=d+e"), headers={"X-A": "b"}, body=b"")
        return await caller.exchange(request, seconds), endpoint


async def test_an_answer_comes_back_whole() -> None:
    """The URL goes out as it is written, with what headers were given."""
    answer, endpoint = await ask(answering(429, b"slow", Retry_After="7"))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, b"slow", "7")
    [request] = endpoint.requests
    assert (request.target, request.headers["x-a"]) == ("/a%2Fb?c=d+e", "b")


async def test_redirects_are_not_followed() -> None:
    """They are the answer."""
    answer, endpoint = await ask(answering(307, Location="/elsewhere"))
    assert (answer.status, len(endpoint.requests)) == (307, 1)


async def test_a_long_answer_is_cut_off() -> None:
    """What is kept of it has a bound."""
    answer, _ = await ask(answering(200, b"x" * (MAX_BODY_BYTES * 2)))
    assert len(answer.body) == MAX_BODY_BYTES


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_request_is_never_sent_twice(method: str) -> None:
    """Not even over a kept connection that breaks, after which a client may repeat a GET."""
    first = True

    async def script(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal first
        if first:
            first = False
            await answering(200, b"{}")(request, reader, writer)
        else:
            writer.close()

    async with running_endpoint(script) as endpoint, client(endpoint) as caller:
        request = HttpRequest(method=method, url=endpoint.url())
        await caller.exchange(request, 30)
        with pytest.raises(NoAnswer):
            await caller.exchange(request, 30)
        assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    "script", [saying(b"", then_close=True), saying(b"nonsense\r\n\r\n", then_close=True)]
)
async def test_what_may_have_been_read_is_told_from_what_was_not(script: Script) -> None:
    """A connection that was made and broke."""
    with pytest.raises(NoAnswer):
        await ask(script)


async def test_an_answer_is_not_waited_for_for_ever() -> None:
    """After the timeout its outcome is unknown."""
    with pytest.raises(NoAnswer, match="in time"):
        await ask(silent, seconds=0.05)


async def test_what_was_never_connected_was_not_sent() -> None:
    """Nobody listens, nobody is found, or the address is not allowed."""
    async with running_endpoint(answering()) as endpoint:
        pass
    async with client(endpoint, names=Names(inner_example=["10.0.0.1"])) as caller:
        for url, reason in (
            (endpoint.url(), "connection refused"),
            (endpoint.url(host="nowhere.example"), "not connected"),
            (endpoint.url(host="inner.example"), "not allowed"),
            (endpoint.url(host="10.0.0.1"), "not allowed"),
            ("http://127.0.0.1:1/", "not allowed"),
        ):
            with pytest.raises(NotReached, match=reason):
                await caller.exchange(HttpRequest(method="POST", url=url, body=b"x"), 30)


async def test_a_certificate_that_is_not_trusted_is_no_operators(tls_of_nobody: ssl.SSLContext) -> None:
    """Nothing is sent to it."""
    async with running_endpoint(answering(), tls=tls_of_nobody) as endpoint, client(endpoint) as caller:
        with pytest.raises(NotReached, match="TLS failed"):
            await caller.exchange(HttpRequest(method="POST", url=endpoint.url(), body=b"x"), 30)
        assert endpoint.requests == []


@pytest.fixture
def tls_of_nobody() -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that nobody trusts."""
    import trustme  # noqa: PLC0415 no other test here needs it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context
