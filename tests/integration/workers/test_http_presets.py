"""Links to OVHcloud, Twilio and SMSGate, each with a fake server built from the API's documentation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.rules.links.http import HttpPreset
from server.store.models import BlacklistEntry, IncomingMessage, Message, OperatorLink
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import (
    HttpLinkedWorker,
    HttpOperator,
    http_linked_worker,
    reaching,
    serving,
    set_up_http_link,
)
from tests.factories.gateways.http.ovhcloud_api import OvhcloudApi
from tests.factories.gateways.http.smsgate_api import SmsgateApi
from tests.factories.gateways.http.twilio_api import TwilioApi
from tests.factories.links.links import LINK_PASSWORD
from tests.factories.messages.messages import send

PHONE = "+447700900004"
UNKNOWN_PHONE = "+447700900999"


@asynccontextmanager
async def at(
    world: World,
    operator: HttpOperator,
    preset: HttpPreset,
    path: str,
    second_key: str | None = None,
    **http: Any,
) -> AsyncIterator[tuple[HttpLinkedWorker, OperatorLink]]:
    """Run a link to an operator by a preset, whose URL is all that differs from the real one."""
    world.services = reaching(world.services, operator)
    more = {} if second_key is None else {"second_key": second_key}
    options = {"preset": preset, "url": operator.url(path), **http}
    row = await set_up_http_link(world, http=options, **more)
    async with http_linked_worker(world.services) as worker:
        yield worker, row


async def until_error(worker: HttpLinkedWorker, words: str) -> None:
    """Submit until the link says what is wrong with it."""

    async def said() -> bool:
        return words in (worker.links.states()[0].last_error or "")

    await worker.until(said)


async def until_refused(worker: HttpLinkedWorker, number: int, ptt: int, clock: ManualClock) -> None:
    """Submit, as time goes by, until a message was refused."""

    async def refused() -> bool:
        clock.advance(seconds=2)
        message = await Message.get(id=number)
        return (message.status, message.ptt) == (16, ptt)

    await worker.until(refused)


async def test_twilio_takes_a_message_and_tells_of_it(services: Services, world: World) -> None:
    """In each step; the last one is signed, as are all."""
    number = await send(services, world.holder, await world.account(), PHONE, text="Grüße & 1+1=2 €")
    api = TwilioApi("AC1", LINK_PASSWORD)
    async with (
        serving(api),
        at(world, api, HttpPreset.TWILIO, "/2010-04-01/Accounts/{account}/Messages.json", user="AC1") as (
            worker,
            row,
        ),
    ):
        await worker.until_status(number, 4, 3)
        [sent] = api.messages
        assert sent["StatusCallback"] == worker.receipts_url(row)
        assert (sent["To"], sent["From"], sent["Body"]) == (PHONE, "Chappe", "Grüße & 1+1=2 €")
        assert 60 <= int(sent["ValidityPeriod"]) <= 36_000
        assert (await api.tell(worker.client, 0, "sent")).status_code == 204
        assert (await api.tell(worker.client, 0, "undelivered", error="30003")).status_code == 204
        await worker.until_status(number, 2, 24)


async def test_twilio_refuses_by_codes(services: Services, world: World, clock: ManualClock) -> None:
    """A wrong number ends its message; wrong credentials end none."""
    account = await world.account()
    number = await send(services, world.holder, account, UNKNOWN_PHONE)
    api = TwilioApi("AC1", "other", invalid={UNKNOWN_PHONE})
    path = "/2010-04-01/Accounts/{account}/Messages.json"
    async with serving(api), at(world, api, HttpPreset.TWILIO, path, user="AC1") as (worker, _):
        await until_error(worker, "HTTP 401")
        assert (await Message.get(id=number)).status == 0
        api.token = LINK_PASSWORD
        await until_refused(worker, number, 23, clock)
    await account.refresh_from_db()
    assert account.credits_left == 200_000


async def test_a_stop_by_twilio_counts(services: Services, world: World) -> None:
    """If it is signed."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    api = TwilioApi("AC1", LINK_PASSWORD)
    path = "/2010-04-01/Accounts/{account}/Messages.json"
    async with serving(api), at(world, api, HttpPreset.TWILIO, path, user="AC1") as (worker, row):
        await worker.until_status(number, 4, 3)
        url = worker.messages_url(row)
        assert (
            await api.pass_on(worker.client, url, PHONE, "Chappe", "STOP", token="forged")
        ).status_code == 403
        assert not await BlacklistEntry.exists()
        assert (await api.pass_on(worker.client, url, PHONE, "Chappe", "STOP")).status_code == 204
    assert (await BlacklistEntry.get(account_id=account.id)).number == PHONE


