"""Parts of incoming messages, stored in the links' own table until the others have come."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from server.gateways.smpp.long_messages import AssembledMessage, Assembler, Part, read_part
from server.gateways.smpp.pdu import FromOperator
from server.gateways.smpp.text import decode_text
from server.kit.clock import MINUTE_US, SECOND_US, Clock
from server.rules.links.smpp import DefaultAlphabet
from server.store.models import IncomingPart
from server.store.queries.gateways import (
    Key,
    delete_incoming_parts,
    incoming_parts,
    ready_messages,
    received_before_newest,
)
from server.store.writing import insert

KEPT_US = 10 * MINUTE_US
"""How long parts wait for the others. Then the message is taken as it is."""

MAX_KEPT = 10_000
"""About how many parts of a link may wait. Beyond that, the oldest messages are taken as they are."""

LOOK_US = 10 * SECOND_US
LOOK_AFTER = 1_000
"""After this time or this many parts, all parts are read again."""

MAX_AT_ONCE = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class JoinedMessage:
    """A message of several parts, with an id that is the same in every process; `row_ids` must be deleted."""

    id: str
    sender: str
    receiver: str
    text: str
    row_ids: tuple[int, ...]


class IncomingParts:
    """The unfinished messages of one link. Other processes may have received some of their parts."""

    def __init__(self, link: str, alphabet: DefaultAlphabet, clock: Clock) -> None:
        """`alphabet` is the meaning of `data_coding` 0 on this link."""
        self._link = link
        self._alphabet = alphabet
        self._clock = clock
        self._told: set[int] = set()
        self._fresh: set[Key] = set()
        self._stored = 0
        self._look_at_us = 0

    async def store(self, parts: Sequence[tuple[FromOperator, str, str]]) -> None:
        """Store parts, each with its sender and receiver. Once this returns, they survive a crash."""
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
                    number=part.index,
                    data_coding=pdu.data_coding,
                    octets=part.body,
                    received_at_us=now_us,
                )
            )
        # A cancelled bulk insert would leave SQLite's transaction open.
        await asyncio.shield(insert(rows))
        self._fresh.update((row.sender, row.receiver, row.reference, row.total) for row in rows)
        self._stored += len(rows)

    async def joined(self) -> list[JoinedMessage]:
        """Return messages that are complete or have waited long enough, each once until it is deleted.

        Between two readings of all parts, only messages with a new part are read.
        """
        now_us = self._clock.now_us()
        fresh, self._fresh = self._fresh, set()
        given_up_us = 0
        if now_us >= self._look_at_us or self._stored >= LOOK_AFTER or len(fresh) > MAX_AT_ONCE:
            fresh, self._stored, self._look_at_us = set(), 0, now_us + LOOK_US
            given_up_us = max(now_us - KEPT_US, await self._crowded_out_us())
        elif not fresh:
            return []
        ready = await self._ready(fresh, given_up_us)
        if len(ready) > MAX_AT_ONCE:
            self._look_at_us = now_us
        rows = await incoming_parts(self._link, ready[:MAX_AT_ONCE])
        # Those that have waited since `given_up_us` have waited long enough.
        assembler = Assembler[Mapping[str, Any]](ttl_us=0, max_waiting=len(rows))
        joined = []
        for row in rows:
            part = Part(row["octets"], row["reference"], row["total"], row["number"])
            joined += assembler.add(
                part, row, source=row["sender"], destination=row["receiver"], now_us=row["received_at_us"]
            )
        joined += assembler.expire(given_up_us)
        return list(self._untold(joined))

    async def forget(self, row_ids: Sequence[int]) -> None:
        """Delete parts whose message has been recorded."""
        if row_ids:
            await asyncio.shield(delete_incoming_parts(row_ids))
            self._told.difference_update(row_ids)

    async def _crowded_out_us(self) -> int:
        """Return the arrival time up to which parts are too many; 0 if there is room."""
        received_at_us = await received_before_newest(self._link, MAX_KEPT)
        if received_at_us is None:
            return 0
        log.warning("too many parts of incoming messages wait for others", link=self._link, most=MAX_KEPT)
        return received_at_us

    async def _ready(self, fresh: set[Key], given_up_us: int) -> list[Key]:
        """Return the messages that are complete or given up, oldest first: of the fresh ones, or of all."""
        rows = await ready_messages(self._link, fresh, given_up_us=given_up_us)
        untold = [row for row in rows if row["first"] not in self._told]
        untold.sort(key=lambda row: row["first"])
        return [(row["sender"], row["receiver"], row["reference"], row["total"]) for row in untold]

    def _untold(self, messages: Sequence[AssembledMessage[Mapping[str, Any]]]) -> Iterator[JoinedMessage]:
        for message in messages:
            rows = sorted(message.handles, key=lambda row: row["number"])
            ids = tuple(row["id"] for row in rows)
            if self._told.isdisjoint(ids):
                self._told.update(ids)
                text = decode_text(message.body, rows[0]["data_coding"], self._alphabet)
                yield JoinedMessage(f"parts-{min(ids)}", rows[0]["sender"], rows[0]["receiver"], text, ids)
