"""A link to a message centre by other authors: node-smpp, in a separate process."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from server.gateways.smpp.addresses import AddressRules
from server.gateways.smpp.link import Link
from server.gateways.smpp.long_messages import submissions
from server.gateways.smpp.options import BINDS, LinkOptions
from server.gateways.smpp.pdu import FromOperator, SubmitSm
from server.gateways.smpp.receipts import Receipt, read_receipt
from server.gateways.smpp.text import decode_text, encode_parts
from server.rules.links.smpp import BindMode, LongForm
from server.rules.messages.segments import Coding, split
from tests.client import PATIENCE_SECONDS
from tests.factories.gateways.smpp.links import PASSWORD, linked, until_bound
from tests.factories.running.waiting import eventually

CLIENTS = Path(__file__).parents[1] / "conformance" / "clients"
ENVIRONMENT = str(Path(sys.executable).parent)
DELIVERED = Receipt(id="node-1", stat="DELIVRD", err="0", done_at_us=1_789_992_060_000_000)


class Node:
    """The message centre and its events."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take the running process."""
        self._process = process
        self.port = 0

    async def says(self, event: str) -> Any:
        """Wait for the next event, which has to be this one, and return its data."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        said = json.loads(line)
        assert list(said) == [event]
        return said[event]

    def deliver(self, **fields: Any) -> None:
        """Let it send a message from a phone."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(fields).encode() + b"\n")

    def options(self) -> LinkOptions:
        """Return options for a link to it."""
        return LinkOptions.from_url("node", f"smpp://chappe:{PASSWORD}@127.0.0.1:{self.port}")


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[Node]:
    """Run the message centre during the block, on any port or this one."""
    node = shutil.which("node") or shutil.which("node", path=ENVIRONMENT)
    assert node, "There is no Node: run 'make test'"
    assert (CLIENTS / "node_modules" / "smpp").is_dir(), "The peers are not installed: run 'make test'"
    process = await asyncio.create_subprocess_exec(
        node, "smsc.mjs", str(port), cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    try:
        peer = Node(process)
        peer.port = await peer.says("port")
        yield peer
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def node() -> AsyncIterator[Node]:
    """A message centre by other authors."""
    async with running() as node:
        yield node


async def incoming(link: Link) -> FromOperator:
    """Wait for the next receipt or message, answer it, and return it."""
    while not (received := await link.receive(1)):
        pass
    received[0].answer()
    return received[0].pdu


def pdus(text: str, coding: Coding) -> list[SubmitSm]:
    """Return the PDUs of a text, with all options of a message."""
    coded = encode_parts(split(text, coding), coding)
    source, destination = AddressRules().source("Chappe"), AddressRules().destination("+447700900004")
    base = SubmitSm(
        source_addr_ton=source.ton,
        source_addr_npi=source.npi,
        source_addr=source.digits,
        dest_addr_ton=destination.ton,
        dest_addr_npi=destination.npi,
        destination_addr=destination.digits,
        registered_delivery=1,
        data_coding=coded.data_coding,
    )
    return submissions(base, coded.parts, LongForm.UDH, reference=77)


@pytest.mark.parametrize("mode", BindMode)
async def test_a_message_goes_out_and_its_receipt_comes_back(node: Node, mode: BindMode) -> None:
    """With one bind or a pair: the peer reads the message correctly, and we read its receipt."""
    async with linked(replace(node.options(), mode=mode)) as link:
        for _ in BINDS[mode]:
            await node.says("bound")
        [pdu] = pdus("Hello {€} @ Zoé", Coding.GSM_7BIT)
        assert (await link.submit(pdu)).message_id == "node-1"
        submit = await node.says("submit")
        assert submit["from"] == [5, 0, "Chappe"]
        assert submit["to"] == [1, 1, "447700900004"]
        assert submit["coding"] == 0
        assert read_receipt(await incoming(link)) == DELIVERED
        assert await node.says("answered") == 0
    for _ in BINDS[mode]:
        assert await node.says("unbound")


@pytest.mark.parametrize(
    ("text", "coding"), [("é" * 200, Coding.GSM_7BIT), ("Ж😀" * 50, Coding.UNICODE)], ids=["7-bit", "unicode"]
)
async def test_a_long_message_goes_out_in_parts(node: Node, text: str, coding: Coding) -> None:
    """The peer finds the header of each part and the text of all of them."""
    async with linked(node.options()) as link:
        await node.says("bound")
        parts = pdus(text, coding)
        assert len(parts) > 1
        heard = []
        for number, pdu in enumerate(parts, start=1):
            await link.submit(pdu)
            submit = await node.says("submit")
            assert submit["parts"][-3:] == [77, len(parts), number]
            heard.append(submit["text"])
            assert read_receipt(await incoming(link)) is not None
            assert await node.says("answered") == 0
        if coding is Coding.UNICODE:
            assert "".join(heard) == text


async def test_a_message_from_a_phone_comes_in(node: Node) -> None:
    """In the peer's choice of coding."""
    async with linked(node.options()) as link:
        await node.says("bound")
        for text in ("Stop", "Привет"):
            node.deliver(source_addr="447700900004", destination_addr="36105", short_message=text)
            pdu = await incoming(link)
            assert read_receipt(pdu) is None
            assert (pdu.source_addr, pdu.destination_addr) == ("447700900004", "36105")
            assert decode_text(pdu.content, pdu.data_coding) == text
            assert await node.says("answered") == 0


async def test_a_wrong_password_is_told(node: Node) -> None:
    """With the name from the specification."""
    link = Link(replace(node.options(), password="wrong", first_retry_us=1_000))
    link.start()

    async def told() -> bool:
        return link.channels[0].last_error == "The operator refused the bind. (ESME_RINVPASWD)"

    await eventually(told)
    await link.stop()


async def test_a_peer_that_was_killed_is_bound_again() -> None:
    """As soon as it listens at its address again."""
    async with running() as first:
        link = Link(replace(first.options(), first_retry_us=1_000, longest_retry_us=10_000))
        link.start()
        await until_bound(link)

    async def unbound() -> bool:
        return not link.bound

    await eventually(unbound)
    async with running(first.port) as second:
        assert await second.says("bound") == "bind_transceiver"
        await until_bound(link)
        assert link.channels[0].last_error
        await link.stop()
