"""Ids of messages, drawn in blocks so that sending takes no lock that all accounts share."""

import asyncio

from server.operations.core.transactions import Transactions
from server.store.queries.core import draw_numbers

BLOCK_SIZE = 1_000
COUNTER = "message"
FIRST_ID = 10_000_000


class MessageIds:
    """Hands out ids that no other process hands out. A restart leaves a gap, never a repeat."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._next = 0
        self._end = 0
        self._lock = asyncio.Lock()

    async def take(self, count: int) -> list[int]:
        """Return `count` fresh ids; must not be called inside a transaction."""
        async with self._lock:
            if self._end - self._next < count:
                size = max(count, BLOCK_SIZE)
                self._end = await self._transactions.run(lambda: draw_numbers(COUNTER, size, first=FIRST_ID))
                self._next = self._end - size
            first = self._next
            self._next += count
            return list(range(first, first + count))
