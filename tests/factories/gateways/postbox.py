"""The smallest possible link, with its own kind: it accepts what fits it, and delivers at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from server.gateways.link_state import BindKind, BindState, ChannelState, LinkState
from server.gateways.protocol import (
    Accepted,
    OperatorMessage,
    OperatorReceipt,
    PooledLink,
    Submission,
    SubmitOutcome,
    Submitted,
    Tell,
)
from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Route
from server.rules.messages.ptt import DeliveryStatus

DELIVERED = State(DeliveryStatus.SUCCESS, 4)
NAP_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class PostboxSetup:
    """The settings of a postbox."""

    route: Route
    version: int = 1

    @property
    def name(self) -> str:
        """The link's name."""
        return self.route.link


class Postbox:
    """A link that keeps its messages."""

    max_resends = None
    pauses = False
    capacity = 100

    def __init__(self, setup: PostboxSetup, before: PooledLink | None) -> None:
        """Take the settings, and the previous link of this name."""
        self.before = before
        self.name, self.version, self.route = setup.name, setup.version, setup.route
        self.is_open = False
        self.taken: list[Submission] = []
        self._receipts: list[OperatorReceipt] = []

    @property
    def unacknowledged(self) -> int:
        """The number of receipts that are not recorded yet."""
        return len(self._receipts)

    @property
    def state(self) -> LinkState:
        """Its state."""
        state = ChannelState.BOUND if self.is_open else ChannelState.STOPPED
        return LinkState(name=self.name, binds=(BindState(BindKind.TRANSCEIVER, state),))

    def carries(self, submission: Submission) -> bool:
        """Accept any text."""
        return bool(submission.parts)

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> Sequence[SubmitOutcome]:
        """Accept and deliver all messages."""
        del tell
        answers = []
        for submission in submissions:
            self.taken.append(submission)
            ids = [f"{submission.message_id}-{index}" for index in range(1, len(submission.parts) + 1)]
            self._receipts += [OperatorReceipt(id, id, DELIVERED, link=self.name) for id in ids]
            answers.append(Submitted(tuple(Accepted(id) for id in ids), self.name))
        return answers

    async def receive(self, limit: int) -> Sequence[OperatorReceipt | OperatorMessage]:
        """Return the receipts that are not recorded yet."""
        if not self._receipts:
            await asyncio.sleep(NAP_SECONDS)
        return self._receipts[:limit]

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Forget recorded receipts."""
        handles = {item.handle for item in received}
        self._receipts = [receipt for receipt in self._receipts if receipt.handle not in handles]

    def start(self) -> None:
        """Open it."""
        self.is_open = True

    async def stop(self) -> None:
        """Close it."""
        self.is_open = False
