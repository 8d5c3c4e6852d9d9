"""The worker's intake: stored first, acknowledged afterwards."""

import random
from collections.abc import Sequence

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import OperatorMessage, OperatorReceipt
from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.messages.sending import send_message
from server.store.models import Account, IncomingMessage, Receipt
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from tests.factories.accounts.accounts import World
from tests.factories.gateways.scripted_gateway import ScriptedGateway
from tests.factories.messages.messages import DELIVERED, GATEWAY, RECEIVER, draft, send, status, submit


class Telling(ScriptedGateway):
    """A link that has just these things to say, and can be deaf to acknowledgements."""

    def __init__(self, *said: OperatorReceipt | OperatorMessage) -> None:
        """Take what it says."""
        super().__init__(random.Random(0))  # noqa: S311 no secret
        self.said = list(said)
        self.deaf = False

    @property
    def name(self) -> str:
        """The link's name."""
        return GATEWAY

    async def receive(self, limit: int) -> list[OperatorReceipt | OperatorMessage]:
        """Say it."""
        return self.said[:limit]

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Say it no more, or raise ConnectionError."""
        assert await Receipt.all().count() + await IncomingMessage.all().count() >= len(received)
        if self.deaf:
            raise ConnectionError
        self.said = [item for item in self.said if item not in received]


async def test_receipts_and_messages_are_recorded_and_then_acknowledged(
    services: Services, world: World
) -> None:
    """Both kinds of one batch; an applied receipt moves its message."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await submit(services, "a")
    gateway = Telling(
        OperatorReceipt(1, "a", DELIVERED), OperatorMessage(2, "m", RECEIVER, "Chappe", "Thanks")
    )
    receiver = Receiver(services, gateway)
    assert await receiver.receive()
    assert gateway.said == []
    assert (await IncomingMessage.get()).body == "Thanks"
    assert (await receiver.apply(), await receiver.apply()) == (True, False)
    assert await status(number) == (1, 4)
    assert await receiver.receive()


async def test_what_could_not_be_acknowledged_comes_again_and_changes_nothing(
    services: Services, world: World
) -> None:
    """A receipt that is recorded twice moves its message once, and a message is kept once."""
    account = await world.account()
    number = await send(services, world.holder, account)
    await submit(services, "a")
    gateway = Telling(
        OperatorReceipt(1, "a", DELIVERED), OperatorMessage(2, "m", RECEIVER, "Chappe", "Thanks")
    )
    gateway.deaf = True
    receiver = Receiver(services, gateway)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await receiver.receive()
    gateway.deaf = False
    await receiver.receive()
    await receiver.apply()
    assert await status(number) == (1, 4)
    assert await IncomingMessage.all().count() == 1
    assert await Receipt.filter(message_part_id=None).count() == 0


async def test_stop_goes_all_the_way(services: Services, world: World, clock: ManualClock) -> None:
    """The phone that a message reached answers STOP: it is on the blacklist, and refused from then on."""
    account, other = await world.account(), await world.account("sms-other-1")
    phone = "+33612345907"
    gateway = Simulator(clock, step_seconds=0)
    sender, receiver = Sender(services, gateway), Receiver(services, gateway)
    number = await send(services, world.holder, account, phone)
    await sender.step()
    await receiver.receive()
    await receiver.apply()
    assert await status(number) == (1, 4)
    incoming = await IncomingMessage.get()
    assert (incoming.account_id, incoming.sender, incoming.is_stop) == (account.id, phone, True)
    for of, code in ((account, ErrorCode.RECEIVER_BLACKLISTED), (other, None)):
        sent = await send_message(services, world.holder, draft(of, phone), idempotency_key=None)
        assert [verdict.code for verdict in sent.verdicts] == [code]
        assert len(sent.message_ids) == (code is None)


async def test_a_message_that_can_not_be_written_holds_up_no_other_account(
    services: Services, world: World
) -> None:
    """It alone is not acknowledged, and is written once its account's trouble is over."""
    bad, good = await world.account("sms-bad-1"), await world.account("sms-good-1")
    await world.sender(bad, "Bad")
    await world.sender(good, "Good")
    first, second, third = (
        OperatorMessage(n, str(n), RECEIVER, name, "Hi") for n, name in enumerate(("Bad", "Bad", "Good"))
    )
    await Receiver(services, Telling(first)).receive()
    await Account.filter(id=bad.id).update(incoming_sequence=0)
    gateway = Telling(second, third)
    receiver = Receiver(services, gateway)
    assert not await receiver.receive()
    assert gateway.said == [second]
    assert await IncomingMessage.filter(account_id=good.id).count() == 1
    await Account.filter(id=bad.id).update(incoming_sequence=1)
    assert await receiver.receive()
    assert gateway.said == []
    assert await IncomingMessage.filter(account_id=bad.id).count() == 2


async def test_a_sender_without_work_says_so(services: Services, world: World) -> None:
    """Its loop can then wait for a wake-up."""
    sender = Sender(services, Telling())
    assert not await sender.step()
    await send(services, world.holder, await world.account())
    assert await sender.step()
    assert not await sender.step()
