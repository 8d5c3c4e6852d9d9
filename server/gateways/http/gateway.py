"""One link over HTTP: each message is one request, with a bounded number under way and begun per second."""

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog
from orjson import JSONEncodeError

from server.gateways.http.answers import Reading, read_answer
from server.gateways.http.settings import HttpSettings
from server.gateways.http.standing import Standing
from server.gateways.http.template import render
from server.gateways.link_state import BindKind, BindState, ChannelState, LinkState
from server.gateways.pacing import Brake, Pace
from server.gateways.protocol import (
    UNTRIED_SECONDS,
    NotSent,
    OperatorMessage,
    OperatorReceipt,
    Part,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    Tell,
    TryLater,
    Unknown,
)
from server.kit.clock import SECOND_US, Clock
from server.kit.http_exchange import HttpAnswer, HttpCaller, HttpRequest, NoAnswer, NotReached
from server.rules.dispatch.attempts import after_refusal_seconds, after_unknown_seconds
from server.rules.dispatch.routing import Route

TELL_SECONDS = 1.0
"""How long answers wait at most for the others of their batch."""
NAP_SECONDS = 1.0
LEAVE_SECONDS = 10.0
"""How long a closing link waits for the answers to its requests."""
MIN_VALIDITY_SECONDS = 60
"""A message that is handed over at the last moment still gets a try."""
MAX_ASKED_PAUSE_SECONDS = 3_600
_UNDELIVERABLE_PTT = 20

log = structlog.get_logger()


