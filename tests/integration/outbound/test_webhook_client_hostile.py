"""Broken, dead or hostile endpoints: each failure has its name, and none takes long or costs much."""

import asyncio
import gzip
import os
import random
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime

import pytest
import trustme

from server.rules.callbacks.callbacks import TryVerdict
from tests.factories.outbound.endpoints import (
    LOOPBACK,
    Endpoint,
    Request,
    Script,
    answering,
    flooding,
    resetting,
    running_endpoint,
    saying,
    silent,
    trickling,
)
from tests.factories.outbound.webhook_client import BRIEF, Names, calling
from tests.factories.running.waiting import eventually

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "script",
    [
        silent,
        trickling(b"HTTP/1.1 200 O", b"K"),
        trickling(OK, b"X"),
        trickling(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        flooding(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100),
    ],
)
async def test_an_answer_that_does_not_begin_in_time_is_given_up(script: Script) -> None:
    """Silent, slow, or for ever announcing itself; its connection is cut."""
    async with running_endpoint(script) as endpoint, calling(endpoint, bounds=BRIEF) as caller:
        outcome = await caller.get(endpoint.url(), {})
        assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.TIMED_OUT, None, LOOPBACK)
        await eventually(deserted(endpoint))


@pytest.mark.parametrize(
    "script",
    [
        trickling(OK + b"\r\n", b"x"),
        trickling(OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
        trickling(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
        flooding(OK + b"\r\n", b"x" * 65_536),
        flooding(OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(10_000_000))),
        flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1_000),
        flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n"),
        flooding(b"HTTP/1.1 500 Oh\r\n\r\n", b"x" * 65_536),
    ],
)
async def test_a_body_is_not_waited_for(script: Script) -> None:
    """The status is what counts: a slow or endless body is left unread, and its connection is cut."""
    async with running_endpoint(script) as endpoint, calling(endpoint) as caller:
        outcome = await caller.get(endpoint.url(), {})
        assert (outcome.verdict, outcome.status) in {
            (TryVerdict.DELIVERED, 200),
            (TryVerdict.REFUSED_STATUS, 500),
        }
        await eventually(deserted(endpoint))


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/9.9.9 200 OK\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00" * 10,
        b"\x00" * 100_000,
        b"x" * 1_000_000,
        OK + b"A: " + b"x" * 9_000 + b"\r\n\r\n",
        OK + b"A" * 9_000 + b": x\r\n\r\n",
        b"HTTP/1.1 200 " + b"O" * 9_000 + b"\r\n\r\n",
        OK + b"".join(b"Set-Cookie: %d=x\r\n" % number for number in range(1_000)) + b"\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnonsense\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        OK + b"Content-Length: 99999999999999999999999\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_bad_answer(answer: bytes) -> None:
    """Or HTTP beyond the bounds of lines and headers."""
    async with running_endpoint(saying(answer)) as endpoint, calling(endpoint) as caller:
        outcome = await caller.get(endpoint.url(), {})
    assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.BAD_ANSWER, None, LOOPBACK)
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", OK, OK + b"Content-Length: 5\r\n"])
@pytest.mark.parametrize("abruptly", [True, False])
async def test_a_connection_that_breaks_before_the_answer_is_a_failure(
    said: bytes, *, abruptly: bool
) -> None:
    """Whether it is closed or reset; the endpoint sees one request."""
    script = resetting(said) if abruptly else saying(said, then_close=True)
    async with running_endpoint(script) as endpoint, calling(endpoint) as caller:
        outcome = await caller.get(endpoint.url(), {})
    assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.UNREACHABLE, None, LOOPBACK)
    assert len(endpoint.requests) == 1


async def test_arbitrary_bytes_break_nothing() -> None:
    """Every call ends with a verdict, and the next endpoint gets its callback."""
    rng = random.Random(os.urandom(8))  # noqa: S311 nothing is kept secret by it
    alphabet = [b"HTTP/1.1 ", b"200", b" OK", b"\r\n", b"\r\n\r\n", b":", b" ", b"Content-Length", b"chunked", b"1",
                b"Transfer-Encoding: ", b"Connection: upgrade\r\n", b"Upgrade: h2c\r\n", b"101", b"\x00", b"\xff"]  # fmt: skip
    async with running_endpoint(silent) as endpoint, calling(endpoint) as caller:
        for _ in range(300):
            said = b"".join(rng.choices(alphabet, k=rng.randrange(1, 20)))
            endpoint.script = saying(said, then_close=True)
            outcome = await caller.get(endpoint.url(), {})
            assert outcome.verdict in TryVerdict, said
        endpoint.script = answering()
        assert (await caller.get(endpoint.url(), {})).verdict is TryVerdict.DELIVERED


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    """And the next call may find somebody there."""
    async with running_endpoint(answering()) as endpoint:
        port = endpoint.port
    async with calling(port) as caller:
        outcome = await caller.get(f"http://{LOOPBACK}:{port}/", {})
        assert (outcome.verdict, outcome.address) == (TryVerdict.UNREACHABLE, LOOPBACK)


