"""However credits move, alerts occur exactly when they fall to a limit in a plain model."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.errors import Unfunded
from server.operations.accounts.accounts import update_account
from server.operations.credits.credits import correct_credits, grant_credits
from server.operations.credits.limits import set_account_limit, set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.notices import send_due_sms
from server.operations.messages.cancellation import cancel_pending_messages
from server.operations.messages.sending import send_message
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, LimitAlert, User
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import draft, numbers
from tests.factories.notifications.alerts import EMAIL, PHONE, agree
from tests.property.operations.bank import RATE
from tests.property.operations.open_database import OpenDatabase

T = TypeVar("T")

EXAMPLES, STEPS = 15, 30
# Few values, close to each other and to the price of a message, so that limits are reached often.
AMOUNTS = st.sampled_from((1, 500, 1_000, 2_000, 4_000))
THRESHOLDS = st.sampled_from((None, 1_000, 2_000, 2_500, 3_000, 4_000))


@dataclass
class ModelLimit:
    """A limit: its threshold (None while it is off), whether it is armed, and its alerts."""

    threshold: int | None = None
    armed: bool = False
    alerts: list[int] = field(default_factory=list)

    def set(self, threshold: int | None, remaining: int) -> None:
        """Set it, or turn it off."""
        self.threshold = threshold
        self.armed = threshold is not None and remaining > threshold

    def look(self, remaining: int) -> None:
        """Evaluate the limits after a movement."""
        if self.threshold is not None:
            above = remaining > self.threshold
            if self.armed and not above:
                self.alerts.append(remaining)
            self.armed = above


class Watch(RuleBasedStateMachine):
    """An account with a limit that alerts by SMS, and its user with one that alerts by mail."""

    opened: ClassVar[OpenDatabase]

    @initialize(left=st.sampled_from((0, 3_000, 6_000)))
    def open_account(self, left: int) -> None:
        """Begin with a new account."""
        self.services, self.world = self.opened.services, self.opened.world
        self.row: Account = self.run(self.world.account(f"sms-w-{next(self.opened.counter)}", credits=left))
        self.user: User = self.run(self.world.user(self.row))
        changes = update_account(
            self.services, self.world.holder, account=self.row.name, changes={"alert_sender": "Chappe"}
        )
        self.run(changes)
        self.left = left
        self.quota: int | None = None
        self.queued: list[bool] = []
        self.unsent = 0
        self.of_account, self.of_user = ModelLimit(), ModelLimit()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the database's loop."""
        return self.opened.runner.run(work)

    @property
    def remaining(self) -> int:
        """The user's remaining credits."""
        return self.left if self.quota is None else self.quota

    def look(self) -> None:
        """Evaluate the limits after a movement."""
        before = len(self.of_account.alerts)
        self.of_account.look(self.left)
        self.of_user.look(self.remaining)
        self.unsent += len(self.of_account.alerts) - before

    def funded(self, work: Coroutine[Any, Any, object], *, suffices: bool) -> bool:
        """Do something that the credits cover, or see it refused."""
        if suffices:
            self.run(work)
            return True
        with pytest.raises(Unfunded):
            self.run(work)
        return False

    @rule(credits=AMOUNTS)
    def grant(self, credits: int) -> None:
        """Credits come in."""
        key = f"k{next(self.opened.counter)}"
        self.run(
            grant_credits(self.services, self.world.operator, account=self.row.name, credits=credits, key=key)
        )
        self.left += credits
        self.look()

    @rule(credits=AMOUNTS)
    def correct(self, credits: int) -> None:
        """Credits are taken back."""
        work = correct_credits(
            self.services, self.world.operator, account=self.row.name, credits=credits, reason="x"
        )
        if self.funded(work, suffices=credits <= self.left):
            self.left -= credits
            self.look()

    @rule(quota=st.none() | AMOUNTS)
    def set_quota(self, quota: int | None) -> None:
        """The user's quota is set or turned off."""
        moved = (quota or 0) - (self.quota or 0)
        work = set_user_quota(
            self.services, self.world.holder, account=self.row.name, login=self.user.login,
            enabled=quota is not None, credits=quota,
        )  # fmt: skip
        if self.funded(work, suffices=moved <= self.left):
            self.left -= moved
            self.quota = quota
            self.look()

    @rule(by_user=st.booleans(), count=st.integers(1, 3))
    def send(self, by_user: bool, count: int) -> None:  # noqa: FBT001
        """The user or the holder sends."""
        by = self.world.as_user(self.user) if by_user else self.world.holder
        from_quota = by_user and self.quota is not None
        work = send_message(self.services, by, draft(self.row, *numbers(count)), idempotency_key=None)
        spendable = self.remaining if by_user else self.left
        if self.funded(work, suffices=count * RATE <= spendable):
            if from_quota:
                self.quota = (self.quota or 0) - count * RATE
            else:
                self.left -= count * RATE
            self.queued += [from_quota] * count
            self.look()

    @rule()
    def cancel(self) -> None:
        """All waiting messages, including alerts, are cancelled and refunded."""
        self.run(cancel_pending_messages(self.services, self.world.holder, account=self.row.name, login=None))
        for from_quota in self.queued:
            if from_quota and self.quota is not None:
                self.quota += RATE
            else:
                self.left += RATE
        if self.queued:
            self.queued = []
            self.look()

    @rule()
    def tell(self) -> None:
        """A worker sends the alerts; the account pays for each while it can."""
        assert self.run(send_due_sms(self.services, limit=100)) == self.unsent
        paid = min(self.unsent, self.left // RATE)
        self.left -= paid * RATE
        self.queued += [False] * paid
        self.unsent = 0

    @rule(threshold=THRESHOLDS)
    def limit_account(self, threshold: int | None) -> None:
        """The account's limit is set or turned off."""
        on: dict[str, Any] = {"threshold": threshold, "channel": AlertChannel.SMS, "phone_number": PHONE}
        self.run(agree(self.row, PHONE))
        self.run(
            set_account_limit(
                self.services,
                self.world.holder,
                account=self.row.name,
                enabled=threshold is not None,
                **(on if threshold is not None else {}),
            )
        )
        self.of_account.set(threshold, self.left)

    @rule(threshold=THRESHOLDS)
    def limit_user(self, threshold: int | None) -> None:
        """The user's limit is set or turned off."""
        on: dict[str, Any] = {"threshold": threshold, "channel": AlertChannel.MAIL, "email": EMAIL}
        self.run(agree(self.row, EMAIL))
        self.run(
            set_user_limit(
                self.services,
                self.world.holder,
                account=self.row.name,
                login=self.user.login,
                enabled=threshold is not None,
                **(on if threshold is not None else {}),
            )
        )
        self.of_user.set(threshold, self.remaining)

    def teardown(self) -> None:
        """Leave nothing to send for the next example."""
        if hasattr(self, "row"):
            self.run(send_due_sms(self.services, limit=100))

    @invariant()
    def the_alerts_are_the_models(self) -> None:
        """Alerts, arming, credits and books are those of the model."""
        if not hasattr(self, "of_user"):
            return
        account = self.run(check_books(self.row.id))
        user = self.run(_user(self.user.id))
        assert account.credits_left == self.left
        assert self.run(_alerts(account.id, None)) == self.of_account.alerts
        assert self.run(_alerts(account.id, self.user.id)) == self.of_user.alerts
        if account.alert_on:
            assert account.alert_armed == self.of_account.armed
        if user.limit_on:
            assert user.limit_armed == self.of_user.armed


async def _user(user_id: int) -> User:
    return await User.get(id=user_id)


async def _alerts(account_id: int, user_id: int | None) -> list[int]:
    rows = await LimitAlert.filter(account_id=account_id, user_id=user_id).order_by("sequence")
    return [row.remaining for row in rows]


@pytest.fixture
def opened(database_url: str) -> Iterator[OpenDatabase]:
    """A database with a loop that outlives the examples."""
    with asyncio.Runner() as runner:
        opened = OpenDatabase(runner, database_url)
        yield opened
        opened.close()


def test_alerts_are_raised_exactly_at_falls(opened: OpenDatabase) -> None:
    """Grants, corrections, quotas, sends, cancels, alerts by SMS and changes of the limits, in any order."""

    class ThisWatch(Watch):
        pass

    ThisWatch.opened = opened
    run_state_machine_as_test(
        ThisWatch,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
