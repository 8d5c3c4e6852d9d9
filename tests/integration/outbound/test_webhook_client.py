"""Calling endpoints of callbacks: the request, and the meaning of the answers."""

import asyncio
from importlib.metadata import version

import pytest

from server.outbound.webhook_client import MAX_BODY_BYTES, CallBounds
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.core.retry_after import MAX_WAIT_SECONDS
from tests.factories.outbound.endpoints import (
    LOOPBACK,
    Endpoint,
    Request,
    Script,
    answering,
    redirecting,
    running_endpoint,
    saying,
    silent,
)
from tests.factories.outbound.webhook_client import PATIENT, Names, calling
from tests.factories.running.waiting import eventually


async def call(script: Script, path: str = "/", bounds: CallBounds = PATIENT) -> tuple[CallOutcome, Endpoint]:
    """Call an endpoint once."""
    async with running_endpoint(script) as endpoint, calling(endpoint, bounds=bounds) as caller:
        return await caller.get(endpoint.url(path), {}), endpoint


async def test_the_url_goes_out_as_it_is_written() -> None:
    """With the headers that were given, and none that say more about the server than its name."""
    target = "/a%20b/../c;d?x=%41&y=a+b&y=%zz&&z=\"<'>|?#"[:-1]
    async with running_endpoint(answering(body=b"OK")) as endpoint, calling(endpoint) as caller:
        outcome = await caller.get(
            endpoint.url(target), {"webhook-id": "msg_1", "webhook-signature": "v1,x="}
        )
    assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.DELIVERED, 200, LOOPBACK)
    assert outcome.retry_after_seconds is None
    (request,) = endpoint.requests
    assert request.target == target
    assert request.headers == {
        "host": f"{LOOPBACK}:{endpoint.port}",
        "user-agent": f"Chappe/{version('chappe')}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "webhook-id": "msg_1",
        "webhook-signature": "v1,x=",
    }


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, TryVerdict.DELIVERED) for status in (200, 201, 202, 204, 206, 226)),
        *((status, TryVerdict.REFUSED_STATUS) for status in (300, 304, 400, 401, 404, 409, 429, 451)),
        *((status, TryVerdict.REFUSED_STATUS) for status in (500, 501, 502, 503, 504, 511)),
        (410, TryVerdict.GONE),
    ],
)
async def test_the_status_decides(status: int, verdict: TryVerdict) -> None:
    """Any 2xx is success, 410 an end, everything else a reason to try again."""
    outcome, _ = await call(answering(status))
    assert (outcome.verdict, outcome.status) == (verdict, status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location",
    ["/elsewhere", "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:1/", "http://[::1]/",
     "file:///etc/passwd", "gopher://127.0.0.1/", "//127.1/", "http://\\@::::/", "/" * 5_000, ""],
)  # fmt: skip
async def test_no_redirect_is_followed(status: int, location: str) -> None:
    """Wherever it leads; nothing more is asked of anybody."""
    outcome, endpoint = await call(redirecting(location, status))
    assert (outcome.verdict, outcome.status) == (TryVerdict.REFUSED_STATUS, status)
    assert [request.target for request in endpoint.requests] == ["/"]


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (429, "30", 30),
        (503, "Mon, 21 Sep 2026 12:02:00 GMT", 120),
        (503, "Mon, 21 Sep 2026 11:00:00 GMT", 0),
        (429, "999999999999", MAX_WAIT_SECONDS),
        (503, "in a while", None),
        (200, "30", None),
    ],
)
async def test_retry_after_is_heard_in_both_forms(status: int, text: str, seconds: int | None) -> None:
    """From any refusing endpoint, up to a day."""
    outcome, _ = await call(answering(status, Retry_After=text))
    assert outcome.retry_after_seconds == seconds


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\nbye",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nless",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x00\x01\x02\x03",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOKHTTP/1.1 500 Oh\r\n\r\n",
    ],
)
async def test_a_2xx_is_success_whatever_follows_it(answer: bytes) -> None:
    """A body that is cut short, malformed or compressed takes nothing back."""
    outcome, endpoint = await call(saying(answer, then_close=True))
    assert (outcome.verdict, outcome.status, outcome.address) == (TryVerdict.DELIVERED, 200, LOOPBACK)
    assert len(endpoint.requests) == 1


