"""The server is killed during callbacks, mails and SMS of alerts, and started again."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.callbacks.outbox import status_news
from server.operations.core.principals import OPERATOR_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.credits.verification import verify_account
from server.operations.messages.sending import send_message
from server.outbound.mail import OutboxMailer
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.callbacks import TryVerdict
from server.settings import Settings
from server.store.models import Account, CallbackDelivery, LimitAlert, Message, Notification
from server.workers.callbacks import CallbackDispatcher
from server.workers.notifications import Notifier
from tests.factories.accounts.accounts import World
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import (
    BUFFERED,
    DELIVERED,
    accepted,
    answer,
    claim,
    draft,
    numbers,
    receive,
    send,
)
from tests.factories.notifications.alerts import PHONE, alerts_of, raise_alert, watch, watch_by_sms
from tests.factories.running.crash import Point, Rig, crash

LEASE_SECONDS = 600
"""Longer than any lease."""
THRESHOLD, CREDITS = 5_000, 5_500
OPERATOR = Principal(name="operator", scopes=OPERATOR_SCOPES, holder_id=1)


class Receiver:
    """An endpoint of callbacks that records its calls in a file, and so outlives its callers."""

    def __init__(self, file: Path) -> None:
        """Take the file."""
        self._file = file

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Record one call."""
        with self._file.open("a") as file:
            print(json.dumps([headers["webhook-id"], url]), file=file)
        return CallOutcome(verdict=TryVerdict.DELIVERED, latency_us=1, address="192.0.2.7", status=200)

    async def close(self) -> None:
        """Keep everything."""

    def heard(self) -> list[tuple[str, str]]:
        """Return the id and the URL of each call, in their order."""
        return [(id_, url) for id_, url in map(json.loads, self._file.read_text().splitlines())]


async def call(rig: Rig) -> None:
    """Call all that is due, as the worker does."""
    await _call_all(rig.services, rig.watch(Receiver(rig.folder / "heard")))


async def _call_all(services: Services, receiver: Receiver) -> None:
    dispatcher = CallbackDispatcher(services, receiver)
    while await dispatcher.step():
        pass


async def mail(rig: Rig) -> None:
    """Send the mails that are due, as the worker does."""
    await Notifier(rig.services, rig.watch(_outbox(rig.folder))).send_mails()


async def text(rig: Rig) -> None:
    """Send the SMS that are due, as the worker does."""
    await Notifier(rig.services, _outbox(rig.folder)).send_sms()


async def spend(rig: Rig) -> None:
    """Send a message that takes the account to its limit."""
    await _spend(rig.services)


async def _spend(services: Services) -> None:
    account = await Account.get(name="sms-demo-1")
    await send_message(services, OPERATOR, draft(account), idempotency_key="key")


def _outbox(folder: Path) -> OutboxMailer:
    return OutboxMailer(folder / "outbox", sender="chappe@example.org")


@pytest.mark.parametrize(
    "point",
    [
        Point("before commit", 1), Point("after commit", 1), Point("before get", 1), Point("after get", 1),
        Point("after get", 5), Point("before commit", 2), Point("after commit", 2), Point("before commit", 4),
    ],
    ids=str,
)  # fmt: skip
async def test_each_event_is_called_back_at_least_once(
    services: Services, settings: Settings, world: World, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """Repeats have the id of the first call; without them the calls are the log, each message's in order."""
    account = await world.account()
    await update_account(
        services, world.holder, account=account.name, changes={"callback_url": "https://shop.example/hook"}
    )
    await send(services, world.holder, account, *numbers(5))
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(5)))
    await receive(services, *((f"o{n}", state) for n in range(5) for state in (BUFFERED, DELIVERED)))
    await crash(settings, clock.now_us(), tmp_path, call, point)
    clock.advance(LEASE_SECONDS)
    receiver = Receiver(tmp_path / "heard")
    await _call_all(services, receiver)
    assert {str(row.state) for row in await CallbackDelivery.all()} == {"delivered"}
    first = dict(receiver.heard())
    assert set(first.items()) == set(receiver.heard())
    events = await status_changes()
    assert first.keys() == {status_news(event).webhook_id for event in events}
    message_of = {status_news(event).webhook_id: event.message_id for event in events}
    heard: defaultdict[int, list[str]] = defaultdict(list)
    for id_ in dict.fromkeys(id_ for id_, _ in receiver.heard()):
        heard[message_of[id_]].append(id_)
    for message_id, ids in heard.items():
        assert ids == [status_news(event).webhook_id for event in events if event.message_id == message_id]


@pytest.mark.parametrize(
    "point",
    [Point("before send"), Point("after send"), Point("before commit"), Point("after commit")],
    ids=str,
)
async def test_a_mail_of_an_alert_arrives_and_a_repeat_is_the_same_mail(
    services: Services, settings: Settings, world: World, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """Byte for byte, under one Message-ID."""
    account = await world.account(credits=CREDITS)
    await watch(world, account, THRESHOLD)
    await raise_alert(world, account)
    await crash(settings, clock.now_us(), tmp_path, mail, point)
    outbox = tmp_path / "outbox"
    before = {file.name: file.read_bytes() for file in outbox.iterdir()} if outbox.exists() else {}
    clock.advance(LEASE_SECONDS)
    await Notifier(services, _outbox(tmp_path)).send_mails()
    assert (await Notification.get()).state == "sent"
    after = {file.name: file.read_bytes() for file in outbox.iterdir()}
    assert len(after) == 1
    assert before in ({}, after)


@pytest.mark.parametrize(
    "point",
    [Point("before commit", 1), Point("before commit", 2), Point("after commit", 2)],
    ids=str,
)
async def test_an_sms_of_an_alert_is_sent_and_debited_once(
    services: Services, settings: Settings, world: World, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """Message, debit and mark are one transaction."""
    account = await world.account(credits=CREDITS)
    await watch_by_sms(world, account, THRESHOLD)
    await raise_alert(world, account)
    await crash(settings, clock.now_us(), tmp_path, text, point)
    clock.advance(LEASE_SECONDS)
    await Notifier(services, _outbox(tmp_path)).send_sms()
    assert (await Notification.get()).state == "sent"
    assert await Message.filter(receiver=PHONE).count() == 1
    assert await alerts_of(account) == [4_500]
    assert (await verify_account(account.id)).breach is None
    assert (await Account.get(id=account.id)).credits_left == 3_500


@pytest.mark.parametrize("point", [Point("before commit", 2), Point("after commit", 2)], ids=str)
async def test_a_crossing_is_alerted_of_once(
    services: Services, settings: Settings, world: World, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """With the message that caused it or not at all; the caller repeats what it heard no answer to."""
    account = await world.account(credits=CREDITS)
    await watch(world, account, THRESHOLD)
    await crash(settings, clock.now_us(), tmp_path, spend, point)
    assert await LimitAlert.all().count() == (1 if point.place == "after commit" else 0)
    await _spend(services)
    assert await alerts_of(account) == [4_500]
    assert await Notification.all().count() == 1
