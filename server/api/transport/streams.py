"""The streams that are open: counted, bounded for each caller, and ended before a shutdown."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from server.errors import Throttled

MOST_OF_ONE_CALLER = 100


class Streams:
    """The subscriptions and sockets of this process."""

    def __init__(self) -> None:
        """Start with none."""
        self._open: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    @property
    def count(self) -> int:
        """How many operations are being followed."""
        return self._open.total()

    def check(self, caller: str) -> None:
        """Check that a caller may follow one more, for who has to know before it begins.

        Raises:
            Throttled: the caller follows too many already.
        """
        if self._open[caller] >= MOST_OF_ONE_CALLER:
            raise Throttled(f"At most {MOST_OF_ONE_CALLER} operations are followed at a time.", retry_after=1)

    @contextmanager
    def follow(self, caller: str) -> Iterator[None]:
        """Count an operation of a caller for as long as the block runs.

        Raises:
            Throttled: the caller follows too many already.
        """
        self.check(caller)
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]

    def stop(self) -> None:
        """End all streams, so that a shutdown need not wait for them."""
        self.stopping.set()
