"""However subscribers come, go, stall and reconnect: each hears what it would hear alone, in order, each once."""

import asyncio
import shutil
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from server.bus.bus import account_topic
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.context import Context
from server.graphql.transport import shared_streams
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.asgi import EdgePolicy, build_engine
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import Engine, NewDocument, Request
from server.operations.core.principals import Principal
from server.store.models import Account, DeliveryEvent, User
from tests.client import until
from tests.factories.delivery.subscriptions import SUBSCRIBE
from tests.factories.logs.entries import add_events
from tests.property.operations.open_database import OpenDatabase

T = TypeVar("T")

EXAMPLES, STEPS = 15, 30


class Listener:
    """A subscriber that can stop reading, with a way to be written to at once or without."""

    def __init__(self, caller: Principal, after: int | None, *, at_once: bool) -> None:
        """Listen after a number, or from now on."""
        self.caller = caller
        self.after = after
        self.heard: list[tuple[int, Any]] = []
        self.errors: list[Any] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.task: asyncio.Task[None] | None = None
        self._at_once = at_once

    def begin(
        self, engine: Engine, context: Context, operation: Operation, variables: dict[str, Any]
    ) -> None:
        """Start listening."""
        answers = engine.run(context, operation, variables, self._write if self._at_once else None)

        async def listen() -> None:
            async for answer in answers:
                await self.reads.wait()
                self._note(answer)

        self.task = asyncio.create_task(listen())

    async def end(self) -> None:
        """Stop listening."""
        assert self.task is not None
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    def _write(self, answer: GraphqlResponse) -> bool:
        if self.reads.is_set():
            self._note(answer)
        return self.reads.is_set()

    def _note(self, answer: GraphqlResponse) -> None:
        self.errors += answer.errors
        if not answer.errors:
            event = answer.payload["data"]["deliveryStatusChanged"]
            self.heard.append((int(event["sequence"]), event))


