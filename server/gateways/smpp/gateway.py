"""One link as the rest of the server sees it: messages go down, receipts and incoming messages come up."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from server.gateways.link_state import LinkState
from server.gateways.protocol import (
    NO_NEWS,
    OpenLink,
    OperatorMessage,
    OperatorReceipt,
    PooledLink,
    Submission,
    SubmitOutcome,
    Submitted,
    Tell,
)
from server.gateways.smpp.addresses import Address, stored_form
from server.gateways.smpp.connection import Received
from server.gateways.smpp.incoming_parts import IncomingParts
from server.gateways.smpp.link import Link
from server.gateways.smpp.long_messages import read_part
from server.gateways.smpp.pdu import FromOperator
from server.gateways.smpp.receipts import Receipt, read_receipt, receipt_keys
from server.gateways.smpp.redelivery import Redeliveries, fingerprint
from server.gateways.smpp.session import Trace
from server.gateways.smpp.settings import LinkSettings
from server.gateways.smpp.submitting import PartAnswer, begin, read_outcome
from server.gateways.smpp.text import carries, decode_text
from server.kit.clock import SECOND_US, Clock
from server.rules.dispatch.routing import Route

TELL_SECONDS = 1.0
"""How long answers wait at most for the others of their batch."""
ADDRESS_CHARS = 20
MAX_UNREAD_CHARS = 80
MIN_VALIDITY_SECONDS = 60
"""A message that is handed over at the last moment still gets a try."""

log = structlog.get_logger()

Item = OperatorReceipt | OperatorMessage


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """The source of an item: a PDU to answer, or stored parts, already answered, to delete."""

    received: Received | None = None
    part_ids: tuple[int, ...] = ()


class SmppGateway:
    """A link to an operator by SMPP.

    Items that nobody acknowledges are handed up again. What was not answered when the process died, the
    operator sends again. A repeated receipt changes nothing, but a message from a phone is then recorded
    twice, since nothing in SMPP tells a repeat from another message with the same text.
    """

    def __init__(
        self,
        settings: LinkSettings,
        clock: Clock,
        *,
        validity_seconds: int,
        lease_seconds: int,
        trace: Trace | None = None,
        redeliveries: Redeliveries | None = None,
    ) -> None:
        """`redeliveries` are what an earlier link of this name still expects.

        `validity_seconds` is how long messages are worth delivering, counted from when they could first be
        handed over. A submission may wait for its turn for a quarter of `lease_seconds`.
        """
        session = settings.options.session
        self._refusals = settings.refusal_table()
        bounded = replace(
            session,
            wait_us=min(session.wait_us, lease_seconds * SECOND_US // 4),
            throttling=self._refusals.throttling,
        )
        self.settings = settings
        self.link = Link(replace(settings.options, session=bounded), trace)
        self._clock = clock
        self._validity_seconds = validity_seconds
        self._table = settings.receipt_table()
        self.redeliveries = redeliveries or Redeliveries()
        self._parts = IncomingParts(settings.name, settings.alphabet, clock)
        self._open: dict[_Held, Item] = {}
        self._unstored: list[Received] = []

    @property
    def name(self) -> str:
        """Return the link's name."""
        return self.settings.name

    @property
    def state(self) -> LinkState:
        """Return the link's state."""
        return self.link.state

    @property
    def version(self) -> int:
        """Return the version of its settings."""
        return self.settings.version

    @property
    def route(self) -> Route:
        """Return which messages it takes."""
        return self.settings.route

    @property
    def max_resends(self) -> int | None:
        """Return how often a message of unknown outcome is submitted again."""
        return self.settings.max_resends

    @property
    def is_open(self) -> bool:
        """Whether a bind that submits is open."""
        return self.link.bound

    @property
    def pauses(self) -> bool:
        """Whether it was too fast just now."""
        return self.link.pauses

    @property
    def unacknowledged(self) -> int:
        """Return how many items were handed up and are not acknowledged."""
        return len(self._open)

    @property
    def capacity(self) -> int:
        """Return how many messages the link could take in the next second."""
        return self.link.capacity

    def carries(self, submission: Submission) -> bool:
        """Tell whether a message takes no more parts in the link's alphabet than were charged."""
        return carries(submission.parts, submission.coding, self.settings.alphabet)

    def start(self) -> None:
        """Begin to open all binds."""
        self.link.start()

    async def stop(self) -> None:
        """Close all binds."""
        await self.link.stop()

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> list[SubmitOutcome]:
        """Submit messages, and wait for the operator's answers within the link's bounds.

        Meanwhile `tell` gets the new answers every second.
        """
        handed: list[list[PartAnswer]] = [
            begin(
                self.link,
                submission,
                self.settings,
                validity_seconds=max(self._validity_seconds - submission.age_seconds, MIN_VALIDITY_SECONDS),
            )
            for submission in submissions
        ]
        waiting = [answer for answers in handed for answer in answers if isinstance(answer, asyncio.Future)]
        pairs = [*zip(submissions, handed, strict=True)]
        untold = pairs
        while waiting:
            _, late = await asyncio.wait(waiting, timeout=None if tell is None else TELL_SECONDS)
            waiting = [*late]
            if tell is not None and waiting:
                ended = [(submission, answers) for submission, answers in untold if _have_come(answers)]
                untold = [(submission, answers) for submission, answers in untold if not _have_come(answers)]
                outcomes = {
                    submission.message_id: self._outcome(submission, answers) for submission, answers in ended
                }
                await tell(
                    {id: outcome for id, outcome in outcomes.items() if isinstance(outcome, Submitted)}
                )
        return [self._outcome(submission, answers) for submission, answers in pairs]

    def _outcome(self, submission: Submission, answers: Sequence[PartAnswer]) -> SubmitOutcome:
        return read_outcome(submission, answers, self.settings, self._refusals)

    async def receive(self, limit: int) -> list[Item]:
        """Return what the operator has sent, and earlier items that were not acknowledged."""
        items = list(self._open.values())
        for received in await self.link.receive(limit):
            receipt = read_receipt(received.pdu)
            if receipt is not None:
                items += self._receipt(received, receipt)
            elif read_part(received.pdu).total > 1:
                self._unstored.append(received)
            else:
                items.append(self._message(received))
        await self._store_parts()
        for joined in await self._parts.joined():
            items.append(
                self._hold(
                    _Held(part_ids=joined.row_ids), joined.id, joined.sender, joined.receiver, joined.text
                )
            )
        return items

    async def acknowledge(self, received: Sequence[Item]) -> None:
        """Answer what has been recorded."""
        part_ids: list[int] = []
        for item in received:
            if not isinstance(item.handle, _Held) or self._open.pop(item.handle, None) is None:
                continue
            part_ids += item.handle.part_ids
            received_by = item.handle.received
            if received_by is None:
                continue
            if received_by.stale and isinstance(item, OperatorMessage):
                self.redeliveries.expect(received_by.pdu, item.id, self._clock.now_us())
            received_by.answer()
        await self._parts.forget(part_ids)

    def _receipt(self, received: Received, receipt: Receipt) -> list[Item]:
        state = self._table.state(receipt)
        keys = receipt_keys(receipt.id, self.settings.ids)
        if state is None or not any(keys):
            log.warning("receipt without meaning", link=self.name, stat=receipt.stat, err=receipt.err)
        if not any(keys):
            received.answer()
            return []
        key, *others = keys
        # A number without letters is tried as decimal first, then as hexadecimal.
        hexadecimal = others.pop(0) if key.isdigit() and others else None
        held = _Held(received)
        self._open[held] = OperatorReceipt(
            held,
            key,
            state or NO_NEWS,
            hex_id=hexadecimal,
            decimal_id=others[0] if others else None,
            raw_id=receipt.id,
            link=self.name,
            receiver=received.pdu.source_addr,
            unread=f"{receipt.stat} {receipt.err}".strip()[:MAX_UNREAD_CHARS] if state is None else None,
            as_message=self._as_message(received) if receipt.by_text_alone else None,
        )
        return [self._open[held]]

    def _as_message(self, received: Received) -> OperatorMessage:
        """Return the message from a phone that a receipt is if it fits nothing; a repeat has the same id."""
        pdu = received.pdu
        text = decode_text(pdu.content, pdu.data_coding, self.settings.alphabet)
        return OperatorMessage(None, fingerprint(pdu).hex()[:24], *_ends(received), text, link=self.name)

    def _message(self, received: Received) -> Item:
        pdu = received.pdu
        known = self.redeliveries.recorded_as(pdu, self._clock.now_us()) or self._take_back(pdu)
        text = decode_text(read_part(pdu).body, pdu.data_coding, self.settings.alphabet)
        return self._hold(_Held(received), known or secrets.token_hex(12), *_ends(received), text)

    def _take_back(self, pdu: FromOperator) -> str | None:
        """Return the id of the unrecorded item that this redelivers, if any. This one then replaces it."""
        for held, item in self._open.items():
            earlier = held.received
            if (
                isinstance(item, OperatorMessage)
                and earlier is not None
                and earlier.stale
                and fingerprint(earlier.pdu) == fingerprint(pdu)
            ):
                del self._open[held]
                return item.id
        return None

    def _hold(self, held: _Held, id: str, sender: str, receiver: str, text: str) -> Item:
        self._open[held] = OperatorMessage(held, id, sender, receiver, text, link=self.name)
        return self._open[held]

    async def _store_parts(self) -> None:
        """Store parts before they are answered, since some operators send the next only after the answer.

        A repeated part is recognised by its content, which no other part has within minutes.
        """
        if not self._unstored:
            return
        now_us = self._clock.now_us()
        fresh = {
            fingerprint(received.pdu): (received.pdu, *_ends(received))
            for received in self._unstored
            if self.redeliveries.known_as(received.pdu, now_us) is None
        }
        await self._parts.store(list(fresh.values()))
        for received in self._unstored:
            self.redeliveries.expect(received.pdu, "a part", now_us)
            received.answer()
        self._unstored.clear()


def smpp_links(clock: Clock, *, validity_seconds: int, lease_seconds: int) -> OpenLink:
    """Return the maker of links over SMPP; see `SmppGateway` for the times."""

    def make(settings: LinkSettings, before: PooledLink | None) -> SmppGateway:
        return SmppGateway(
            settings,
            clock,
            validity_seconds=validity_seconds,
            lease_seconds=lease_seconds,
            redeliveries=before.redeliveries if isinstance(before, SmppGateway) else None,
        )

    return make


def _have_come(answers: Sequence[PartAnswer]) -> bool:
    return all(not isinstance(answer, asyncio.Future) or answer.done() for answer in answers)


def _ends(received: Received) -> tuple[str, str]:
    """Return the sender and receiver of a message, in their stored form."""
    pdu = received.pdu
    source = Address(pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr)
    destination = Address(pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr)
    return stored_form(source)[:ADDRESS_CHARS], stored_form(destination)[:ADDRESS_CHARS]
