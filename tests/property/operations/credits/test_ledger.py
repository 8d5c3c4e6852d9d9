"""After any actions with credits, in any order, the books are right and agree with a plain model."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.errors import Conflict, DomainError, NotFound, Unauthenticated, Unfunded
from server.gateways.protocol import Accepted, Refused, SubmitOutcome, Submitted, TryLater
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.principals import Principal
from server.operations.credits.credits import correct_credits, grant_credits, transfer_credits
from server.operations.credits.quotas import adjust_user_quota, set_user_quota
from server.operations.dispatch.claims import claim_due
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.operations.messages.sending import send_message
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, User
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import LONG_TEXT, answer, draft, numbers, receive
from tests.property.operations.bank import RATE, ModelAccount, ModelMessage, ModelUser
from tests.property.operations.open_database import OpenDatabase, count_parts, quotas_of

T = TypeVar("T")

EXAMPLES, STEPS = 12, 35
AMOUNTS = st.integers(1, 20_000)
QUOTAS = st.none() | st.integers(0, 15_000)
LOGINS = st.sampled_from(("ann", "bob"))
OUTCOMES = st.sampled_from(("accepted", "refused", "later"))
RECEIPTS = st.sampled_from(
    (
        State(DeliveryStatus.BUFFERED, 1),
        State(DeliveryStatus.SUCCESS, 4),
        State(DeliveryStatus.FAILED, 24),
        State(DeliveryStatus.NOT_BILLED, 25),
    )
)
SIDES = st.integers(0, 1)


class Bank(RuleBasedStateMachine):
    """Two accounts of one holder, two users each, and all actions that move credits."""

    opened: ClassVar[OpenDatabase]

    @initialize(left=st.integers(0, 50_000))
    def open_accounts(self, left: int) -> None:
        """Begin with two new accounts, one of them with credits."""
        self.services, self.world = self.opened.services, self.opened.world
        self.models: list[ModelAccount] = []
        self.rows: list[Account] = []
        for credits in (left, 0):
            account = self.run(self.world.account(f"sms-p-{next(self.opened.counter)}", credits=credits))
            model = ModelAccount(account.name, credits)
            for login in ("ann", "bob"):
                self.run(self.world.user(account, login))
                model.users[login] = ModelUser(login)
            self.models.append(model)
            self.rows.append(account)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the database's loop."""
        return self.opened.runner.run(work)

    def attempt(self, work: Coroutine[Any, Any, T], refusal: type[DomainError] | None) -> T | None:
        """Do something with the refusal that the model expects (None: success)."""
        if refusal is None:
            return self.run(work)
        with pytest.raises(refusal):
            self.run(work)
        return None

    def key(self) -> str:
        """Return a new idempotency key."""
        return f"k{next(self.opened.counter)}"

    @rule(side=SIDES, credits=AMOUNTS)
    def grant(self, side: int, credits: int) -> None:
        """An operator grants credits."""
        model = self.models[side]
        self.run(
            grant_credits(
                self.services, self.world.operator, account=model.name, credits=credits, key=self.key()
            )
        )
        model.left += credits

    @rule(side=SIDES, credits=AMOUNTS)
    def correct(self, side: int, credits: int) -> None:
        """An operator takes credits back."""
        model = self.models[side]
        work = correct_credits(
            self.services, self.world.operator, account=model.name, credits=credits, reason="x"
        )
        if self.attempt(work, Unfunded if credits > model.left else None):
            model.left -= credits

    @rule(side=SIDES, credits=AMOUNTS)
    def transfer(self, side: int, credits: int) -> None:
        """The holder moves credits to its other account."""
        source, target = self.models[side], self.models[1 - side]
        work = transfer_credits(
            self.services, self.world.holder,
            source=source.name, target=target.name, credits=credits, key=self.key(),
        )  # fmt: skip
        if self.attempt(work, Unfunded if credits > source.left else None):
            source.left -= credits
            target.left += credits

    @rule(side=SIDES, login=LOGINS, quota=QUOTAS)
    def set_quota(self, side: int, login: str, quota: int | None) -> None:
        """The holder sets a user's quota, or turns it off."""
        model = self.models[side]
        user = model.users.get(login)
        work = set_user_quota(
            self.services, self.world.holder, account=model.name, login=login,
            enabled=quota is not None, credits=quota,
        )  # fmt: skip
        if user is None:
            self.attempt(work, NotFound)
        elif self.attempt(work, Unfunded if (quota or 0) - (user.quota or 0) > model.left else None):
            model.set_quota(user, quota)

    @rule(side=SIDES, login=LOGINS, delta=AMOUNTS | AMOUNTS.map(lambda amount: -amount))
    def adjust_quota(self, side: int, login: str, delta: int) -> None:
        """The holder raises or lowers a user's quota."""
        model = self.models[side]
        user = model.users.get(login)
        work = adjust_user_quota(
            self.services, self.world.holder, account=model.name, login=login, delta=delta
        )
        if user is None or user.quota is None:
            self.attempt(work, NotFound if user is None else Conflict)
        elif self.attempt(work, Unfunded if delta > model.left or user.quota + delta < 0 else None):
            model.set_quota(user, user.quota + delta)

    @rule(
        side=SIDES, login=LOGINS | st.none(), count=st.integers(1, 3), long=st.booleans(), later=st.booleans()
    )
    def send(self, side: int, login: str | None, count: int, long: bool, later: bool) -> None:  # noqa: FBT001
        """A user or the holder sends, perhaps for later."""
        model = self.models[side]
        user = model.users.get(login) if login else None
        by = self.run(self._principal(side, login)) if login else self.world.holder
        if by is None:
            return
        credits = count * RATE * (2 if long else 1)
        refusal: type[DomainError] | None = Unfunded if credits > model.remaining(user) else None
        if user is not None and not user.enabled:
            refusal = Unauthenticated
        due_us = self.opened.clock.now_us() + 3_600_000_000
        work = send_message(
            self.services, by,
            draft(self.rows[side], *numbers(count), text=LONG_TEXT if long else "Hi",
                  deferred_until_us=due_us if later else None),
            idempotency_key=None,
        )  # fmt: skip
        sent = self.attempt(work, refusal)
        if sent is not None:
            from_quota = model.debit(user, credits)
            for number in sent.message_ids:
                model.messages[number] = ModelMessage(credits // count, user, from_quota)

    async def _principal(self, side: int, login: str) -> Principal | None:
        user = await User.get_or_none(account_id=self.rows[side].id, login=login, deleted_at_us=None)
        return None if user is None else self.world.as_user(user)

    @rule(side=SIDES, login=LOGINS, enabled=st.booleans())
    def enable(self, side: int, login: str, enabled: bool) -> None:  # noqa: FBT001
        """The holder enables or disables a user."""
        model = self.models[side]
        user = model.users.get(login)
        if user is not None:
            self.run(
                set_user_enabled(
                    self.services, self.world.holder, account=model.name, login=login, enabled=enabled
                )
            )
            user.enabled = enabled
            if not enabled:
                model.sweep(user)

    @rule(side=SIDES, login=LOGINS)
    def delete(self, side: int, login: str) -> None:
        """The holder deletes a user, or creates it again."""
        model = self.models[side]
        if login in model.users:
            self.run(delete_user(self.services, self.world.holder, account=model.name, login=login))
            model.delete(model.users[login])
        else:
            self.run(self.world.user(self.rows[side], login))
            model.users[login] = ModelUser(login)

    @rule(side=SIDES, position=st.integers(0, 9))
    def cancel(self, side: int, position: int) -> None:
        """The holder cancels a message, which may be too late."""
        model = self.models[side]
        for number in list(model.messages)[position : position + 1]:
            message = model.messages[number]
            work = cancel_message(self.services, self.world.holder, message_id=number)
            if self.attempt(work, None if message.state == "queued" else Conflict):
                model.end_unbilled(message)

    @rule(side=SIDES)
    def cancel_all(self, side: int) -> None:
        """The holder cancels all pending messages."""
        model = self.models[side]
        done = self.run(
            cancel_pending_messages(self.services, self.world.holder, account=model.name, login=None)
        )
        assert done.count == model.sweep()

    @rule(outcomes=st.lists(OUTCOMES, min_size=1, max_size=4), wait=st.booleans())
    def submit(self, outcomes: list[str], wait: bool) -> None:  # noqa: FBT001
        """A worker claims a few messages, and the operator answers."""
        if wait:
            self.opened.clock.advance(3_600)
        taken = self.run(claim_due(self.services, limit=len(outcomes)))
        answers: list[SubmitOutcome] = []
        for submission, outcome in zip(taken.submissions, outcomes, strict=False):
            number = submission.message_id
            if outcome == "later":
                answers.append(TryLater(0))
            elif outcome == "refused":
                answers.append(Submitted(tuple(Refused(20) for _ in submission.parts)))
            else:
                answers.append(
                    Submitted(tuple(Accepted(f"{number}.{n}") for n in range(len(submission.parts))))
                )
            model = next(model for model in self.models if number in model.messages)
            if outcome == "refused":
                model.end_unbilled(model.messages[number])
            elif outcome == "accepted":
                model.messages[number].state = "submitted"
        self.run(answer(self.services, taken, *answers))

    @rule(side=SIDES, position=st.integers(0, 9), states=st.lists(RECEIPTS, min_size=1, max_size=3))
    def receipts(self, side: int, position: int, states: list[State]) -> None:
        """The operator sends receipts for a message, the same for all its parts."""
        model = self.models[side]
        for number in list(model.messages)[position : position + 1]:
            message = model.messages[number]
            told = [(f"{number}.{n}", state) for state in states for n in range(2)]
            parts = self.run(count_parts(number))
            self.run(receive(self.services, *(item for item in told if parts)))
            final = next((state for state in states if state.status.final), None)
            if message.state == "submitted" and final is not None:
                message.state = "ended"
                if final.status is DeliveryStatus.NOT_BILLED:
                    model.end_unbilled(message)

    def teardown(self) -> None:
        """Leave nothing to claim for the next example."""
        for row in getattr(self, "rows", []):
            self.run(cancel_pending_messages(self.services, self.world.holder, account=row.name, login=None))

    @invariant()
    def the_books_are_right(self) -> None:
        """Ledger, balances, events and messages agree with each other and with the model."""
        for model, row in zip(getattr(self, "models", []), getattr(self, "rows", []), strict=True):
            account = self.run(check_books(row.id))
            assert account.credits_left == model.left
            quotas = self.run(quotas_of(row.id))
            assert quotas == {user.login: user.quota for user in model.users.values()}


@pytest.fixture
def opened(database_url: str) -> Iterator[OpenDatabase]:
    """A database with a loop that outlives the examples."""
    with asyncio.Runner() as runner:
        opened = OpenDatabase(runner, database_url)
        yield opened
        opened.close()


def test_the_books_are_right_whatever_is_done(opened: OpenDatabase) -> None:
    """Grants, corrections, transfers, quotas, sends, cancels, deletions, answers and receipts in any order."""

    class ThisBank(Bank):
        pass

    ThisBank.opened = opened
    run_state_machine_as_test(
        ThisBank,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
