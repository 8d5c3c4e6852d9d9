"""Messages that belong to no account are kept for operators, for a while and within bounds."""

import pytest
from prometheus_client import generate_latest

from server.gateways.protocol import OperatorMessage
from server.kit.clock import DAY_US, SECOND_US, ManualClock
from server.operations.core.services import Services
from server.operations.dispatch import unclaimed
from server.operations.dispatch.inbound import store_incoming
from server.operations.maintenance.retention import purge
from server.store.models import IncomingMessage, UnclaimedMessage
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import RECEIVER


def from_phone(
    id: str, receiver: str = "Nobody", text: str = "Hello", sender: str = RECEIVER
) -> OperatorMessage:
    """Return a message from a phone."""
    return OperatorMessage(None, id, sender, receiver, text)


async def test_what_belongs_to_nobody_is_kept_for_operators(services: Services, world: World) -> None:
    """A name that two accounts have, or none, tells nothing; once each, counted, and the rest is not held up."""
    await world.account("sms-a-1")
    account = await world.account("sms-b-1")
    await world.sender(account, "36111")
    messages = [
        from_phone("1", "Chappe"), from_phone("2", text="(STOP)"), from_phone("3", "36111"),
        from_phone("4", sender="07700910016", text="x" * 3_000),
    ]  # fmt: skip
    for _ in range(2):
        assert await store_incoming(services, "link", messages) == []
    assert [incoming.dedup_key for incoming in await IncomingMessage.all()] == ["link:3"]
    kept = await UnclaimedMessage.all().order_by("id")
    assert [(row.sender, row.receiver, row.gateway, row.asks_to_stop, len(row.body)) for row in kept] == [
        (RECEIVER, "Chappe", "link", False, 5),
        (RECEIVER, "Nobody", "link", True, 6),
        ("07700910016", "Nobody", "link", False, 2_000),
    ]
    metrics = generate_latest(services.meters.registry).decode()
    assert 'chappe_incoming_unclaimed_total{asks_to_stop="false",link="link"} 2.0' in metrics
    assert 'chappe_incoming_unclaimed_total{asks_to_stop="true",link="link"} 1.0' in metrics


async def test_the_newest_are_kept_within_a_bound(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood on a link does not fill the disk."""
    monkeypatch.setattr(unclaimed, "MAX_KEPT", 3)
    for batch in (range(2), range(2, 7), range(7, 8)):
        await store_incoming(services, "link", [from_phone(str(number)) for number in batch])
    assert [row.dedup_key for row in await UnclaimedMessage.all().order_by("id")] == [
        "link:5",
        "link:6",
        "link:7",
    ]


async def test_they_are_purged_with_the_events(services: Services, clock: ManualClock) -> None:
    """After the same time."""
    await store_incoming(services, "link", [from_phone("1")])
    clock.advance(services.policy.event_retention_days * DAY_US / SECOND_US - 1)
    await store_incoming(services, "link", [from_phone("2")])
    assert (await purge(services)).unclaimed_messages == 0
    clock.advance(1)
    assert (await purge(services)).unclaimed_messages == 1
    assert (await UnclaimedMessage.get()).dedup_key == "link:2"