async def test_a_host_that_no_route_leads_to_is_unreachable() -> None:
    """As the system says at once of an address for many."""
    async with calling(80, networks=["224.0.0.0/4"]) as caller:
        outcome = await caller.get("http://224.0.0.1/", {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.UNREACHABLE, "224.0.0.1")


async def test_a_host_that_takes_no_connection_times_out() -> None:
    """It is not waited for longer than connecting may take."""
    with socket.socket() as full, ExitStack() as waiting:
        full.bind((LOOPBACK, 0))
        full.listen(0)
        for _ in range(8):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)  # noqa: FBT003 the name of it
            client.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        async with calling(port, bounds=BRIEF) as caller:
            outcome = await caller.get(f"http://{LOOPBACK}:{port}/", {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.TIMED_OUT, LOOPBACK)


async def test_a_storm_of_errors_holds_up_nobody_else() -> None:
    """Many failing calls of all kinds run next to successful ones."""
    faults = [answering(500), answering(503, Retry_After="1"), resetting(), silent, trickling(OK, b"X")]

    async def failing(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await faults[int(request.target[1:]) % len(faults)](request, reader, writer)

    async with (
        running_endpoint(answering()) as good,
        running_endpoint(failing) as bad,
        calling(good, bad) as caller,
    ):
        stuck = [asyncio.create_task(caller.get(bad.url(f"/{number}"), {})) for number in range(100)]
        outcomes = await asyncio.gather(*(caller.get(good.url(), {}) for _ in range(100)))
        assert {outcome.verdict for outcome in outcomes} == {TryVerdict.DELIVERED}
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)


def deserted(endpoint: Endpoint) -> Callable[[], Awaitable[bool]]:
    """Return the condition that nobody is connected to an endpoint any more."""

    async def condition() -> bool:
        return not endpoint.open

    return condition


@asynccontextmanager
async def tls_endpoint(ca: trustme.CA, *names: str, **options: object) -> AsyncIterator[Endpoint]:
    """Run an endpoint with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names, **options).configure_cert(context)  # type: ignore[arg-type]  # passed on as given
    async with running_endpoint(answering(204), tls=context) as endpoint:
        yield endpoint


async def test_tls_is_checked_against_the_name_in_the_url() -> None:
    """A certificate for that name, or that address, of an authority that is trusted."""
    ca = trustme.CA()
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    names = Names(hook_example=[LOOPBACK], other_example=[LOOPBACK])
    async with (
        tls_endpoint(ca, "hook.example", LOOPBACK) as endpoint,
        calling(endpoint, lookup=names, tls=trusted) as caller,
    ):
        found = {
            host: (await caller.get(endpoint.url(host=host), {})).verdict
            for host in ("hook.example", LOOPBACK, "other.example")
        }
    assert found == {
        "hook.example": TryVerdict.DELIVERED,
        LOOPBACK: TryVerdict.DELIVERED,
        "other.example": TryVerdict.TLS_FAILED,
    }


@pytest.mark.parametrize("fault", ["stranger", "expired", "plain"])
async def test_tls_that_is_not_in_order_is_refused(fault: str) -> None:
    """A certificate of nobody we trust, one out of date, or no TLS at all: nothing is sent."""
    ca = trustme.CA()
    trusted = ssl.create_default_context()
    if fault != "stranger":
        ca.configure_trust(trusted)
    past = {"not_after": datetime(2020, 1, 1, tzinfo=UTC)} if fault == "expired" else {}
    plain = running_endpoint(silent, greeting=b"HTTP/1.1 400 Plain HTTP\r\n\r\n")
    async with (
        plain if fault == "plain" else tls_endpoint(ca, LOOPBACK, **past) as endpoint,
        calling(endpoint, tls=trusted) as caller,
    ):
        outcome = await caller.get(f"https://{LOOPBACK}:{endpoint.port}/?secret=1", {})
    assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.TLS_FAILED, None, LOOPBACK)
    assert not endpoint.requests


async def test_a_receiver_that_wants_a_certificate_of_ours_gets_none() -> None:
    """It says so only after the handshake (TLS 1.3), or just hangs up."""
    ca = trustme.CA()
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(LOOPBACK).configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    async with (
        running_endpoint(answering(), tls=context) as endpoint,
        calling(endpoint, tls=trusted) as caller,
    ):
        outcome = await caller.get(endpoint.url(), {})
    assert outcome.verdict in {TryVerdict.TLS_FAILED, TryVerdict.UNREACHABLE}
    assert not endpoint.requests
