"""An operator's message centre that can misbehave like real ones."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from server.gateways.smpp.codec import Framer, encode
from server.gateways.smpp.pdu import (
    Bind,
    BindReceiver,
    BindReceiverResponse,
    BindTransceiver,
    BindTransceiverResponse,
    BindTransmitter,
    BindTransmitterResponse,
    DeliverSm,
    EnquireLink,
    EnquireLinkResponse,
    EsmClass,
    Pdu,
    SubmitSm,
    SubmitSmResponse,
    Unbind,
    UnbindResponse,
    Unknown,
)
from tests.factories.running.waiting import eventually

BIND_RESPONSES = {
    BindReceiver: BindReceiverResponse,
    BindTransmitter: BindTransmitterResponse,
    BindTransceiver: BindTransceiverResponse,
}


class Peer(asyncio.Protocol):
    """The operator's side of one connection."""

    def __init__(self, smsc: "Smsc") -> None:
        """Take its message centre."""
        self._smsc = smsc
        self._framer = Framer()
        self._out: list[bytes] = []
        self._sequence = 0
        self._reading = False
        self._transport: asyncio.Transport | None = None
        self.received: list[Pdu] = []
        self.bind: Bind | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Add it to the peers."""
        self._transport = cast("asyncio.Transport", transport)
        self._smsc.peers.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 the reason does not matter
        """Remember that the connection is lost."""
        self.lost = True

    def data_received(self, data: bytes) -> None:
        """Handle received data, and answer it in one write."""
        self._framer.feed(data)
        self._reading = True
        while (pdu := self._framer.pop()) is not None:
            if self._smsc.remembers:
                self.received.append(pdu)
            self._smsc.handle(self, pdu)
        self._reading = False
        self._flush()

    def send(self, pdu: Pdu) -> None:
        """Write a PDU, together with others that answer the same octets."""
        self.send_octets(encode(pdu))

    def request(self, pdu: Pdu) -> int:
        """Write a request with one of the operator's sequence numbers, and return the number."""
        self._sequence += 1
        self.send_octets(encode(pdu, self._sequence))
        return self._sequence

    def send_octets(self, octets: bytes) -> None:
        """Write raw octets."""
        self._out.append(octets)
        if not self._reading:
            self._flush()

    def answered(self, sequence: int) -> bool:
        """Tell whether a request has been answered."""
        return self.status_of(sequence) is not None

    def status_of(self, sequence: int) -> int | None:
        """Return the status of the answer to a request, if there is one."""
        return next(
            (pdu.status for pdu in self.received if pdu.is_response and pdu.sequence == sequence), None
        )

    def cut(self) -> None:
        """Break the connection at once; unwritten data is lost."""
        assert self._transport is not None
        self._transport.abort()

    def _flush(self) -> None:
        octets = b"".join(self._out)
        self._out.clear()
        assert self._transport is not None
        if not octets or self._transport.is_closing():
            return
        if not self._smsc.byte_by_byte:
            self._transport.write(octets)
            return
        for index in range(len(octets)):
            self._transport.write(octets[index : index + 1])


Script = Callable[["Smsc", Peer, SubmitSm], None]


def accept(smsc: "Smsc", peer: Peer, submit: SubmitSm) -> None:
    """Accept a message, and send the requested receipt."""
    number = smsc.next_number()
    smsc.respond(peer, submit, number)
    if submit.registered_delivery:
        peer.request(smsc.receipt(submit, number))


@dataclass
class Smsc:
    """A message centre on a port of this machine; `script` decides what happens to a message.

    Ids are consecutive; the two formats say how responses and receipts write them. Received PDUs are
    remembered, up to a bound.
    """

    script: Script = accept
    response_id: str = "{}"
    receipt_id: str = "{}"
    stat: str = "DELIVRD"
    bind_status: int = 0
    byte_by_byte: bool = False
    silent: bool = False
    remembers: bool = True
    first_number: int = 1
    port: int = 0
    peers: list[Peer] = field(default_factory=list)
    submits: list[SubmitSm] = field(default_factory=list)
    accepted: int = 0

    def next_number(self) -> int:
        """Return the next message's number."""
        self.accepted += 1
        return self.first_number + self.accepted - 1

    def respond(self, peer: Peer, submit: SubmitSm, number: int) -> None:
        """Accept a message with this number."""
        peer.send(SubmitSmResponse(submit.sequence, message_id=self.response_id.format(number)))

    def refuse(self, peer: Peer, submit: SubmitSm, status: int) -> None:
        """Answer a message with a status but without a body, as many operators do."""
        peer.send(Unknown(sequence=submit.sequence, status=status, command_id=SubmitSmResponse.command_id))

    def receipt(self, submit: SubmitSm, number: int) -> DeliverSm:
        """Return a receipt for a message."""
        text = (
            f"id:{self.receipt_id.format(number)} sub:001 dlvrd:001 submit date:2609211200 "
            f"done date:2609211201 stat:{self.stat} err:000 text:"
        )
        return DeliverSm(
            source_addr_ton=submit.dest_addr_ton,
            source_addr_npi=submit.dest_addr_npi,
            source_addr=submit.destination_addr,
            dest_addr_ton=submit.source_addr_ton,
            dest_addr_npi=submit.source_addr_npi,
            destination_addr=submit.source_addr,
            esm_class=EsmClass.RECEIPT,
            short_message=text.encode(),
        )

    def handle(self, peer: Peer, pdu: Pdu) -> None:
        """Follow the script, and otherwise behave like any message centre."""
        if self.silent:
            return
        if isinstance(pdu, SubmitSm):
            if self.remembers:
                self.submits.append(pdu)
            self.script(self, peer, pdu)
        elif isinstance(pdu, Bind):
            peer.bind = pdu
            peer.send(BIND_RESPONSES[type(pdu)](pdu.sequence, self.bind_status, system_id="smsc"))
        elif isinstance(pdu, EnquireLink):
            peer.send(EnquireLinkResponse(pdu.sequence))
        elif isinstance(pdu, Unbind):
            peer.send(UnbindResponse(pdu.sequence))

    async def peer(self, number: int = 0) -> Peer:
        """Return the peer with this number, once it has bound."""

        async def bound() -> bool:
            return len(self.peers) > number and self.peers[number].bind is not None

        await eventually(bound)
        return self.peers[number]

    async def answer_to(self, peer: Peer, request: Pdu) -> int:
        """Send a request, and return the status of its answer."""
        sequence = peer.request(request)

        async def answered() -> bool:
            return peer.answered(sequence)

        await eventually(answered)
        return peer.status_of(sequence) or 0


@asynccontextmanager
async def running(smsc: Smsc, tls: ssl.SSLContext | None = None) -> AsyncIterator[Smsc]:
    """Let a message centre listen, on its previous port or, the first time, on any."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Peer(smsc), "127.0.0.1", smsc.port, ssl=tls)
    smsc.port = server.sockets[0].getsockname()[1]
    try:
        yield smsc
    finally:
        server.close()
        for peer in smsc.peers:
            if not peer.lost:
                peer.cut()
        await server.wait_closed()