class Audience(RuleBasedStateMachine):
    """An account's holder and one of its users, each with many listeners on one engine."""

    opened: ClassVar[OpenDatabase]

    @initialize()
    def open_account(self) -> None:
        """Begin with a new account and one event."""
        self.services, world = self.opened.services, self.opened.world
        self.account: Account = self.run(world.account(f"sms-a-{next(self.opened.counter)}"))
        self.user: User = self.run(world.user(self.account))
        self.callers = [world.holder, world.as_user(self.user)]
        self.engine = build_engine(self.services, EdgePolicy())
        self.listeners: list[Listener] = []
        self.run(add_events(self.account, 1))
        for number in range(6):
            self.run(self._join(self.engine, Listener(self.callers[number % 2], None, at_once=number < 2), 0))
        self.run(self._turn(50))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop on which all listeners live."""
        return self.opened.runner.run(work)

    @rule(who=st.integers(0, 1), back=st.none() | st.integers(0, 5), at_once=st.booleans())
    def join(self, who: int, back: int | None, *, at_once: bool) -> None:
        """Come, from some events back or from now on."""
        self.run(self._join(self.engine, Listener(self.callers[who], None, at_once=at_once), back))

    async def _join(self, engine: Engine, listener: Listener, back: int | None) -> None:
        if back is not None:
            listener.after = max((await Account.get(id=self.account.id)).event_sequence - back, 0)
        await self._begin(engine, listener)
        self.listeners.append(listener)

    async def _begin(self, engine: Engine, listener: Listener) -> None:
        variables: dict[str, Any] = {"account": self.account.name}
        if listener.after is not None:
            row = await DeliveryEvent.get_or_none(account_id=self.account.id, sequence=listener.after)
            variables["after"] = EVENT_ORDER.cursor_at(listener.after, row.at_us if row else 0)
        self.opened.clock.advance(3_600)  # whatever was spent has come back
        context = Context.of_rights(self.services, listener.caller)
        operation = engine.look_up(Request(SUBSCRIBE, variables=variables))
        if isinstance(operation, NewDocument):
            operation = await engine.look_over(context, operation)
        assert isinstance(operation, Operation)
        assert await engine.admit(context, operation, variables) is None
        listener.begin(engine, context, operation, variables)

    @rule(count=st.integers(1, 12), of_user=st.booleans(), wakes=st.booleans())
    def write(self, count: int, *, of_user: bool, wakes: bool) -> None:
        """Write events, with a wake-up or without."""
        self.run(add_events(self.account, count, user=self.user if of_user else None))
        if wakes:
            self.services.bus.publish(account_topic(self.account.id))

    @rule(reads=st.sampled_from((1, 10, 50, 200)))
    def turn(self, reads: int) -> None:
        """Let everybody read, in turn with us."""
        self.run(self._turn(reads))

    async def _turn(self, reads: int) -> None:
        for _ in range(reads):
            await Account.get(id=self.account.id)

    @rule(which=st.integers(0, 20))
    def stall(self, which: int) -> None:
        """Stop reading, or read again."""
        if self.listeners:
            reads = self.listeners[which % len(self.listeners)].reads
            reads.clear() if reads.is_set() else reads.set()

    @rule(which=st.integers(0, 20))
    def reconnect(self, which: int) -> None:
        """Go, and come back with the cursor of the last event that was heard."""
        if self.listeners:
            self.run(self._reconnect(self.listeners[which % len(self.listeners)]))

    async def _reconnect(self, listener: Listener) -> None:
        await listener.end()
        listener.reads.set()
        if listener.heard:
            listener.after = listener.heard[-1][0]
        await self._begin(self.engine, listener)

    @rule(which=st.integers(0, 20))
    def leave(self, which: int) -> None:
        """Go."""
        if self.listeners:
            self.run(self.listeners.pop(which % len(self.listeners)).end())

    def teardown(self) -> None:
        """Have all read what there is, next to one of each caller that is alone on an engine of its own."""
        self.run(self._compare())

    async def _compare(self) -> None:
        alone = [Listener(caller, 0, at_once=False) for caller in self.callers]
        for listener in alone:
            await self._begin(build_engine(self.services, EdgePolicy()), listener)
        for listener in self.listeners:
            listener.reads.set()
        await self._turn(10)
        for user in (None, self.user):
            await add_events(self.account, 1, user=user)  # one that each caller hears
        self.services.bus.publish(account_topic(self.account.id))
        everybody = [*alone, *self.listeners]
        last = (await Account.get(id=self.account.id)).event_sequence
        await until(lambda: all(_has_heard(listener, last) for listener in everybody))
        for listener in everybody:
            await listener.end()
        for listener in self.listeners:
            [model] = [model for model in alone if model.caller is listener.caller]
            assert not listener.errors
            numbers = [number for number, _ in listener.heard]
            assert all(one < other for one, other in pairwise(numbers))
            begin = numbers[0] if listener.after is None or len(numbers) > 1 else listener.after + 1
            assert listener.heard == [(number, event) for number, event in model.heard if number >= begin]
        assert not self.engine._shared._streams
        assert not self.engine._shared._waiting


def _has_heard(listener: Listener, last: int) -> bool:
    return bool(listener.heard) and listener.heard[-1][0] == last


@pytest.fixture(scope="module")
def opened(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenDatabase]:
    """A database for all examples."""
    path = tmp_path_factory.mktemp("listeners") / "chappe.db"
    shutil.copy(sqlite_template, path)
    with asyncio.Runner() as runner:
        opened = OpenDatabase(runner, f"sqlite://{path}")
        yield opened
        opened.close()


def test_nobody_notices_that_others_listen_too(monkeypatch: pytest.MonkeyPatch, opened: OpenDatabase) -> None:
    """With few answers that may wait, so that many go on alone."""
    monkeypatch.setattr(shared_streams, "MAX_PENDING", 3)
    Audience.opened = opened
    run_state_machine_as_test(
        Audience,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
