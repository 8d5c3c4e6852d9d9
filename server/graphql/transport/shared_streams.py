"""Streams that many callers follow: each event is executed and written once, for all with the same rights.

A subscription begins alone. Once it has sent all that there is, and another one asks for the same, both get a seat in
a shared stream. Whatever can't be shared is done alone again, from where the seat stands: catching up after a slow
client, a caller whose rights have changed, and anything that fails.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import structlog
from graphql import ExecutionResult

from server.errors import DomainError
from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.asked import Asked
from server.graphql.transport.documents import Operation
from server.graphql.transport.executor import Tally
from server.graphql.transport.subscription import Subscription, Untold
from server.kit.logging import clear_context
from server.logs.tail import BATCH
from server.operations.core.principals import Principal
from server.store.outages import is_outage, ride_out

SHARED = True
"""The switch: without it, every subscription goes on alone (see docs/adr/0016)."""

MAX_PENDING = 50
"""How many answers wait for a client that does not take them at once. With more it goes on alone, and nothing waits."""
log = structlog.get_logger()

Write = Callable[[GraphqlResponse], bool]
"""Sends an answer, if that takes no waiting; returns whether it did."""


class Answering(Protocol):
    """Makes the answer to callers who share a budget and a price, and has each pay for it."""

    def __call__(
        self, contexts: Sequence[Context], result: ExecutionResult, tally: Tally, cursor: str | None
    ) -> GraphqlResponse:
        """Return the answer."""


class Seat:
    """A subscriber's place: alone, or in a shared stream once it has one."""

    def __init__(self, context: Context, asked: Asked, write: Write | None) -> None:
        self.context = context
        self.asked = asked
        self.position = -1
        self.stream: SharedStream | None = None
        self.is_taken = False
        self._write = write
        self.waiting_at: Hashable = None
        self._pending: list[GraphqlResponse] = []
        self._woken: asyncio.Future[None] | None = None
        self._caller: Principal | None = None
        self._key: Hashable = None

    @property
    def key(self) -> Hashable:
        """What has to be the same for who shares a stream; None for nobody."""
        caller = self.context.caller
        if caller is not self._caller:
            self._caller, self._key = caller, caller and (self.asked, self.asked.rights(caller))
        return self._key

    async def answers(self) -> AsyncGenerator[GraphqlResponse, None]:
        """Yield the answers that could not be written at once, for as long as there is a stream."""
        while True:
            while self._pending:
                answer = self._pending[0]
                yield answer
                self.context.cursor = answer.cursor
                del self._pending[0]  # only now: nothing overtakes it
            if self.stream is None:
                return
            self._woken = asyncio.get_running_loop().create_future()
            await self._woken

    def take(self, answer: GraphqlResponse, position: int) -> bool:
        """Take an answer, unless too many are waiting already."""
        if not self._pending and self._write is not None and self._write(answer):
            self.context.cursor = answer.cursor
        elif len(self._pending) < MAX_PENDING:
            self._pending.append(answer)
            self.wake()
        else:
            return False
        self.position = position
        return True

    def wake(self) -> None:
        """Have the subscriber look at what has changed."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)


class SharedStream:
    """One stream for several subscribers with the same rights: it tells each event to all that stand before it."""

    def __init__(
        self,
        asked: Asked,
        subscription: Subscription,
        answer: Answering,
        position: int,
        on_end: Callable[[], object],
    ) -> None:
        self.position = position
        self._asked = asked
        self._subscription = subscription
        self._answer = answer
        self._on_end = on_end
        self._context = subscription.context
        self._context.position, self._context.reached = position, self._reached
        # By how they are known: one question tells of all who bear the same secret whether they may still listen.
        self._seats: dict[Hashable, dict[Seat, None]] = {}
        self._task = asyncio.create_task(self._run())

    def seat(self, seat: Seat, position: int) -> None:
        """Give a subscriber a seat, who has been told everything up to a position."""
        seat.position, seat.stream, seat.is_taken = position, self, True
        self._seats.setdefault(seat.context.credential, {})[seat] = None

    def leave(self, seat: Seat) -> None:
        """Let a subscriber go on alone, or end. Without subscribers, the stream ends."""
        credential = seat.context.credential
        seat.position, seat.stream = max(seat.position, self.position), None
        seat.wake()
        del self._seats[credential][seat]
        if not self._seats[credential]:
            del self._seats[credential]
        if not self._seats:
            self._on_end()
            self._task.cancel()

    async def _run(self) -> None:
        clear_context()  # that of whoever happened to be here when it began
        try:
            async with aclosing(self._subscription.results()) as results:
                async for result, cursor in results:
                    await self._tell(result, cursor)
        except Exception as error:
            if not isinstance(error, DomainError | Untold) and not is_outage(error):
                log.exception("shared stream failed")
        finally:
            for seat in self._all():
                self.leave(seat)

    async def _tell(self, result: ExecutionResult, cursor: str | None) -> None:
        bearers = [next(iter(seats)).context for seats in self._seats.values()]
        await asyncio.gather(*(self._confirm(bearer) for bearer in bearers if bearer.is_stale))
        position, tally = self._context.position or 0, self._subscription.tally
        seats = [seat for seat in self._all() if seat.position < position]
        if seats:
            answer = self._answer([seat.context for seat in seats], result, tally, cursor)
            answer = replace(answer, written=answer.json)
            for seat in seats:
                if not seat.take(answer, position):
                    self.leave(seat)
        tally.points = 0
        self.position = position

    async def _confirm(self, bearer: Context) -> None:
        """Check that the bearer of a secret still has the same rights; let all go who bear it otherwise."""
        try:
            caller = await ride_out(bearer.confirm)
            if self._asked.rights(caller) == self._context.caller:
                return
        except Exception as error:
            if not isinstance(error, DomainError) and not is_outage(error):
                raise
        for seat in list(self._seats.get(bearer.credential, ())):
            self.leave(seat)

    def _all(self) -> list[Seat]:
        return [seat for seats in self._seats.values() for seat in seats]

    def _reached(self, position: int, *, at_end: bool) -> bool:  # noqa: ARG002 the signature is given
        self.position = position
        return False


Subscribe = Callable[[Context, Operation, Mapping[str, Any]], Subscription]
Alone = Callable[[Context, Operation, Mapping[str, Any]], AsyncGenerator[GraphqlResponse, None]]


class SharedStreams:
    """The shared streams of this process, and who waits for company."""

    def __init__(self, subscribe: Subscribe, alone: Alone, answer: Answering) -> None:
        self._subscribe = subscribe
        self._alone = alone
        self._answer = answer
        self._streams: dict[Hashable, SharedStream] = {}
        self._waiting: dict[Hashable, Seat] = {}

    async def follow(
        self, context: Context, operation: Operation, variables: Mapping[str, Any], write: Write | None
    ) -> AsyncGenerator[GraphqlResponse, None]:
        """Yield the answers to a subscription, alone or in company; those that `write` takes are not yielded."""
        seat = Seat(context, Asked.of(operation, variables), write)
        context.reached = partial(self._join, seat, operation, variables)
        try:
            while True:
                async with aclosing(self._alone(context, operation, variables)) as answers:
                    async for answer in answers:
                        yield answer
                if not seat.is_taken:
                    return
                async with aclosing(seat.answers()) as answers:
                    async for answer in answers:
                        yield answer
                seat.is_taken, context.position = False, seat.position
        finally:
            self._forget(seat)
            if seat.stream is not None:
                seat.stream.leave(seat)

    def _join(
        self, seat: Seat, operation: Operation, variables: Mapping[str, Any], position: int, *, at_end: bool
    ) -> bool:
        """Give a subscriber that has been told everything up to a position a seat, if there is one to share."""
        key = seat.key if SHARED else None
        stream = self._streams.get(key)
        if stream is None:
            if not at_end or key is None or self._waits(seat, key):
                return False
            stream = self._streams[key] = self._begin(key, seat, operation, variables, position)
        elif not stream.position <= position <= stream.position + BATCH:
            return False  # it is behind, or would have to wait for long
        self._forget(seat)
        stream.seat(seat, position)
        return True

    def _begin(
        self, key: Hashable, seat: Seat, operation: Operation, variables: Mapping[str, Any], position: int
    ) -> SharedStream:
        own = seat.context
        context = Context.of_rights(own.services, seat.asked.rights(own.principal))
        subscription = self._subscribe(context, operation, variables)
        return SharedStream(seat.asked, subscription, self._answer, position, partial(self._streams.pop, key))

    def _waits(self, seat: Seat, key: Hashable) -> bool:
        """Return whether a subscriber has to wait for another one."""
        if seat.waiting_at != key:
            self._forget(seat)
        seat.waiting_at = key
        return self._waiting.setdefault(key, seat) is seat

    def _forget(self, seat: Seat) -> None:
        if self._waiting.get(seat.waiting_at) is seat:
            del self._waiting[seat.waiting_at]
