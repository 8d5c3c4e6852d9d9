"""Operators with an HTTP API: real servers on a local port, and our server, which they call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Any

import httpx
from aiohttp import web
from starlette.applications import Starlette

from server.gateways.http.driver import HttpDriver
from server.gateways.pool import Links
from server.gateways.simulator import Simulator
from server.kit.http_exchange import HttpCaller
from server.operations.core.services import Services
from server.operations.links.links import load_links, operator_call_urls
from server.outbound.operator_client import OperatorClient
from server.rules.callbacks.addresses import WEB_PORTS, AddressPolicy
from server.rules.links.links import LinkKind
from server.store.models import OperatorLink
from server.web.middleware import RequestContext
from server.web.operator_calls import operator_call_routes
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import LinkedWorker
from tests.factories.links.links import set_up_link

PUBLIC_URL = "https://sms.example.com"
LEASE_SECONDS = 60

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    """A request as the operator received it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class HttpOperator:
    """An operator's API: it records requests, and answers as its documentation says, or as a test wants."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    says: list[web.Response] = field(default_factory=list)
    """The answers to the next requests, instead of the usual ones."""
    speaks: asyncio.Event = field(default_factory=asyncio.Event)
    """Until this is set, the operator does not answer requests that contain `slow_about`."""
    slow_about: bytes = b""
    taken: int = 0
    under_way: int = 0
    most_at_once: int = 0

    def url(self, path: str = "/") -> str:
        """Return this operator's URL."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one request."""
        body = await request.read()
        self.asked.append(Asked(request.method, request.path_qs, request.headers, body))
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if self.slow_about in body:
                await self.speaks.wait()
            if self.says:
                return self.says.pop(0)
            return self.answer(self.asked[-1])
        finally:
            self.under_way -= 1

    def answer(self, asked: Asked) -> web.Response:
        """Answer as the documentation says; here with a new id."""
        del asked
        self.taken += 1
        return web.json_response({"id": f"Id-{self.taken}"})


@asynccontextmanager
async def serving(operator: HttpOperator) -> AsyncIterator[HttpOperator]:
    """Run an operator on a free port."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", operator.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [address] = runner.addresses
    operator.port = address[1]
    operator.speaks.set()
    try:
        yield operator
    finally:
        operator.speaks.set()
        await runner.cleanup()


def here(*ports: int) -> AddressPolicy:
    """Return a policy that allows these ports of this machine."""
    return AddressPolicy(networks=(ip_network("127.0.0.0/8"),), ports=frozenset(ports))


def http_driver(
    services: Services,
    policy: AddressPolicy,
    *,
    public_url: str = PUBLIC_URL,
    caller: HttpCaller | None = None,
) -> HttpDriver:
    """Return the driver of links over HTTP with this policy."""
    return HttpDriver(
        services.clock,
        policy,
        lambda: caller or OperatorClient(policy),
        services.signing_keys.call_token,
        public_url=public_url,
        validity_seconds=3_600,
        lease_seconds=LEASE_SECONDS,
    )


def reaching(services: Services, *operators: HttpOperator, public_url: str = PUBLIC_URL) -> Services:
    """Return services with links over HTTP that may go to these operators, which know us by a public URL."""
    policy = here(*WEB_PORTS, *(operator.port for operator in operators))
    driver = http_driver(services, policy, public_url=public_url)
    return replace(
        services,
        link_drivers={**services.link_drivers, LinkKind.HTTP: driver},
        policy=replace(services.policy, public_url=public_url),
    )


OWN_TEMPLATE: Mapping[str, Any] = {
    "body": '{"to": "{receiver}", "from": "{sender}", "text": "{text}", "ref": "{id}"}',
    "id_path": "id",
    "error_path": "error.code",
}


async def set_up_http_link(world: World, name: str = "web", **changes: Any) -> OperatorLink:
    """Set up a link over HTTP; `http` has its options."""
    return await set_up_link(world, name, **changes)


@dataclass
class HttpLinkedWorker(LinkedWorker):
    """A worker's loops driven by hand, with its links, and a client for operators' calls."""

    client: httpx.AsyncClient

    def __init__(self, services: Services, links: Links, client: httpx.AsyncClient) -> None:
        """Take the links, and a client of our web application."""
        super().__init__(services, links)
        self.client = client

    def receipts_url(self, row: OperatorLink) -> str:
        """Return the URL for receipts of a link's operator."""
        urls = operator_call_urls(self.services, row.id, row.name)
        assert urls is not None
        return urls.receipts

    def messages_url(self, row: OperatorLink) -> str:
        """Return the URL for messages from phones of a link's operator."""
        urls = operator_call_urls(self.services, row.id, row.name)
        assert urls is not None
        return urls.messages


def calls_client(services: Services) -> httpx.AsyncClient:
    """Return a client of an application for operators' calls, with the server's middleware."""
    app = RequestContext(Starlette(routes=operator_call_routes(services)), services.meters)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PUBLIC_URL)


@asynccontextmanager
async def http_linked_worker(services: Services) -> AsyncIterator[HttpLinkedWorker]:
    """Run the links of the database."""
    links = Links(
        Simulator(services.clock, step_seconds=0),
        {driver.setup_class: driver.open for driver in services.link_drivers.values()},
        lease_seconds=LEASE_SECONDS,
    )
    links.configure(await load_links(services), falls_back=False)
    async with calls_client(services) as client:
        worker = HttpLinkedWorker(services, links, client)
        try:
            yield worker
        finally:
            await links.close()
            await worker.sender.finish()
