"""Parts of incoming messages, kept in a table of the links' own until the others have come."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from server.gateways.smpp.long_messages import Assembled, Assembler, Part, read_part
from server.gateways.smpp.pdu import FromOperator
from server.gateways.smpp.text import DefaultAlphabet, decode_text
from server.kit.clock import MINUTE_US, SECOND_US, Clock
from server.models import IncomingPart

KEPT_US = 10 * MINUTE_US
"""How long parts wait for the others; then the message is taken as it is."""

LOOK_US = 10 * SECOND_US
MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Joined:
    """A message of several parts, under an id that every process gives it; `row_ids` are to be forgotten."""

    id: str
    sender: str
    receiver: str
    text: str
    row_ids: tuple[int, ...]


class IncomingParts:
    """The unfinished messages of one link. Another process may have received some of their parts."""

    def __init__(self, link: str, alphabet: DefaultAlphabet, clock: Clock) -> None:
        """Take the link's name and what `data_coding` 0 means there."""
        self._link = link
        self._alphabet = alphabet
        self._clock = clock
        self._told: set[int] = set()
        self._look_at_us = 0

    async def store(self, parts: Sequence[tuple[FromOperator, str, str]]) -> None:
        """Keep parts, each with its sender and receiver; once this returns, they survive a crash."""
        if not parts:
            return
        now_us = self._clock.now_us()
        rows = []
        for pdu, sender, receiver in parts:
            part = read_part(pdu)
            rows.append(
                IncomingPart(
                    gateway=self._link,
                    sender=sender,
                    receiver=receiver,
                    reference=part.reference or 0,
                    total=part.total,
                    number=part.number,
                    data_coding=pdu.data_coding,
                    octets=part.body,
                    received_at_us=now_us,
                )
            )
        # A bulk insert that is cancelled would leave SQLite's transaction open.
        await asyncio.shield(IncomingPart.bulk_create(rows))
        self._look_at_us = 0

    async def joined(self) -> list[Joined]:
        """Return the messages that are complete, or have waited for long enough; each once until forgotten."""
        now_us = self._clock.now_us()
        if now_us < self._look_at_us:
            return []
        rows = await IncomingPart.filter(gateway=self._link).order_by("id").limit(MOST_LOOKED_AT)
        self._look_at_us = now_us + LOOK_US
        assembler = Assembler[IncomingPart](ttl_us=KEPT_US, most_waiting=MOST_LOOKED_AT)
        joined = []
        for row in rows:
            part = Part(row.octets, row.reference, row.total, row.number)
            joined += assembler.add(
                part, row, source=row.sender, destination=row.receiver, now_us=row.received_at_us
            )
        joined += assembler.expire(now_us)
        return list(self._fresh(joined))

    async def forget(self, row_ids: Sequence[int]) -> None:
        """Forget parts whose message has been recorded."""
        if row_ids:
            await asyncio.shield(IncomingPart.filter(id__in=row_ids).delete())
            self._told.difference_update(row_ids)

    def _fresh(self, joined: Sequence[Assembled[IncomingPart]]) -> Iterator[Joined]:
        for one in joined:
            rows = sorted(one.handles, key=lambda row: row.number)
            ids = tuple(row.id for row in rows)
            if self._told.isdisjoint(ids):
                self._told.update(ids)
                text = decode_text(one.body, rows[0].data_coding, self._alphabet)
                yield Joined(f"parts-{min(ids)}", rows[0].sender, rows[0].receiver, text, ids)
