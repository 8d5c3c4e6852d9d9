"""The main job: from sending to the final delivery status."""

import asyncio

from server.app import build_worker
from server.gateways.simulator import Simulator
from server.kit.clock import SystemClock
from server.models import DeliveryEvent, Message
from server.operations.screening import Draft
from server.operations.sending import send_message
from server.operations.services import Services
from tests.factories.world import World


async def test_a_message_is_sent_and_delivered(services: Services, world: World) -> None:
    """A message to a receiver ending in 001 is pending, buffered, then delivered."""
    account = await world.account()
    draft = Draft(account=account.name, sender="Chappe", receivers=("+33612345001",), text="Hello")
    sent = await send_message(services, world.holder, draft, idempotency_key="one")
    worker = build_worker(services, Simulator(SystemClock(), step_seconds=0.01))
    services.clock.advance(1)
    worker.start()
    for _ in range(300):
        message = await Message.get(id=sent.message_ids[0])
        if message.status == 1:
            break
        await asyncio.sleep(0.02)
    await worker.stop(grace_seconds=5)
    assert message.status == 1
    events = await DeliveryEvent.all().order_by("sequence")
    assert [(e.status, e.ptt) for e in events] == [(4, 3), (8, 1), (1, 4)]
