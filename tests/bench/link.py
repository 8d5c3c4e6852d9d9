"""A link to an operator: submissions with their receipts, next to a bare loop that codes the same PDUs."""

import socket

from structlog.testing import capture_logs

from server.gateways.smpp.codec import Framer, encode
from server.gateways.smpp.link import Link
from server.gateways.smpp.pdu import DeliverSm, DeliverSmResponse, Pdu, SubmitSm, SubmitSmResponse
from tests.bench.measure import Row, compare
from tests.factories.gateways.smpp.links import linked, message, options
from tests.factories.gateways.smpp.smsc import Smsc, running

MESSAGES = 1_000
WINDOWS = (10, 100)
AIM = "0.5 at window 100"


async def run() -> list[Row]:
    """Run the scenarios."""
    # Keeps the link's log out of the figures.
    with capture_logs():
        return [await _submissions(window) for window in WINDOWS]


async def _submissions(window: int) -> Row:
    """Compare submitting messages, each with its response, its receipt and the answer to the receipt."""
    bare = _Bare()
    async with (
        running(Smsc(remembers=False)) as smsc,
        linked(options(smsc, window=window, max_waiting=MESSAGES)) as link,
    ):

        async def through_the_link() -> None:
            futures = [link.submit(message()) for _ in range(MESSAGES)]
            await _answer_receipts(link, MESSAGES)
            for future in futures:
                assert (await future).status == 0

        async def over_a_pair() -> None:
            for _ in range(MESSAGES // window):
                bare.exchange(smsc, window)

        row = await compare(
            f"{MESSAGES:,} submissions with receipts, window {window} / bare coding over a socket pair",
            through_the_link,
            over_a_pair,
            aim=AIM,
        )
    bare.close()
    return row


async def _answer_receipts(link: Link, count: int) -> None:
    answered = 0
    while answered < count:
        for received in await link.receive(count):
            received.answer()
            answered += 1


class _Bare:
    """Both sides of an exchange in turns, with only the codec and two sockets."""

    def __init__(self) -> None:
        self._esme, self._smsc = socket.socketpair()
        self._framers = {self._esme: Framer(), self._smsc: Framer()}

    def exchange(self, smsc: Smsc, window: int) -> None:
        """Send this many messages at once, answer them with their receipts, and answer those."""
        self._send(self._esme, [message()] * window)
        submits = self._read(self._smsc, window)
        self._send(self._smsc, [answer for submit in submits for answer in _answers(smsc, submit)])
        deliveries = [pdu for pdu in self._read(self._esme, 2 * window) if isinstance(pdu, DeliverSm)]
        self._send(self._esme, [DeliverSmResponse(pdu.sequence) for pdu in deliveries])
        assert len(self._read(self._smsc, window)) == window

    def close(self) -> None:
        """Close the sockets."""
        self._esme.close()
        self._smsc.close()

    def _send(self, by: socket.socket, pdus: list[Pdu]) -> None:
        by.sendall(b"".join([encode(pdu) for pdu in pdus]))

    def _read(self, by: socket.socket, count: int) -> list[Pdu]:
        framer = self._framers[by]
        pdus: list[Pdu] = []
        while len(pdus) < count:
            framer.feed(by.recv(1 << 18))
            while (pdu := framer.pop()) is not None:
                pdus.append(pdu)
        return pdus


def _answers(smsc: Smsc, submit: Pdu) -> list[Pdu]:
    assert isinstance(submit, SubmitSm)
    number = smsc.next_number()
    return [SubmitSmResponse(submit.sequence, message_id=str(number)), smsc.receipt(submit, number)]
