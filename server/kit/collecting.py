"""Full garbage collections when little is alive: nothing else happens during one, and it looks at all there is.

Python begins one by itself as memory grows, which is in the middle of the largest answer: with ten thousand
objects under way it takes tenths of a second. Nearly all of them are gone without it once the answer is made.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = (700, 10)
"""Python's own thresholds for what is new, which takes a millisecond or two."""
NEVER = 1_000_000
DUE = 50
"""After so many collections of what is new a full one is due; Python's own bound is 10."""
OVERDUE_SECONDS = 60.0
PAUSE_SECONDS = 0.02
"""How long what was under way may take to go."""


class Collector:
    """Decides when all that is alive is looked through for what is not."""

    def __init__(self) -> None:
        """Leave it to Python, until `start`."""
        self._started = False
        self._busy = 0
        self._due_since: float | None = None

    def start(self) -> None:
        """Take it over for this process: what is there by now stays, and is never looked through again."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*YOUNG, NEVER)
        self._started = True

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Do something that keeps many objects alive: there is no collection meanwhile if that can wait."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0 and self._is_due():
                asyncio.get_running_loop().call_later(PAUSE_SECONDS, self.look)

    def look(self) -> None:
        """Collect if it is time: when nothing large is under way, or something has been for too long."""
        if not self._is_due():
            return
        now = time.monotonic()
        self._due_since = self._due_since or now
        if self._busy == 0 or now - self._due_since >= OVERDUE_SECONDS:
            gc.collect()
            self._due_since = None

    def _is_due(self) -> bool:
        return self._started and gc.get_count()[2] >= DUE
