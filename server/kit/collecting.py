"""Full garbage collections at quiet moments: one blocks everything, and inspects every live object.

Python begins one by itself as memory grows, which is in the middle of the largest answer: with ten thousand
live objects it takes tenths of a second. Nearly all of them disappear by themselves once the answer is made.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = (700, 10)
"""Python's own thresholds for new objects, whose collection takes a millisecond or two."""
NEVER = 1_000_000
DUE = 50
"""After this many collections of new objects a full one is due; Python's own bound is 10."""
OVERDUE_SECONDS = 60.0
PAUSE_SECONDS = 0.02
"""How long to wait for the objects of an answer to disappear."""


class Collector:
    """Decides when to run a full collection."""

    def __init__(self) -> None:
        """Leave collections to Python until `start`."""
        self._started = False
        self._busy = 0
        self._due_since: float | None = None

    def start(self) -> None:
        """Take over in this process; the current objects are kept, and never inspected again."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*YOUNG, NEVER)
        self._started = True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Mark a block that keeps many objects alive: a collection waits for its end if it can."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0 and self._is_due():
                asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.look)

    def look(self) -> None:
        """Collect if one is due, and nothing large is running or the collection has waited too long."""
        if not self._is_due():
            return
        now = time.monotonic()
        self._due_since = self._due_since or now
        if self._busy == 0 or now - self._due_since >= OVERDUE_SECONDS:
            gc.collect()
            self._due_since = None

    def _is_due(self) -> bool:
        return self._started and gc.get_count()[2] >= DUE
