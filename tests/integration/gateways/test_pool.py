"""Links of several kinds in one pool: each message goes by the link whose route it fits, of any kind."""

from collections.abc import AsyncIterator

import pytest

from server.gateways.pool import Links
from server.gateways.simulator import Simulator
from server.gateways.smpp.gateway import smpp_links
from server.gateways.smpp.settings import LinkSettings
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import LinkedWorker, link_settings, until_bound
from tests.factories.gateways.postbox import Postbox, PostboxSetup
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.messages.messages import send

BRITISH, FRENCH = "+447700900555", "+33612345678"


@pytest.fixture
async def links(services: Services) -> AsyncIterator[Links]:
    """A pool that knows two kinds."""
    links = Links(
        Simulator(services.clock, step_seconds=0),
        {
            LinkSettings: smpp_links(services.clock, validity_seconds=3_600, lease_seconds=60),
            PostboxSetup: Postbox,
        },
        lease_seconds=60,
    )
    yield links
    await links.close()


async def test_each_message_goes_by_the_kind_that_it_fits(
    services: Services, world: World, links: Links
) -> None:
    """And what each kind has to say of it reaches the message."""
    account = await world.account()
    british, french = [await send(services, world.holder, account, number) for number in (BRITISH, FRENCH)]
    async with running(Smsc()) as smsc:
        links.configure(
            [
                PostboxSetup(Route(link="postbox", countries=("GB",))),
                link_settings(smsc, "smpp", route=Route(link="smpp", countries=("FR",))),
            ],
            falls_back=False,
        )
        await until_bound(links, 2)
        worker = LinkedWorker(services, links)
        for number in (british, french):
            await worker.until_status(number, DeliveryStatus.SUCCESS, 4)
        await worker.sender.finish()
    taken = {message.id: message.gateway for message in await Message.filter(id__in=[british, french])}
    assert taken == {british: "postbox", french: "smpp"}


async def test_a_link_knows_the_one_that_it_replaces(links: Links) -> None:
    """Another version of a name is another link, which takes over what the one before expects."""
    for version in (1, 2):
        links.configure([PostboxSetup(Route(link="postbox"), version)], falls_back=False)
        await until_bound(links, 1)
    second = links._links["postbox"]
    assert isinstance(second, Postbox)
    assert isinstance(second.before, Postbox)
    assert (second.version, second.before.version, second.before.is_open) == (2, 1, False)