async def test_cookies_are_not_kept() -> None:
    """Neither one nor many, for the next call of the same endpoint."""
    cookies = b"".join(b"Set-Cookie: c%d=%d; Path=/\r\n" % (number, number) for number in range(90))
    script = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + cookies + b"\r\n")
    async with running_endpoint(script) as endpoint, calling(endpoint) as caller:
        for _ in range(2):
            assert (await caller.get(endpoint.url(), {})).verdict is TryVerdict.DELIVERED
    assert not any("cookie" in request.headers for request in endpoint.requests)


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """They would connect where the policy does not look."""
    async with running_endpoint(answering(500)) as proxy, running_endpoint(answering()) as endpoint:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url())
        monkeypatch.delenv("no_proxy", raising=False)
        async with calling(proxy, endpoint) as caller:
            assert (await caller.get(endpoint.url(), {})).verdict is TryVerdict.DELIVERED
    assert not proxy.requests


async def test_a_connection_is_used_again() -> None:
    """Once an answer has been read to its end, and only then."""
    async with running_endpoint(answering(body=b"x" * 1_000)) as endpoint, calling(endpoint) as caller:
        for _ in range(3):
            await caller.get(endpoint.url(), {})
        assert endpoint.connections == 1
        endpoint.script = answering(body=b"x" * 2 * MAX_BODY_BYTES)
        for _ in range(2):
            assert (await caller.get(endpoint.url(), {})).verdict is TryVerdict.DELIVERED
        assert endpoint.connections == 2


async def test_a_kept_connection_that_died_is_no_failure() -> None:
    """The request is repeated over a new connection; over a new one it is sent only once."""
    async with running_endpoint(answering()) as endpoint, calling(endpoint) as caller:
        await caller.get(endpoint.url("/1"), {})
        endpoint.script = _dying_unless_new
        outcome = await caller.get(endpoint.url("/2"), {})
        assert (outcome.verdict, outcome.address) == (TryVerdict.DELIVERED, LOOPBACK)
        endpoint.script = saying(then_close=True)
        assert (await caller.get(endpoint.url("/3"), {})).verdict is TryVerdict.UNREACHABLE
    assert [(request.target, request.connection) for request in endpoint.requests][:3] == [
        ("/1", 1),
        ("/2", 1),
        ("/2", 2),
    ]


async def _dying_unless_new(
    request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    if request.connection == 1:
        writer.close()
    else:
        await answering()(request, reader, writer)


async def test_calls_beyond_the_bound_wait_for_their_turn() -> None:
    """No endpoint sees more at a time; waiting for one's turn is no failure."""
    bounds = CallBounds(connect_seconds=30, total_seconds=60, max_at_once=7)
    async with running_endpoint(answering()) as endpoint, calling(endpoint, bounds=bounds) as caller:
        outcomes = await asyncio.gather(*(caller.get(endpoint.url(f"/{n}"), {}) for n in range(300)))
    assert {outcome.verdict for outcome in outcomes} == {TryVerdict.DELIVERED}
    assert sorted(request.target for request in endpoint.requests) == sorted(f"/{n}" for n in range(300))
    assert endpoint.most_at_once <= 7


async def test_idle_connections_are_bounded() -> None:
    """However many hosts were called, as many stay open as may be in use at once."""
    names = Names(**{f"host{number}_example": [LOOPBACK] for number in range(20)})
    bounds = CallBounds(connect_seconds=30, total_seconds=60, max_at_once=5)
    async with (
        running_endpoint(answering()) as endpoint,
        calling(endpoint, bounds=bounds, lookup=names) as caller,
    ):
        for host in names.addresses:
            assert (await caller.get(endpoint.url(host=host), {})).verdict is TryVerdict.DELIVERED

        async def bounded() -> bool:
            return len(endpoint.open) <= 5

        await eventually(bounded)
        assert endpoint.connections == 20


async def test_a_call_that_is_cancelled_leaves_nothing_behind() -> None:
    """At whatever point: its connection is closed, its turn goes to the next, and the caller goes on."""
    bounds = CallBounds(connect_seconds=30, total_seconds=60, max_at_once=2)
    async with running_endpoint(silent) as endpoint, calling(endpoint, bounds=bounds) as caller:
        for ticks in range(30):
            task = asyncio.create_task(caller.get(endpoint.url(), {}))
            for _ in range(ticks):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async def deserted() -> bool:
            return not endpoint.open

        await eventually(deserted)
        endpoint.script = answering()
        assert (await caller.get(endpoint.url(), {})).verdict is TryVerdict.DELIVERED


async def test_closing_ends_calls_under_way() -> None:
    """They fail like any broken connection, and nothing stays open."""
    async with running_endpoint(silent) as endpoint:
        async with calling(endpoint) as caller:
            calls = [asyncio.create_task(caller.get(endpoint.url(), {})) for _ in range(5)]

            async def asked() -> bool:
                return len(endpoint.requests) == 5

            await eventually(asked)
        assert {(await call).verdict for call in calls} == {TryVerdict.UNREACHABLE}
