"""Following a log live, from the past if wanted, without a gap or a repeat."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import inf
from typing import Any, Generic
from weakref import WeakValueDictionary

from server.bus.bus import Bus, account_topic
from server.errors import Lagging
from server.kit.wakeup import wait
from server.logs.reader import Log, M, Selection, bounds, read
from server.store.outages import ride_out

POLL_SECONDS = 1.0
BATCH = 200
RECENT = 500
MAX_BEHIND = 100_000
"""A hundred of the largest sendings, which write their events at once. A slow follower holds no memory."""


class Tail(Generic[M]):
    """The newest entries of one log, read once for all its followers in this process.

    They have no gap, so a follower at a position among them or at their end needs no reading of its own.
    """

    def __init__(self, log: Log[M], account_id: int, position: int) -> None:
        """`position` is the number of a committed entry."""
        self._log: Log[M] = log
        self._account_id = account_id
        self._entries: deque[M] = deque(maxlen=RECENT)
        self._lock = asyncio.Lock()
        self._read_at = -inf
        self.position = position
        self.last = position

    async def refresh(self, not_before: float) -> None:
        """Read on, unless a reading that began after this time of the loop's clock has reached the end."""
        if self._read_at >= not_before:
            return
        async with self._lock:
            if self._read_at >= not_before:
                return
            began = asyncio.get_running_loop().time()
            everything = Selection(self._log, self._account_id)
            batch = await read(everything, after=self.position, limit=BATCH)
            last = batch[-1].sequence if batch else self.position
            at_end = len(batch) < BATCH
            self.last = last if at_end else (await bounds(self._log, self._account_id)).last
            if batch and batch[0].sequence != self.position + 1:
                self._entries.clear()  # the entries between are deleted; followers before them will find out
            self._entries.extend(batch)
            self.position = last
            self._read_at = began if at_end else -inf

    @property
    def at_end(self) -> bool:
        """Whether the latest reading reached the log's end."""
        return self._read_at > -inf

    def after(self, position: int) -> list[M] | None:
        """Return the next entries after a number, or None if they are too far back."""
        first = self._entries[0].sequence if self._entries else self.position + 1
        if position < first - 1:
            return None
        begin = position - first + 1
        return list(islice(self._entries, begin, begin + BATCH))


@dataclass(frozen=True, slots=True)
class Chunk(Generic[M]):
    """A follower's next entries, its position after them, the last known end of the log, and whether it is there."""

    entries: list[M]
    position: int
    last: int
    at_end: bool


class Followers:
    """The followers of logs in this process. Nothing is read further than its follower takes it in."""

    def __init__(self, bus: Bus, *, max_behind: int = MAX_BEHIND) -> None:
        self._bus = bus
        self._max_behind = max_behind
        # A tail lives as long as it has followers.
        self._tails: WeakValueDictionary[tuple[object, int], Tail[Any]] = WeakValueDictionary()

    async def follow(self, selection: Selection[M], *, after: int | None) -> AsyncGenerator[M, None]:
        """Yield each entry after a number (None: from now on), in order, each once.

        Raises:
            NotFound, InvalidInput, Lagging: as `chunks`.
        """
        async with aclosing(self.chunks(selection, after=after)) as chunks:
            async for chunk in chunks:
                for entry in chunk.entries:
                    yield entry

    async def chunks(self, selection: Selection[M], *, after: int | None) -> AsyncGenerator[Chunk[M], None]:
        """Yield the entries after a number (None: from now on) as they are read, and an empty chunk at the end.

        Raises:
            NotFound: CURSOR_EXPIRED, the next entries are no longer kept.
            InvalidInput: the number is beyond the log's end.
            Lagging: it has fallen behind the log's end by more than the bound, counted from where it came
                closest: a follower that catches up from far back is not lagging while it gains.
            Exception: the database is unavailable, after a few retries.
        """
        loop = asyncio.get_running_loop()
        with self._bus.listen(account_topic(selection.account_id)) as event:
            now = await ride_out(lambda: bounds(selection.log, selection.account_id))
            position = now.last if after is None else after
            now.check(position)
            tail = self._tail(selection, now.last)
            closest, asked = max(now.last - position, 0), loop.time()
            while True:
                chunk = await ride_out(partial(_next, selection, tail, position, asked))
                behind = chunk.last - position
                if behind > closest + self._max_behind:
                    raise Lagging(behind, position=position)
                closest = min(closest, max(behind, 0))
                yield chunk
                if chunk.at_end:
                    woken = await wait(event, POLL_SECONDS)
                    asked = loop.time() - (0 if woken else POLL_SECONDS)
                position = chunk.position

    def _tail(self, selection: Selection[M], last: int) -> Tail[M]:
        """Return the tail of a log; one that is far behind the log's end is replaced by a new one."""
        key = (selection.log, selection.account_id)
        tail: Tail[M] | None = self._tails.get(key)
        if tail is None or tail.position < last - RECENT:
            tail = self._tails[key] = Tail(selection.log, selection.account_id, last)
        return tail


async def _next(selection: Selection[M], tail: Tail[M], position: int, not_before: float) -> Chunk[M]:
    await tail.refresh(not_before)
    entries = tail.after(position)
    if entries is not None:
        reached = entries[-1].sequence if entries else position
        selected = [entry for entry in entries if selection.has(entry)]
        return Chunk(selected, reached, tail.last, at_end=reached == position and tail.at_end)
    committed = tail.position
    entries = await read(selection, after=position, limit=BATCH)
    # Read afterwards, so that a purge in between can't go unnoticed.
    now = await bounds(selection.log, selection.account_id)
    now.check(position)
    # A batch that is not full has everything up to the time of reading, at least what the tail had seen.
    full = len(entries) == BATCH
    reached = entries[-1].sequence if entries else position
    reached = reached if full else max(reached, committed)
    return Chunk(entries, reached, now.last, at_end=reached == position and tail.at_end)
