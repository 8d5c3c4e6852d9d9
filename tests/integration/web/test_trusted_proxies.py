"""The client's address, behind trusted and untrusted proxies."""

from ipaddress import ip_network

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from server.kit.meters import Meters
from server.web.middleware import RequestContext, trusted_proxies
from tests.integration.web.conftest import client_of

pytestmark = pytest.mark.one_database


async def show(request: Request) -> Response:
    """Answer with who seems to call, and how."""
    return JSONResponse({"client": request.client and request.client.host, "scheme": request.url.scheme})


def application() -> Starlette:
    return Starlette(routes=[Route("/show", show)])


def test_without_trusted_proxies_the_application_is_left_alone() -> None:
    """There is nothing to look at."""
    app = application()
    assert trusted_proxies(app, ()) is app


NETWORKS = [ip_network("10.0.0.0/8"), ip_network("192.0.2.1/32"), ip_network("2001:db8:1::/48")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.1", ["198.51.100.1"], "203.0.113.1"),
        ("::ffff:203.0.113.1", ["198.51.100.1"], "::ffff:203.0.113.1"),
        ("2001:db8:2::1", ["198.51.100.1"], "2001:db8:2::1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.1", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.2", ["198.51.100.1"], "192.0.2.2"),
        ("2001:db8:1::5", ["2001:db8:2::1"], "2001:db8:2::1"),
        ("10.0.0.1", ["203.0.113.7, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.7", "198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["203.0.113.7", "198.51.100.1, 192.0.2.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, ::ffff:10.0.0.9, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ["[2001:db8:2::1]:4711"], "2001:db8:2::1"),
    ],
)
async def test_the_client_is_the_right_most_address_that_is_no_proxys(
    peer: str, forwarded: list[str], client: str
) -> None:
    """Whatever a client claims for itself stands further left, or comes from somebody who is not believed."""
    async with client_of(trusted_proxies(application(), NETWORKS), peer) as web:
        response = await web.get("/show", headers=[("X-Forwarded-For", value) for value in forwarded])
    assert response.json()["client"] == client


@pytest.mark.parametrize(
    "forwarded",
    ["nonsense", "198.51.100.1, nonsense", "198.51.100.1, ", "[::1", "198.51.100.1:x", "1" * 6_000],
)
async def test_a_malformed_chain_lends_nobody_an_address(forwarded: str) -> None:
    """What a trusted proxy garbles is not read on to what the client wrote before it."""
    async with client_of(trusted_proxies(application(), NETWORKS), "10.0.0.1") as web:
        response = await web.get("/show", headers={"X-Forwarded-For": forwarded})
    # An empty entry leaves the proxy's own address, anything else none.
    assert response.json()["client"] == ("10.0.0.1" if forwarded.endswith(", ") else None)


@pytest.mark.parametrize(("peer", "scheme"), [("10.0.0.1", "https"), ("203.0.113.1", "http")])
async def test_the_scheme_is_believed_of_a_proxy_only(peer: str, scheme: str) -> None:
    """As the address."""
    async with client_of(trusted_proxies(application(), NETWORKS), peer) as web:
        response = await web.get("/show", headers={"X-Forwarded-Proto": "https"})
    assert response.json()["scheme"] == scheme


async def test_the_client_is_logged_as_the_proxy_names_it() -> None:
    """The context stands inside."""
    app = trusted_proxies(RequestContext(application(), Meters()), NETWORKS)
    with capture_logs() as logs:
        async with client_of(app, "10.0.0.1") as web:
            await web.get("/show", headers={"X-Forwarded-For": "198.51.100.1"})
    assert [line["client"] for line in logs] == ["198.51.100.1"]
