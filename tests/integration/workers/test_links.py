"""The links of the database follow their settings while messages flow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.gateways.link_state import LinkStatus
from server.gateways.pool import Links
from server.gateways.simulator import Simulator
from server.gateways.smpp.settings import LinkSettings
from server.kit.clock import ManualClock
from server.kit.encryption import Cipher
from server.operations.core.services import Services
from server.operations.links.links import reported_states
from server.operations.links.management import create_link, delete_link, update_link
from server.operations.links.validation import LinkChanges
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Message
from server.workers import links
from server.workers.dispatch import Sender
from server.workers.links import LinkKeeper
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import link_settings, smpp_pool
from tests.factories.gateways.smpp.links import PASSWORD
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.messages.messages import send
from tests.factories.running.waiting import eventually

PHONE = "+447700900004"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no look wait for the one before."""
    monkeypatch.setattr(links, "LOOK_SECONDS", 0.0)


@asynccontextmanager
async def keeping(
    services: Services, *given: LinkSettings, **more: bool
) -> AsyncIterator[tuple[LinkKeeper, Links]]:
    """Keep links, as a worker does."""
    links = smpp_pool(
        services.clock,
        Simulator(services.clock, step_seconds=0),
        validity_seconds=60,
        lease_seconds=60,
        **more,
    )
    keeper = LinkKeeper(services, links, given)
    try:
        yield keeper, links
    finally:
        await keeper.finish()


async def until(keeper: LinkKeeper, services: Services, **statuses: LinkStatus) -> None:
    """Look again and again until the links are on record with just these statuses."""

    async def come_about() -> bool:
        await keeper.step()
        return {name: state.status for name, state in (await reported_states(services)).items()} == statuses

    await eventually(come_about)


async def set_up(services: Services, world: World, smsc: Smsc, name: str = "acme", **more: Any) -> None:
    """Set a link up as an operator does."""
    changes = {
        "host": "127.0.0.1", "port": smsc.port, "system_id": "chappe", "password": PASSWORD, **more,
    }  # fmt: skip
    await create_link(services, world.operator, name=name, changes=changes)  # type: ignore[arg-type]


async def taken_by(services: Services, world: World, links: Links, number: int) -> str | None:
    """Submit what is due, and return which link took a message."""
    assert world
    await Sender(services, links).step()
    link: str | None = (await Message.get(id=number)).gateway
    return link


async def test_links_come_and_go(services: Services, world: World, clock: ManualClock) -> None:
    """A new link is opened, a changed one is reopened, and a deleted one is closed."""
    account = await world.account()
    async with running(Smsc()) as smsc, keeping(services) as (keeper, links):
        await set_up(services, world, smsc)
        await until(keeper, services, acme=LinkStatus.BOUND)
        number = await send(services, world.holder, account, PHONE)
        assert await taken_by(services, world, links, number) == "acme"
        clock.advance(1)
        await update_link(services, world.operator, name="acme", changes={"system_type": "VMS"})

        async def bound_anew() -> bool:
            await keeper.step()
            return [peer.bind.system_type for peer in smsc.peers if peer.bind] == ["", "VMS"]

        await eventually(bound_anew)
        await until(keeper, services, acme=LinkStatus.BOUND)
        await delete_link(services, world.operator, name="acme")
        await until(keeper, services)

        async def closed() -> bool:
            return smsc.peers[-1].lost

        await eventually(closed)


