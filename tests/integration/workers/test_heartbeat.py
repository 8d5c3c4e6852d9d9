"""A worker's heartbeat: a slow worker is not dead."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

from server.gateways.protocol import Submission
from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.callbacks.claims import claim_calls
from server.operations.core.services import Services
from server.operations.dispatch.notices import claim_mails
from server.outbound.mail import TAKEN, Mail, MailOutcome
from server.store.models import CallbackDelivery, Message, Notification
from server.workers.callbacks import CallbackDispatcher
from server.workers.dispatch import Sender
from server.workers.heartbeat import Heartbeat, Holder
from server.workers.notifications import Notifier
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import ScriptedCaller, many
from tests.factories.messages.messages import claim, numbers, send, states
from tests.factories.notifications.alerts import raise_alert, watch
from tests.factories.running.waiting import eventually


class SlowOperator(Simulator):
    """An operator that answers once it may."""

    def __init__(self, services: Services) -> None:
        """Take the services."""
        super().__init__(services.clock, step_seconds=0)
        self.may_answer = asyncio.Event()
        self.asked: list[int] = []

    async def submit(self, submissions: Sequence[Submission], *more: Any) -> Any:
        """Answer late."""
        self.asked += [submission.message_id for submission in submissions]
        await self.may_answer.wait()
        return await super().submit(submissions, *more)


class SlowMailer:
    """A mail server that takes a mail once it may."""

    def __init__(self) -> None:
        """Start silent."""
        self.may_answer = asyncio.Event()

    async def send(self, mail: Mail) -> MailOutcome:
        """Take it late."""
        assert mail.recipient
        await self.may_answer.wait()
        return TAKEN


async def test_a_slow_worker_loses_nothing_to_another(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Messages, callbacks and mails that are under way for many leases are not claimed by anybody else."""
    await many(services, world, await world.account("sms-callbacks-1"), 3)
    await raise_alert(world, await watch(world, await world.account("sms-mails-1", credits=6_000)))
    sent = [await send(services, world.holder, await world.account(), *numbers(3))]
    operator, mailer = SlowOperator(services), SlowMailer()
    caller = ScriptedCaller({"shop.example": None})
    sender, notifier = Sender(services, operator), Notifier(services, mailer)
    dispatcher = CallbackDispatcher(services, caller)
    heart = Heartbeat(services, [sender, notifier, dispatcher])
    await dispatcher.step()
    await asyncio.sleep(0)
    under_way = [asyncio.create_task(sender.step()), asyncio.create_task(notifier.send_mails())]

    async def all_claimed() -> bool:
        claimed = [await Message.filter(state="claimed").exists(), await Notification.filter(claim_id__not_isnull=True).exists(),
                   await CallbackDelivery.filter(claim_id__not_isnull=True).exists()]  # fmt: skip
        return all(claimed)

    await eventually(all_claimed)
    for _ in range(4):
        clock.advance(services.policy.claim_lease_seconds - 1)
        assert (await claim(services)).account_ids == {}
        assert await claim_calls(services, under_way=()) == []
        assert await claim_mails(services, limit=5) == []
        await heart.beat()
    operator.may_answer.set()
    mailer.may_answer.set()
    caller.release.set()
    await asyncio.gather(*under_way)
    await sender.finish()
    await dispatcher.finish()
    assert len(operator.asked) == len(set(operator.asked))
    assert await states(sent) == ["submitted"]
    assert (await Notification.get()).attempts == 1
    assert {holder.claims == {} for holder in (notifier, dispatcher)} == {True}


async def test_a_worker_that_stood_still_hands_nothing_over(services: Services, world: World) -> None:
    """Another worker may have claimed its messages meanwhile: they are put back."""
    stalled = replace(services, policy=replace(services.policy, claim_lease_seconds=0))
    operator = SlowOperator(services)
    number = await send(services, world.holder, await world.account())
    sender = Sender(stalled, operator)
    await sender.step()
    await sender.finish()
    assert operator.asked == []
    assert await states([number]) == ["queued"]


async def test_a_heart_beats_on_past_an_outage(services: Services) -> None:
    """A beat that fails is a line in the log, and the next one comes."""
    beats: list[int] = []

    class Failing(Holder):
        """A holder that can't be asked at first."""

        claimable: Any = None

        @property
        def claims(self) -> Any:
            """Fail, and then hold nothing."""
            beats.append(1)
            if len(beats) == 1:
                raise OSError("gone")
            return {}

    quick = replace(services, policy=replace(services.policy, claim_lease_seconds=0))
    with capture_logs() as logs:
        beating = asyncio.create_task(Heartbeat(quick, [Failing()]).run())

        async def twice() -> bool:
            return len(beats) > 1

        await eventually(twice)
    beating.cancel()
    await asyncio.wait([beating])
    assert [line["event"] for line in logs] == ["leases not renewed"]
