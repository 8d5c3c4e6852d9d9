"""Where calls may go: checked for each connection, whatever the URL or the name server says."""

import asyncio

import pytest

from server.outbound.ssrf_guard import MAX_ADDRESSES, SystemLookup
from server.rules.callbacks.callbacks import TryVerdict
from tests.factories.outbound.endpoints import LOOPBACK, answering, running_endpoint, saying
from tests.factories.outbound.webhook_client import BRIEF, Names, calling

OTHER = "127.0.0.2"
CLOSING = saying(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", then_close=True)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::127.0.0.1]", "0.0.0.0", "[::]", "10.0.0.1",  # noqa: S104
     "169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
     "0x7f.1", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "127.0.0.1."],
)  # fmt: skip
async def test_nothing_inside_is_called_in_whatever_form(host: str) -> None:
    """No connection is made, and the error does not reveal a name's address."""
    async with (
        running_endpoint(answering(), host="0.0.0.0") as endpoint,  # noqa: S104 so that each form would get there
        calling(endpoint, networks=[]) as caller,
    ):
        outcome = await caller.get(endpoint.url(host=host), {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.FORBIDDEN_ADDRESS, None)
    assert not endpoint.connections


@pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "127.1", "[::ffff:127.0.0.1]", "127.0.0.1."])
async def test_odd_forms_are_refused_even_where_the_address_is_allowed(host: str) -> None:
    """What the operator allowed is the address, not every way to write it."""
    async with running_endpoint(answering()) as endpoint, calling(endpoint) as caller:
        assert (await caller.get(endpoint.url(host=host), {})).verdict is TryVerdict.FORBIDDEN_ADDRESS
    assert not endpoint.connections


async def test_other_ports_are_refused() -> None:
    """Of an address and of a name, allowed or not."""
    async with (
        running_endpoint(answering()) as endpoint,
        calling(80, 443, lookup=Names(a_example=[LOOPBACK])) as caller,
    ):
        for host in (LOOPBACK, "a.example"):
            outcome = await caller.get(endpoint.url(host=host), {})
            assert (outcome.verdict, outcome.address) == (TryVerdict.FORBIDDEN_ADDRESS, None)
    assert not endpoint.connections


async def test_a_name_that_changes_its_answer_is_judged_at_every_connection() -> None:
    """First an address that is allowed, then one that is not: the second is never connected to."""
    names = Names(rebound_example=[LOOPBACK])
    async with (
        running_endpoint(CLOSING, host="0.0.0.0") as endpoint,  # noqa: S104 it would answer at both addresses
        calling(endpoint, networks=[f"{LOOPBACK}/32"], lookup=names) as caller,
    ):
        url = endpoint.url(host="rebound.example")
        assert (await caller.get(url, {})).address == LOOPBACK
        names.addresses["rebound.example"] = [OTHER]
        assert (await caller.get(url, {})).verdict is TryVerdict.FORBIDDEN_ADDRESS
        assert endpoint.connections == 1
        names.addresses["rebound.example"] = [OTHER, LOOPBACK]
        assert (await caller.get(url, {})).address == LOOPBACK
        assert endpoint.connections == 2
    assert names.asked == ["rebound.example"] * 3


async def test_a_kept_connection_stays_with_the_address_that_was_judged() -> None:
    """Whatever the name leads to by then."""
    names = Names(kept_example=[LOOPBACK])
    async with (
        running_endpoint(answering()) as endpoint,
        calling(endpoint, networks=[f"{LOOPBACK}/32"], lookup=names) as caller,
    ):
        for _ in range(2):
            assert (await caller.get(endpoint.url(host="kept.example"), {})).address == LOOPBACK
            names.addresses["kept.example"] = [OTHER]
    assert endpoint.connections == 1


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    """Only among those that are allowed."""
    async with running_endpoint(answering()) as endpoint:
        names = Names(many_example=["10.0.0.1", OTHER, "::1", LOOPBACK])
        async with calling(endpoint, lookup=names) as caller:
            outcome = await caller.get(endpoint.url(host="many.example"), {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.DELIVERED, LOOPBACK)


async def test_no_name_makes_us_knock_at_many_doors() -> None:
    """However many addresses it has."""
    dead = [f"127.0.1.{number}" for number in range(MAX_ADDRESSES)]
    names = Names(wide_example=[*dead, LOOPBACK])
    async with running_endpoint(answering()) as endpoint, calling(endpoint, lookup=names) as caller:
        outcome = await caller.get(endpoint.url(host="wide.example"), {})
    assert outcome.verdict is TryVerdict.UNREACHABLE
    assert not endpoint.connections


@pytest.mark.parametrize("host", ["nowhere.example", "empty.example"])
async def test_a_name_without_address_is_unresolved(host: str) -> None:
    """Whether it does not exist or has nothing to give."""
    async with calling(80, lookup=Names(empty_example=[])) as caller:
        outcome = await caller.get(f"http://{host}/", {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.UNRESOLVED, None)


@pytest.mark.parametrize("url", ["http://a..b/", f"http://{'a' * 64}.example/", "http://[::1/", "http:///x"])
async def test_a_host_that_can_be_no_name_is_unresolved(url: str) -> None:
    """The machine's resolver is not even asked, or refuses it."""
    async with calling(80) as caller:
        assert (await caller.get(url, {})).verdict is TryVerdict.UNRESOLVED


async def test_a_name_server_that_hangs_times_out() -> None:
    """Looking a name up is a part of connecting."""

    async def hanging(host: str, port: int) -> list[str]:
        assert (host, port) == ("tarpit.example", 80)
        await asyncio.Event().wait()
        return []

    async with calling(80, bounds=BRIEF, lookup=hanging) as caller:
        outcome = await caller.get("http://tarpit.example/", {})
    assert (outcome.verdict, outcome.address) == (TryVerdict.TIMED_OUT, None)


async def test_the_machines_resolver_is_asked() -> None:
    """It knows this machine at least."""
    lookup = SystemLookup()
    assert set(await lookup("localhost", 80)) & {LOOPBACK, "::1"}
    lookup.close()