async def test_the_simulator_stands_in_only_where_no_link_is_set(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Before anything is known, and while all links are disabled, messages wait."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with running(Smsc()) as smsc, keeping(services) as (keeper, links):
        assert await taken_by(services, world, links, number) is None
        await keeper.step()
        assert await taken_by(services, world, links, number) == "simulator"
        await set_up(services, world, smsc, enabled=False)
        clock.advance(1)
        await keeper.step()
        number = await send(services, world.holder, account, PHONE)
        assert await taken_by(services, world, links, number) is None
        await update_link(services, world.operator, name="acme", changes={"enabled": True})
        await until(keeper, services, acme=LinkStatus.BOUND)
        clock.advance(1)
        assert await taken_by(services, world, links, number) == "acme"


async def test_without_a_link_messages_wait_where_the_simulator_may_not_stand_in(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The log says so once; after a while they expire, and are refunded."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with keeping(services, may_fall_back=False) as (keeper, links):
        with capture_logs() as logs:
            for _ in range(3):
                await keeper.step()
        assert [log["event"] for log in logs] == ["no link to an operator is set: messages wait for one"]
        assert await taken_by(services, world, links, number) is None
        assert (await Message.get(id=number)).state == "queued"
        clock.advance(services.policy.validity_seconds)
        assert await taken_by(services, world, links, number) is None
    message = await Message.get(id=number)
    assert (message.status, message.ptt) == (16, 8)
    await account.refresh_from_db()
    assert account.credits_left == 200_000


async def test_messages_expire_while_all_links_are_disabled(
    services: Services, world: World, clock: ManualClock
) -> None:
    """They come back refunded, though there is nothing that they could go by."""
    number = await send(services, world.holder, await world.account(), PHONE)
    async with running(Smsc()) as smsc, keeping(services) as (keeper, links):
        await set_up(services, world, smsc, enabled=False)
        await keeper.step()
        assert await taken_by(services, world, links, number) is None
        assert (await Message.get(id=number)).attempts == 0
        clock.advance(services.policy.validity_seconds)
        await taken_by(services, world, links, number)
    assert (await Message.get(id=number)).status == DeliveryStatus.NOT_BILLED


async def test_a_password_is_opened_once_for_each_change(services: Services, world: World) -> None:
    """Workers check twice a second, and unchanged links need no decryption."""

    class Counting(Cipher):
        opened = 0

        def decrypt(self, encrypted: str, place: str) -> str:
            Counting.opened += 1
            return super().decrypt(encrypted, place)

    cipher = Counting(b"a secret of this test, and of nothing else")
    services = replace(services, cipher=cipher)
    async with running(Smsc()) as smsc, keeping(services) as (keeper, _):
        await set_up(services, world, smsc)
        await until(keeper, services, acme=LinkStatus.BOUND)
        await keeper.step()
        assert Counting.opened == 1
        await update_link(services, world.operator, name="acme", changes={"priority": 2})
        for _ in range(2):
            await keeper.step()
        assert Counting.opened == 2


async def test_a_link_of_the_settings_stands_beside_those_of_the_database(
    services: Services, world: World
) -> None:
    """And its state is reported like theirs, until the worker ends."""
    async with running(Smsc()) as smsc:
        async with keeping(services, link_settings(smsc)) as (keeper, _):
            await until(keeper, services, smpp=LinkStatus.BOUND)
            await set_up(services, world, smsc)
            await until(keeper, services, smpp=LinkStatus.BOUND, acme=LinkStatus.BOUND)
        assert await reported_states(services) == {}


async def test_a_message_waits_for_a_link_that_this_worker_can_not_use(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It may be mended, and another worker may have its password: without any such link it is refused."""
    account = await world.account()
    async with running(Smsc()) as smsc, keeping(services) as (keeper, links):
        await set_up(services, world, smsc, countries=["FR"])
        await set_up(services, world, smsc, "britain", countries=["GB"])
        changes: LinkChanges = {"password_variable": "CHAPPE_LINK_NOT_HERE"}
        await update_link(services, world.operator, name="britain", changes=changes)
        await until(keeper, services, acme=LinkStatus.BOUND)
        number = await send(services, world.holder, account, PHONE)
        assert await taken_by(services, world, links, number) is None
        assert (await Message.get(id=number)).state == "queued"
        await delete_link(services, world.operator, name="britain")
        await keeper.step()
        clock.advance(30)
        await taken_by(services, world, links, number)
        message = await Message.get(id=number)
        assert (message.state, message.status, message.ptt) == ("ended", 16, 20)
