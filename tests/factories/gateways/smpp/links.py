"""Links to the tests' message centres, and messages for them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from server.gateways.smpp.link import Link
from server.gateways.smpp.options import LinkOptions, SessionOptions
from server.gateways.smpp.pdu import SubmitSm, SubmitSmResponse
from server.gateways.smpp.receipts import read_receipt
from server.kit.clock import SECOND_US
from tests.factories.gateways.smpp.smsc import Smsc
from tests.factories.running.waiting import eventually

PASSWORD = "s3cr3t"
IMPATIENT_US = SECOND_US // 50
AS_FAST_AS_POSSIBLE = 1_000_000


def options(smsc: Smsc, *, tls: ssl.SSLContext | None = None, **session: Any) -> LinkOptions:
    """Return options for a link that reconnects at once and has no rate limit."""
    session = {"rate": AS_FAST_AS_POSSIBLE, "leave_us": IMPATIENT_US, **session}
    return LinkOptions(
        name="test",
        host="localhost" if tls else "127.0.0.1",
        port=smsc.port,
        system_id="chappe",
        password=PASSWORD,
        tls=tls,
        session=SessionOptions(**session),
        first_retry_us=1_000,
        longest_retry_us=10_000,
    )


@asynccontextmanager
async def linked(link_options: LinkOptions) -> AsyncIterator[Link]:
    """Run a link; the block begins when its binds are open."""
    link = Link(link_options)
    link.start()
    try:
        await until_bound(link)
        yield link
    finally:
        await link.stop()


async def until_bound(link: Link) -> None:
    """Wait until all binds that submit are open."""

    async def bound() -> bool:
        return all(channel.connection or channel.kind == "BindReceiver" for channel in link.channels)

    await eventually(bound)


def message(text: str = "Hello", *, receipt: bool = True) -> SubmitSm:
    """Return a message."""
    return SubmitSm(
        source_addr_ton=5,
        source_addr="Chappe",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="447700900004",
        registered_delivery=int(receipt),
        short_message=text.encode(),
    )


async def outcomes(
    futures: list[asyncio.Future[SubmitSmResponse]],
) -> list[SubmitSmResponse | BaseException]:
    """Wait for all answers, or the errors instead."""
    return await asyncio.gather(*futures, return_exceptions=True)


async def receipts(link: Link, count: int) -> list[str]:
    """Wait for this many receipts, answer them, and return their ids."""
    ids: list[str] = []
    while len(ids) < count:
        for received in await link.receive(count):
            receipt = read_receipt(received.pdu)
            assert receipt is not None
            ids.append(receipt.id)
            received.answer()
    return ids


async def submitted(link: Link, count: int, *, receipt: bool = True) -> list[str]:
    """Submit this many messages at once, and return their ids at the operator."""
    futures = [link.submit(message(receipt=receipt)) for _ in range(count)]
    return [(await future).message_id for future in futures]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""

    async def holds() -> bool:
        return condition()

    await eventually(holds)