class HttpGateway:
    """A link to an operator by HTTP requests. The operator reports back by calls, which `calls` reads.

    A fault of the link itself (no connection, refused credentials, a wrong URL) ends no message: the link
    takes none for a while, which doubles, and then one as a test. It does the same after several unknown
    outcomes in a row, each of which uses up a try of its message.
    """

    def __init__(
        self,
        settings: HttpSettings,
        open_caller: Callable[[], HttpCaller],
        clock: Clock,
        *,
        validity_seconds: int,
        lease_seconds: int,
    ) -> None:
        """Open nothing yet.

        `validity_seconds` is how long messages are worth delivering, counted from when they could first be
        handed over. A message may wait for its turn for a quarter of `lease_seconds`.
        """
        self.settings = settings
        self._open_caller = open_caller
        self._clock = clock
        self._validity_seconds = validity_seconds
        self._wait_seconds = lease_seconds / 4
        self._caller: HttpCaller | None = None
        self._pace = Pace(settings.per_second)
        self._brake = Brake()
        self._slots = asyncio.Semaphore(settings.window)
        self._calls: set[asyncio.Task[HttpAnswer]] = set()
        self._load = 0
        self._standing = Standing()

    @property
    def name(self) -> str:
        """Return the link's name."""
        return self.settings.name

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
        """Whether it takes messages: it is started, and not down because of its own fault."""
        return self._caller is not None and self._standing.is_up(_now())

    @property
    def pauses(self) -> bool:
        """Whether it was too fast just now."""
        return self._brake.pressed and _now() * SECOND_US < self._brake.until_us

    @property
    def unacknowledged(self) -> int:
        """Return how many items are not acknowledged: none, since calls do not come through here."""
        return 0

    @property
    def capacity(self) -> int:
        """Return how many messages it could take in the next second: none, one as a test, or many."""
        if not self.is_open:
            return 0
        if self._brake.pressed or self._standing.failures:
            return 0 if self.pauses or self._load else 1
        return max(self.settings.per_second + self.settings.window - self._load, 0)

    @property
    def state(self) -> LinkState:
        """Return its state, for people. It counts as bound if nothing has failed since the last answer."""
        return LinkState(
            name=self.name,
            binds=(BindState(BindKind.TRANSCEIVER, self._channel_state),),
            in_flight=len(self._calls),
            throttled=self._brake.pressed,
            times_throttled=self._brake.presses,
            last_error=self._standing.last_error,
        )

    @property
    def _channel_state(self) -> ChannelState:
        if self._caller is None:
            return ChannelState.STOPPED
        if not self._standing.failures:
            return ChannelState.BOUND
        return ChannelState.CONNECTING if self.is_open else ChannelState.WAITING

    def carries(self, submission: Submission) -> bool:
        """Tell whether a message takes no more parts than were charged: the operator cuts it as we do."""
        return bool(submission.parts)

    def start(self) -> None:
        """Begin to take messages."""
        self._caller = self._open_caller()

    async def stop(self) -> None:
        """Take no more messages, and wait a bounded time for answers. What has none then is Unknown."""
        caller, self._caller = self._caller, None
        if caller is None:
            return
        if self._calls:
            await asyncio.wait(self._calls, timeout=LEAVE_SECONDS)
        for call in self._calls:
            call.cancel()
        await caller.close()

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> list[SubmitOutcome]:
        """Submit messages, and wait for the operator's answers within the link's bounds.

        Meanwhile `tell` gets the new answers every second.
        """
        tasks = {asyncio.create_task(self._hand_over(submission)): submission for submission in submissions}
        waiting = set(tasks)
        try:
            while waiting:
                ended, waiting = await asyncio.wait(
                    waiting, timeout=None if tell is None else TELL_SECONDS,
                    return_when=asyncio.ALL_COMPLETED,
                )  # fmt: skip
                if tell is not None and waiting:
                    outcomes = {tasks[task].message_id: task.result() for task in ended}
                    await tell(
                        {id: outcome for id, outcome in outcomes.items() if isinstance(outcome, Submitted)}
                    )
        finally:
            for task in waiting:
                task.cancel()
        return [task.result() for task in tasks]

    async def receive(self, limit: int) -> list[OperatorReceipt | OperatorMessage]:  # noqa: ARG002 there is never any
        """Wait a second and return nothing, since the operator's calls do not come through here."""
        await asyncio.sleep(NAP_SECONDS)
        return []

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Do nothing: nothing was handed up."""

    async def _hand_over(self, submission: Submission) -> SubmitOutcome:
        if submission.open_parts:
            # An earlier link of this name took some parts in another way. The rest is no message by itself.
            return Submitted(tuple(Refused(_UNDELIVERABLE_PTT) for _ in submission.open_parts), self.name)
        self._load += 1
        try:
            part = await self._part(submission)
        finally:
            self._load -= 1
        seconds = _pause_seconds(submission, part)
        if isinstance(part, NotSent):
            return TryLater(seconds, part.ptt)
        return Submitted((part,), self.name, seconds, self.settings.max_resends)

    async def _part(self, submission: Submission) -> Part:
        """Send a message when its turn comes, and return its outcome as a whole."""
        until = _now() + self._wait_seconds
        try:
            async with asyncio.timeout_at(until):
                await self._slots.acquire()
        except TimeoutError:
            return NotSent()
        try:
            if not await self._turn_comes(until):
                return NotSent()
            return await self._send(submission)
        finally:
            self._slots.release()

    async def _turn_comes(self, until: float) -> bool:
        """Wait for the pace; return whether the turn came in time."""
        while self.is_open and not self.pauses:
            ready, now = self._pace.ready_us() / SECOND_US, _now()
            if ready <= now:
                self._pace.take(round(now * SECOND_US))
                return True
            if ready > until:
                return False
            await asyncio.sleep(ready - now)
        return False

    async def _send(self, submission: Submission) -> Part:
        left = max(self._validity_seconds - submission.age_seconds, MIN_VALIDITY_SECONDS)
        try:
            request = render(
                self.settings.template,
                self.settings.values(submission, validity_seconds=left),
                self.settings.keys,
                timestamp=self._clock.now_us() // SECOND_US,
            )
        except (UnicodeEncodeError, JSONEncodeError):  # half a surrogate pair
            return Refused(_UNDELIVERABLE_PTT)
        try:
            answer = await self._exchange(request)
        except NotReached as error:
            self._fail(str(error))
            return NotSent()
        except NoAnswer as error:
            self._doubt(str(error))
            return Unknown()
        reading = read_answer(
            self.settings.template, self.settings.refusals, answer, now_us=self._clock.now_us()
        )
        if isinstance(reading.part, Unknown):
            self._doubt(f"HTTP {answer.status}, and no id of the message")
        else:
            self._note(reading, submission)
        return reading.part

    async def _exchange(self, request: HttpRequest) -> HttpAnswer:
        if self._caller is None:
            raise NotReached("the link is closed")
        call = asyncio.create_task(self._caller.exchange(request, self.settings.response_seconds))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        try:
            await asyncio.wait({call})
        except asyncio.CancelledError:
            call.cancel()
            raise
        if call.cancelled():
            raise NoAnswer("the link was closed before the answer")
        return call.result()

    def _note(self, reading: Reading, submission: Submission) -> None:
        """Slow down, stand back or go on, as the answer says."""
        if reading.fault is not None:
            self._fail(reading.fault)
            return
        if self._standing.recover():
            log.info("link works again", link=self.name)
        now_us = round(_now() * SECOND_US)
        if reading.slows:
            pause = min(reading.pause_seconds or 0, MAX_ASKED_PAUSE_SECONDS)
            self._brake.press(submission.receiver, now_us, pause * SECOND_US)
        else:
            self._brake.release(submission.receiver, now_us)

    def _doubt(self, reason: str) -> None:
        if self._standing.doubt(reason, _now(), _chance()):
            log.warning("link takes no messages", link=self.name, reason=reason)

    def _fail(self, reason: str) -> None:
        if self._standing.fail(reason, _now(), _chance()):
            log.warning("link takes no messages", link=self.name, reason=reason)


def _pause_seconds(submission: Submission, part: Part) -> float:
    """Return how long a message waits before it is submitted again; not long if it was not refused."""
    chance = _chance()
    if isinstance(part, Unknown):
        return after_unknown_seconds(submission.times_unknown + 1, chance)
    if isinstance(part, NotSent) and part.ptt is not None:
        return after_refusal_seconds(submission.times_refused + 1, chance)
    return UNTRIED_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()


def _chance() -> float:
    return random.random()  # noqa: S311 it spreads load, and keeps no secret
