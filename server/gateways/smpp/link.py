"""A link to an operator: all its binds as one, each reopened whenever it ends."""

import asyncio
import random
from collections import deque
from collections.abc import Callable

import structlog

from server.gateways.link_state import BindKind, BindState, ChannelState, LinkState
from server.gateways.pacing import Brake
from server.gateways.smpp.connection import Connection, NotEstablished, Received, explain
from server.gateways.smpp.events import NotBound
from server.gateways.smpp.failures import explain_ending, explain_failure
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.pdu import Bind, SubmitSm, SubmitSmResponse
from server.gateways.smpp.session import Trace
from server.kit.clock import SECOND_US
from server.kit.wakeup import wait

log = structlog.get_logger()

MAX_NAP_SECONDS = 1.0
# Stale PDUs of this many connections are kept, in addition to fresh ones.
_MAX_LEFT_BEHIND = 10


def retry_seconds(failures: int, options: LinkOptions, chance: Callable[[], float]) -> float:
    """Return the pause after this many failures in a row: half of it fixed, half by chance (0 to 1)."""
    # After this many doublings only the bound counts.
    pause_us = min(options.first_retry_us << min(max(failures - 1, 0), 32), options.longest_retry_us)
    return pause_us * (0.5 + 0.5 * chance()) / SECOND_US


