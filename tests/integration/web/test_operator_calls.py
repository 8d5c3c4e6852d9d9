"""Calls of operators: who may call, what is accepted, and the answers."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.operations.core.services import Services
from server.operations.links.links import operator_call_urls
from server.operations.links.management import update_link
from server.rules.links.http import HttpPreset, MessagePaths, ReceiptPaths
from server.store.models import OperatorLink, Receipt, UnclaimedMessage
from server.web.operator_calls import MAX_BODY_BYTES
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import (
    OWN_TEMPLATE,
    PUBLIC_URL,
    calls_client,
    reaching,
    set_up_http_link,
)
from tests.factories.links.links import set_up_link

OPTIONS: dict[str, Any] = {
    "url": "https://api.example.com/send",
    **OWN_TEMPLATE,
    "receipts": ReceiptPaths(id="id", status="status"),
    "messages": MessagePaths(sender="from", text="text"),
}


@pytest.fixture
def known(services: Services) -> Services:
    """Services that know how they are reached from outside."""
    return reaching(services)


@pytest.fixture
async def link(known: Services, world: World) -> OperatorLink:
    """A link whose operator calls."""
    world.services = known
    return await set_up_http_link(world, http=OPTIONS)


@pytest.fixture
async def client(known: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that operators may call."""
    async with calls_client(known) as client:
        yield client


def urls(services: Services, link: OperatorLink) -> tuple[str, str]:
    """Return the URLs that a link's operator was given."""
    given = operator_call_urls(services, link.id, link.name)
    assert given is not None
    return given.receipts, given.messages


async def test_whoever_has_the_url_may_call(
    known: Services, link: OperatorLink, client: httpx.AsyncClient
) -> None:
    """As JSON, as a form or in the query; the answer has no body, which some would pass on to a phone."""
    receipts, _ = urls(known, link)
    assert receipts.startswith(f"{PUBLIC_URL}/links/web/receipts?token=")
    answers = [
        await client.post(receipts, json={"id": "A", "status": "x"}),
        await client.post(receipts, data={"id": "B", "status": "x"}),
        await client.get(f"{receipts}&id=C&status=x"),
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 3
    assert sorted([receipt.operator_id for receipt in await Receipt.all()]) == ["a", "b", "c"]


async def test_whoever_has_it_not_learns_nothing(
    known: Services, world: World, link: OperatorLink, client: httpx.AsyncClient
) -> None:
    """A wrong token, another link's, none, and a missing link get the same answer."""
    other = await set_up_http_link(world, "other", http=OPTIONS)
    receipts, _ = urls(known, link)
    strange, _ = urls(known, other)
    base, _, token = receipts.partition("?token=")
    for url in (
        base,
        f"{base}?token=",
        f"{base}?token={token[:-1]}",
        f"{base}?token=ä",
        f"{base}?token={strange.partition('?token=')[2]}",
        receipts.replace("/web/", "/nowhere/"),
        receipts.replace("/web/", "/we%00b/"),
        receipts.replace("/web/", f"/{'x' * 300}/"),
    ):
        answer = await client.post(url, json={"id": "A", "status": "x"})
        assert (answer.status_code, answer.content) == (404, b"")
    assert not await Receipt.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"status": "x"}', 400),
        (b'{"id": {"a": 1}, "status": "x"}', 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b"&".join([b"a=1"] * 200), 400),
        (b'{"id": "A", "status": "' + b"x" * MAX_BODY_BYTES + b'"}', 413),
    ],
)
async def test_what_is_no_receipt_is_refused(
    known: Services, link: OperatorLink, client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """And nothing is recorded."""
    answer = await client.post(urls(known, link)[0], content=body)
    assert (answer.status_code, await Receipt.exists()) == (status, False)


async def test_a_nul_is_left_out(known: Services, link: OperatorLink, client: httpx.AsyncClient) -> None:
    """As it is of what comes over SMPP: PostgreSQL refuses it."""
    receipts, messages = urls(known, link)
    for url, fields in (
        (receipts, {"id": "A\0", "status": "x\0"}),
        (messages, {"from": "+447700900004\0", "text": "Hi\0 there"}),
    ):
        assert (await client.post(url, json=fields)).status_code == 204
    assert [receipt.operator_id for receipt in await Receipt.all()] == ["a"]
    [message] = await UnclaimedMessage.all()
    assert (message.sender, message.body) == ("+447700900004", "Hi there")


async def test_other_methods_are_refused(
    known: Services, link: OperatorLink, client: httpx.AsyncClient
) -> None:
    """A HEAD records nothing."""
    assert (await client.head(urls(known, link)[0] + "&id=A")).status_code == 405
    assert (await client.put(urls(known, link)[0])).status_code == 405
    assert not await Receipt.exists()


async def test_a_forged_signature_is_refused(
    known: Services, world: World, client: httpx.AsyncClient
) -> None:
    """Though the URL is right."""
    options = {"preset": HttpPreset.TWILIO, "user": "AC1"}
    twilio = await set_up_http_link(world, "twilio", http=options)
    data = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    answer = await client.post(urls(known, twilio)[0], data=data, headers={"X-Twilio-Signature": "wrong"})
    assert (answer.status_code, await Receipt.exists()) == (403, False)


async def test_a_link_over_smpp_takes_no_calls(
    known: Services, world: World, client: httpx.AsyncClient
) -> None:
    """Its operator says all in a session."""
    smpp = await set_up_link(world)
    answer = await client.post(urls(known, smpp)[0], json={"id": "A", "status": "x"})
    assert (answer.status_code, await Receipt.exists()) == (400, False)


async def test_a_disabled_link_is_heard(
    known: Services, world: World, link: OperatorLink, client: httpx.AsyncClient
) -> None:
    """Of what it took before."""
    await update_link(known, world.operator, name="web", changes={"enabled": False})
    answer = await client.post(urls(known, link)[0], json={"id": "A", "status": "x"})
    assert (answer.status_code, await Receipt.all().count()) == (204, 1)


async def test_what_can_not_be_looked_at_comes_again(
    known: Services, link: OperatorLink, client: httpx.AsyncClient
) -> None:
    """The secrets are not to be had: the operator is asked to say it later."""
    link.password_encrypted = "nonsense"
    await link.save()
    answer = await client.post(urls(known, link)[0], json={"id": "A", "status": "x"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
