"""Whatever becomes of messages, the statistics are those that counting the messages would give."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.errors import Conflict
from server.gateways.protocol import Accepted, Refused, Submitted, TryLater
from server.kit.clock import DAY_US, MINUTE_US
from server.operations.accounts.users import delete_user
from server.operations.core.principals import Principal
from server.operations.dispatch.claims import claim_due
from server.operations.dispatch.expiry import expire_unconfirmed
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.operations.messages.sending import send_message
from server.operations.statistics.rebuilding import rebuild_statistics
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, Message, MessagePart, User
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import LONG_TEXT, answer, draft, numbers, receive
from tests.factories.statistics.recount import check_statistics
from tests.property.operations.open_database import OpenDatabase

T = TypeVar("T")

EXAMPLES, STEPS = 8, 30
RECEIPTS = st.sampled_from(
    [
        State(DeliveryStatus.BUFFERED, 1),
        State(DeliveryStatus.SUCCESS, 4),
        State(DeliveryStatus.SUCCESS, None),
        State(DeliveryStatus.FAILED, 24),
        State(DeliveryStatus.FAILED, None),
        State(DeliveryStatus.NOT_BILLED, 25),
    ]
)
SENDERS = st.sampled_from(("ann", "bob", None))


class Sending(RuleBasedStateMachine):
    """An account with two users, and all that may become of its messages."""

    opened: ClassVar[OpenDatabase]

    @initialize()
    def open_account(self) -> None:
        """Begin with an account of this example's own."""
        self.services, self.world = self.opened.services, self.opened.world
        name = f"sms-p-{next(self.opened.counter)}"
        self.account: Account = self.run(self.world.account(name, credits=10_000_000))
        for login in ("ann", "bob"):
            self.run(self.world.user(self.account, login))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the database's loop."""
        return self.opened.runner.run(work)

    @rule(minutes=st.sampled_from([0.01, 0.5, 14, 60, 1_440]))
    def wait(self, minutes: float) -> None:
        """Time goes on."""
        self.opened.clock.advance(minutes * 60)

    @rule(
        login=SENDERS, count=st.integers(1, 3), text=st.sampled_from(["Hi", LONG_TEXT]), later=st.booleans()
    )
    def send(self, login: str | None, count: int, text: str, later: bool) -> None:  # noqa: FBT001
        """A user or the holder sends, perhaps for later."""
        due_us = self.opened.clock.now_us() + 20 * MINUTE_US
        message = draft(self.account, *numbers(count), text=text, deferred_until_us=due_us if later else None)
        self.run(send_message(self.services, self.run(self._sender(login)), message, idempotency_key=None))

    async def _sender(self, login: str | None) -> Principal:
        if login is None:
            return self.world.holder
        user = await User.get(account_id=self.account.id, login=login, deleted_at_us=None)
        return self.world.as_user(user)

    @rule(login=st.sampled_from(("ann", "bob")))
    def delete(self, login: str) -> None:
        """The holder deletes a user, and makes another of the same login."""
        self.run(delete_user(self.services, self.world.holder, account=self.account.name, login=login))
        self.run(self.world.user(self.account, login))

    @rule(position=st.integers(0, 9))
    def cancel(self, position: int) -> None:
        """The holder cancels a message, which may be too late."""
        for message in self.run(self._messages())[position : position + 1]:
            try:
                self.run(cancel_message(self.services, self.world.holder, message_id=message.id))
            except Conflict:
                assert message.state != "queued"

    @rule()
    def cancel_all(self) -> None:
        """The holder cancels all pending messages."""
        self.run(
            cancel_pending_messages(self.services, self.world.holder, account=self.account.name, login=None)
        )

    @rule(outcomes=st.lists(st.sampled_from((Accepted, Refused, TryLater)), min_size=1, max_size=4))
    def submit(self, outcomes: list[type]) -> None:
        """A worker claims a few messages, and the operator answers; what is too old to go expires."""
        taken = self.run(claim_due(self.services, limit=len(outcomes)))
        answers = [
            TryLater(0)
            if outcome is TryLater
            else Submitted(tuple(Refused(20) for _ in submission.parts))
            if outcome is Refused
            else Submitted(
                tuple(Accepted(f"{submission.message_id}.{n}") for n in range(len(submission.parts)))
            )
            for submission, outcome in zip(taken.submissions, outcomes, strict=False)
        ]
        self.run(answer(self.services, taken, *answers))

    @rule(position=st.integers(0, 9), states=st.lists(RECEIPTS, min_size=1, max_size=3))
    def receipts(self, position: int, states: list[State]) -> None:
        """The operator sends receipts for the parts of a message."""
        for message in self.run(self._messages())[position : position + 1]:
            parts = self.run(_operator_ids(message))
            told = [(operator_id, state) for state in states for operator_id in parts]
            self.run(receive(self.services, *told))

    @rule()
    def expire(self) -> None:
        """Time enough passes for what has no final receipt to end without."""
        self.opened.clock.advance(8 * DAY_US / 1_000_000)
        self.run(expire_unconfirmed(self.services, limit=100))

    async def _messages(self) -> list[Message]:
        return await Message.filter(account_id=self.account.id).order_by("-id")

    def teardown(self) -> None:
        """Count all once more, and leave nothing to claim for the next example."""
        if hasattr(self, "account"):
            self.cancel_all()
            self.run(rebuild_statistics(self.services, self.account.id, progress=lambda _: None))
            self.run(check_statistics(self.account.id, self.run(self._messages())))

    @invariant()
    def the_statistics_are_right(self) -> None:
        """They are those of the messages, as they are now."""
        if hasattr(self, "account"):
            self.run(check_books(self.account.id))


async def _operator_ids(message: Message) -> list[str]:
    parts = await MessagePart.filter(message_id=message.id).exclude(operator_id="").order_by("part")
    return [part.operator_id for part in parts]


@pytest.fixture
def opened(database_url: str) -> Iterator[OpenDatabase]:
    """A database with a loop that outlives the examples."""
    with asyncio.Runner() as runner:
        opened = OpenDatabase(runner, database_url)
        yield opened
        opened.close()


def test_the_statistics_are_right_whatever_becomes_of_messages(opened: OpenDatabase) -> None:
    """Sends, cancels, deletions, answers, receipts and expiries in any order and at any time."""

    class ThisSending(Sending):
        pass

    ThisSending.opened = opened
    run_state_machine_as_test(
        ThisSending,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