class Channel:
    """One bind of a link."""

    def __init__(
        self,
        options: LinkOptions,
        bind: Bind,
        brake: Brake,
        receive: Callable[[Received], None],
        trace: Trace | None,
    ) -> None:
        """`brake` is shared by all binds of the link."""
        self._options = options
        self._bind = bind
        self._brake = brake
        self._receive = receive
        self._trace = trace
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.kind = type(bind).__name__
        self.state = ChannelState.STOPPED
        self.last_error: str | None = None
        """Why it was last closed or could not be opened; kept after it is open again."""

    @property
    def in_flight(self) -> int:
        """Return how many submissions are written and not answered."""
        return self._connection.in_flight if self._connection else 0

    @property
    def connection(self) -> Connection | None:
        """Return the connection, if it takes submissions now."""
        return self._connection if self._connection and self._connection.submits else None

    def start(self) -> None:
        """Begin to open it."""
        self._task = asyncio.create_task(self._keep_open(), name=f"{self._options.name}: {self.kind}")

    async def stop(self) -> None:
        """Unbind if it is bound, and end. The session's deadlines bound how long that takes."""
        self._stopping = True
        if self._task is None:
            return
        try:
            if self._connection is not None:
                self._connection.unbind()
                await asyncio.wait([self._connection.closed])
        finally:
            self._task.cancel()
        await asyncio.wait([self._task])
        if not self._task.cancelled():
            self._task.result()

    async def _keep_open(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        try:
            while not self._stopping:
                self.state = ChannelState.CONNECTING
                began = loop.time()
                was_useful = await self._open_once()
                # A session that lasted a while or was useful has not failed: some operators close each
                # session once a day, and some whenever they get a message that they dislike.
                held = loop.time() - began > self._options.longest_retry_us / SECOND_US
                failures = 1 if held or was_useful else failures + 1
                self.state = ChannelState.WAITING
                if not self._stopping:
                    await asyncio.sleep(retry_seconds(failures, self._options, random.random))
        finally:
            self.state = ChannelState.STOPPED

    async def _open_once(self) -> bool:
        """Open it, and return when it is closed or could not be opened.

        Return whether it was useful. It counts as useful if it ends because of a message that went alone,
        since the other messages must not wait for the link because of that one.
        """
        bound_log = log.bind(link=self._options.name, bind=self.kind)
        try:
            connection = await Connection.open(
                self._options, self._bind, self._brake, self._receive, self._trace
            )
        except NotEstablished as error:
            self.last_error = explain_ending(error.ended.ending, error.ended.status, self._options)
            bound_log.warning("link not bound", reason=self.last_error)
            return False
        except (OSError, UnicodeError) as error:
            self.last_error = explain_failure(error, self._options)
            bound_log.warning("link not bound", reason=self.last_error)
            return False
        self._connection = connection
        self.state = ChannelState.BOUND
        bound_log.info("link bound")
        try:
            await asyncio.wait([connection.closed])
            if not self._stopping:
                self.last_error = explain(connection.closed.result())
            bound_log.info("link closed", reason=explain(connection.closed.result()))
            return connection.was_useful or connection.has_one_alone
        finally:
            connection.abort()
            self._connection = None


class Link:
    """All binds of a link. One that is throttled slows all of them, and each receives for the link."""

    def __init__(self, options: LinkOptions, trace: Trace | None = None) -> None:
        """`trace` is called with each PDU."""
        self._brake = Brake(self._hand_back_soon)
        self._news = asyncio.Event()
        self._received: deque[Received] = deque()
        self.options = options
        self.channels = [
            Channel(options, bind, self._brake, self._take_in, trace) for bind in options.binds()
        ]
        self._max_received = len(self.channels) * options.session.max_unanswered * _MAX_LEFT_BEHIND

    @property
    def name(self) -> str:
        """Return the link's name."""
        return self.options.name

    @property
    def bound(self) -> bool:
        """Tell whether submissions are taken at present."""
        return any(channel.connection for channel in self.channels)

    @property
    def throttled(self) -> bool:
        """Tell whether the operator refused a message for haste, and has taken none since."""
        return self._brake.pressed

    @property
    def pauses(self) -> bool:
        """Tell whether it submits nothing at present, since the operator just refused a message for haste."""
        return self.throttled and asyncio.get_running_loop().time() * SECOND_US < self._brake.until_us

    @property
    def times_throttled(self) -> int:
        """Return how often the link had to slow down."""
        return self._brake.presses

    @property
    def capacity(self) -> int:
        """Return how many submissions it could take in the next second: none, one as a test, or many.

        Its unanswered submissions count, so that a silent operator does not get everything.
        """
        connections = [channel.connection for channel in self.channels if channel.connection]
        if not connections:
            return 0
        if self.throttled:
            return 0 if self.pauses or any(connection.waiting for connection in connections) else 1
        session = self.options.session
        capacity = (session.rate + session.window) * self.options.count
        return max(capacity - sum(connection.load for connection in connections), 0)

    @property
    def state(self) -> LinkState:
        """Return its state, for people."""
        return LinkState(
            name=self.name,
            binds=tuple(
                BindState(BindKind(channel.kind.removeprefix("Bind").upper()), channel.state)
                for channel in self.channels
            ),
            in_flight=sum(channel.in_flight for channel in self.channels),
            throttled=self.throttled,
            times_throttled=self.times_throttled,
            last_error=next((channel.last_error for channel in self.channels if channel.last_error), None),
        )

    def start(self) -> None:
        """Begin to open all binds."""
        for channel in self.channels:
            channel.start()

    async def stop(self) -> None:
        """Close all binds. What waits is handed back, and answers are awaited for a bounded time."""
        await asyncio.gather(*(channel.stop() for channel in self.channels))

    def submit(self, pdu: SubmitSm, *, alone: bool = False) -> asyncio.Future[SubmitSmResponse]:
        """Submit a message on the least busy bind; see `Connection.submit`.

        Raises:
            NotBound: no bind takes submissions.
            Full: too many wait already.
            Unencodable: the PDU can't be written.
        """
        idlest: Connection | None = None
        for channel in self.channels:
            connection = channel.connection
            if connection is not None and (idlest is None or connection.load < idlest.load):
                idlest = connection
        if idlest is None:
            raise NotBound
        return idlest.submit(pdu, alone=alone)

    async def receive(self, limit: int) -> list[Received]:
        """Return what the operator sent since the last call; if there is nothing, wait at most a second.

        Each item must be answered once it is recorded. If too many are not answered, nothing more is read
        from the operator.
        """
        if not self._received:
            await wait(self._news, MAX_NAP_SECONDS)
        return [self._received.popleft() for _ in range(min(limit, len(self._received)))]

    def _hand_back_soon(self) -> None:
        """Hand back what waits: while the operator finds this link too fast, other links may take it."""
        asyncio.get_running_loop().call_soon(self._hand_back)

    def _hand_back(self) -> None:
        for channel in self.channels:
            if channel.connection is not None:
                channel.connection.hand_back()

    def _take_in(self, received: Received) -> None:
        if len(self._received) >= self._max_received:
            # Many have come, and nobody has taken them. The operator will send the stale ones again.
            self._received = deque(item for item in self._received if not item.stale)
        self._received.append(received)
        self._news.set()