async def test_ovhcloud_takes_a_message_and_tells_of_it(services: Services, world: World) -> None:
    """The request is signed; the call has the ptt code itself."""
    account = await world.account()
    numbers = [await send(services, world.holder, account, PHONE, text=text) for text in ("Hello", "日本")]
    api = OvhcloudApi("app", LINK_PASSWORD, "consumer", service="sms-ab1-1")
    async with (
        serving(api),
        at(world, api, HttpPreset.OVHCLOUD, "/1.0/sms/{account}/jobs", "consumer", user="app", account="sms-ab1-1") as (worker, row),
    ):  # fmt: skip
        for number in numbers:
            await worker.until_status(number, 4, 3)
        by_text = {job["message"]: job for job in api.jobs}
        assert by_text["Hello"] | {"validityPeriod": None} == {
            "message": "Hello", "receivers": [PHONE], "sender": "Chappe", "noStopClause": True, "charset": "UTF-8",
            "coding": "7bit", "class": "phoneDisplay", "priority": "high", "validityPeriod": None,
        }  # fmt: skip
        assert (by_text["日本"]["coding"], type(by_text["日本"]["validityPeriod"])) == ("8bit", int)
        url = worker.receipts_url(row)
        told = {"Hello": ("1", 4), "日本": ("16", 25)}
        for text, (dlr, ptt) in told.items():
            assert (await api.tell(worker.client, url, text, dlr, ptt)).status_code == 204
        await worker.until_status(numbers[0], 1, 4)
        await worker.until_status(numbers[1], 16, 25)


async def test_ovhcloud_refuses_receivers_in_an_answer_of_success(
    services: Services, world: World, clock: ManualClock
) -> None:
    """They are listed as invalid; a wrong signature ends no message."""
    number = await send(services, world.holder, await world.account(), UNKNOWN_PHONE)
    api = OvhcloudApi("app", LINK_PASSWORD, "other", service="sms-ab1-1", invalid={UNKNOWN_PHONE})
    async with (
        serving(api),
        at(world, api, HttpPreset.OVHCLOUD, "/1.0/sms/{account}/jobs", "consumer", user="app", account="sms-ab1-1") as (worker, _),
    ):  # fmt: skip
        await until_error(worker, "HTTP 403")
        api.consumer_key = "consumer"
        await until_refused(worker, number, 23, clock)


async def test_a_stop_by_ovhcloud_counts(services: Services, world: World) -> None:
    """For the accounts that wrote to that phone over the link."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    api = OvhcloudApi("app", LINK_PASSWORD, "consumer", service="sms-ab1-1")
    async with (
        serving(api),
        at(world, api, HttpPreset.OVHCLOUD, "/1.0/sms/{account}/jobs", "consumer", user="app", account="sms-ab1-1") as (worker, row),
    ):  # fmt: skip
        await worker.until_status(number, 4, 3)
        assert (await api.stop(worker.client, worker.messages_url(row), PHONE)).status_code == 204
    assert (await BlacklistEntry.get(account_id=account.id)).number == PHONE


async def test_a_phone_with_smsgate_sends_and_receives(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It reports each step by a signed call, and passes on messages to its own number."""
    account = await world.account()
    await world.sender(account, "+447700900001")
    number = await send(services, world.holder, account, PHONE, sender="+447700900001")
    api = SmsgateApi("phone", LINK_PASSWORD, signing_key="sign", clock=clock)
    async with (
        serving(api),
        at(world, api, HttpPreset.SMSGATE, "/messages", "sign", user="phone", account="+447700900001") as (
            worker,
            row,
        ),
    ):
        await worker.until_status(number, 4, 3)
        [sent] = api.messages
        assert (sent["textMessage"], sent["phoneNumbers"]) == ({"text": "Hello"}, [PHONE])
        assert (sent["withDeliveryReport"], type(sent["ttl"])) == (True, int)
        url = worker.receipts_url(row)
        forged = await api.tell(worker.client, url, "sms:delivered", 0, signing_key="forged")
        assert forged.status_code == 403
        assert (await api.tell(worker.client, url, "sms:sent", 0)).status_code == 204
        assert (await api.tell(worker.client, url, "sms:delivered", 0)).status_code == 204
        await worker.until_status(number, 1, 4)
        url = worker.messages_url(row)
        assert (await api.pass_on(worker.client, url, PHONE, "Thank you!")).status_code == 204
        assert (await api.pass_on(worker.client, url, PHONE, "Stop")).status_code == 204
    incoming = await IncomingMessage.filter(account_id=account.id).order_by("sequence")
    assert [(message.body, message.is_stop, message.receiver) for message in incoming] == [
        ("Thank you!", False, "+447700900001"),
        ("Stop", True, "+447700900001"),
    ]
    assert (await BlacklistEntry.get(account_id=account.id)).number == PHONE
