"""Follows deliveries over a WebSocket, for the tests of subscriptions."""

from collections.abc import Mapping
from typing import Any

from server.graphql.delivery.types import EVENT_ORDER
from server.operations.core.services import Services
from server.store.models import DeliveryEvent
from tests.client import Socket, until
from tests.factories.access.callers import Callers
from tests.factories.messages.messages import send

START = EVENT_ORDER.cursor(DeliveryEvent(sequence=0, at_us=0))
SUBSCRIBE = """
subscription ($account: String!, $login: String, $message: ID, $after: String) {
  deliveryStatusChanged(account: $account, login: $login, messageId: $message, after: $after) {
    cursor sequence previousStatus status ptt { code } message { id number userLogin }
  }
}
"""
DEMO = {"account": "sms-demo-1"}

Event = dict[str, Any]


async def refusal(socket: Socket, variables: Mapping[str, Any], id: str = "1") -> str:
    """Expect a subscription to be refused; return the refusal's code, after which the operation has ended."""
    await socket.subscribe(SUBSCRIBE, variables, id)
    message = await socket.receive()
    assert message["id"] == id
    if message["type"] == "next":
        assert message["payload"]["data"] is None, message
        [error] = message["payload"]["errors"]
        assert await socket.receive() == {"type": "complete", "id": id}
    else:
        assert message["type"] == "error", message
        [error] = message["payload"]
    code: str = error["extensions"]["code"]
    return code


async def next_events(socket: Socket, count: int) -> list[Event]:
    """Return the next events."""
    messages = [await socket.receive() for _ in range(count)]
    assert [message["type"] for message in messages] == ["next"] * count, messages
    assert not any(message["payload"].get("errors") for message in messages), messages
    return [message["payload"]["data"]["deliveryStatusChanged"] for message in messages]


async def listening(services: Services, count: int) -> None:
    """Wait until there are this many listeners."""
    await until(lambda: services.bus.listener_count() == count)


def sequences(events: list[Event]) -> list[int]:
    """Return the events' sequence numbers."""
    return [int(event["sequence"]) for event in events]


async def write_events(services: Services, callers: Callers) -> None:
    """Write two events: two accepted messages."""
    account, owner = callers.demo.account, callers.world.holder
    later_us = services.clock.now_us() + 3_600_000_000
    await send(services, owner, account, "+33612000001", "+33612000002", deferred_until_us=later_us)
