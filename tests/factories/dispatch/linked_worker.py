"""A server with links to the tests' message centres, driven step by step like a worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from server.gateways.pool import Links
from server.gateways.protocol import OperatorGateway
from server.gateways.simulator import Simulator
from server.gateways.smpp.gateway import smpp_links
from server.gateways.smpp.settings import LinkSettings
from server.kit.clock import Clock
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.store.models import Message
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from tests.factories.gateways.smpp.links import options
from tests.factories.gateways.smpp.smsc import Smsc
from tests.factories.running.waiting import eventually

LEASE_SECONDS = 60


def link_settings(smsc: Smsc, name: str = "smpp", *, route: Route | None = None, **more: Any) -> LinkSettings:
    """Return the settings of a link to a message centre; `session` has the settings of its binds."""
    session = more.pop("session", {})
    return LinkSettings(
        options=replace(options(smsc, **session), name=name), route=route or Route(link=name), **more
    )


class LinkedWorker:
    """A worker's loops driven by hand, with its links."""

    def __init__(self, services: Services, links: Links) -> None:
        """Take the links."""
        self.services, self.links = services, links
        self.sender, self.receiver = Sender(services, links), Receiver(services, links)

    async def submit(self) -> None:
        """Submit due messages."""
        while await self.sender.step():
            pass

    async def hear(self) -> None:
        """Store and apply the operators' current receipts and messages."""
        await self.receiver.receive()
        while await self.receiver.apply():
            pass

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Submit and listen until a condition holds."""

        async def come_about() -> bool:
            await self.submit()
            await self.hear()
            return await condition()

        await eventually(come_about)

    async def until_status(self, message_id: int, status: int, ptt: int | None) -> None:
        """Submit and listen until a message has this status and ptt."""

        async def reached() -> bool:
            message = await Message.get(id=message_id)
            return (message.status, message.ptt) == (status, ptt)

        await self.until(reached)


def smpp_pool(
    clock: Clock, fallback: OperatorGateway, *, validity_seconds: int, lease_seconds: int, **more: bool
) -> Links:
    """Return a pool of SMPP links."""
    kind = smpp_links(clock, validity_seconds=validity_seconds, lease_seconds=lease_seconds)
    return Links(fallback, {LinkSettings: kind}, lease_seconds=lease_seconds, **more)


@asynccontextmanager
async def linked_worker(
    services: Services, settings: Sequence[LinkSettings], **times: Any
) -> AsyncIterator[LinkedWorker]:
    """Run links; the block begins when all are bound."""
    links = smpp_pool(
        services.clock,
        Simulator(services.clock, step_seconds=0),
        **{"validity_seconds": 3_600, "lease_seconds": LEASE_SECONDS, **times},
    )
    links.configure(settings, falls_back=False)
    worker = LinkedWorker(services, links)
    try:
        await until_bound(links, len(settings))
        yield worker
    finally:
        await links.close()
        await worker.sender.finish()


async def until_bound(links: Links, count: int) -> None:
    """Wait until this many links take messages."""

    async def bound() -> bool:
        await asyncio.sleep(0)
        return sum(link.is_open for link in links._links.values()) == count

    await eventually(bound)
