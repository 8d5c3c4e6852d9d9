"""A simulated operator: the last three digits of the receiver decide what happens to a message.

It keeps what it still has to report in its own table, as an operator would in its own store, so a restart of
this server loses nothing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from server.gateways.protocol import (
    Accepted,
    Lane,
    OperatorMessage,
    OperatorReceipt,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    Tell,
    TryLater,
)
from server.kit.clock import SECOND_US, Clock
from server.kit.wakeup import wait
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import PTT_CODES, DeliveryStatus
from server.store.models import SimulatedReceipt
from server.store.queries.gateways import delete_simulated_receipts, next_simulated_receipts
from server.store.writing import insert

NAME = "simulator"
MAX_NAP_SECONDS = 1.0
LATE_STEPS = 20
RETRY_SECONDS = 0.5
CAPACITY = 1_000

DELIVERED = State(DeliveryStatus.SUCCESS, 4)
BUFFERED = State(DeliveryStatus.BUFFERED, 1)


@dataclass(frozen=True, slots=True)
class Script:
    """What the simulator does for a receiver: the receipts with the step at which each comes, and quirks."""

    summary: str
    receipts: tuple[tuple[int, State], ...] = ((1, DELIVERED),)
    refused_with: int | None = None
    first_try_throttled: bool = False
    receipt_first: bool = False
    reply: str | None = None


SPECIAL: dict[str, Script] = {
    "001": Script("buffered with ptt 1, then delivered", ((1, BUFFERED), (2, DELIVERED))),
    "002": Script(
        "buffered with ptt 2, then delivered", ((1, State(DeliveryStatus.BUFFERED, 2)), (2, DELIVERED))
    ),
    "003": Script(
        "accepted, with a receipt that says so again, then delivered",
        (
            (1, State(DeliveryStatus.PENDING, 3)),
            (2, DELIVERED),
        ),
    ),
    "900": Script("accepted, and no receipt ever comes", ()),
    "901": Script("delivered, and the receipt comes twice", ((1, DELIVERED), (2, DELIVERED))),
    "902": Script("delivered, and the receipt comes 20 steps late", ((LATE_STEPS, DELIVERED),)),
    "903": Script(
        "delivered, and the receipts come out of order: the final one first", ((1, DELIVERED), (2, BUFFERED))
    ),
    "904": Script("refused for good at submission with ptt 20: not billed", (), refused_with=20),
    "905": Script("accepted, then not billed with ptt 25", ((1, State(DeliveryStatus.NOT_BILLED, 25)),)),
    "906": Script("delivered, and the receipt comes before the answer to the submission", receipt_first=True),
    "907": Script("delivered, then the receiver replies STOP", reply="STOP"),
    "908": Script("delivered, then the receiver replies with thanks", reply="Thank you!"),
    "909": Script("throttled at the first try, delivered at the next", first_try_throttled=True),
    "910": Script(
        "failed with ptt 777, a code that no table knows", ((1, State(DeliveryStatus.FAILED, 777)),)
    ),
}


def script_for(receiver: str) -> Script:
    """Return the script for a message to this receiver (E.164)."""
    digits = receiver[-3:]
    if digits in SPECIAL:
        return SPECIAL[digits]
    known = PTT_CODES.get(int(digits)) if digits.isdigit() else None
    if known is None or known.delivery_status is None:
        return Script("delivered")
    return Script(f"ends with ptt {known.code}", ((1, State(known.delivery_status, known.code)),))


class Simulator:
    """The simulated operator; `step_seconds` is the delay between two steps of a script."""

    def __init__(self, clock: Clock, *, step_seconds: float) -> None:
        self._clock = clock
        self._step_seconds = step_seconds
        self._throttled: set[int] = set()
        self._news = asyncio.Event()

    @property
    def name(self) -> str:
        """The link's name."""
        return NAME

    @property
    def lanes(self) -> Sequence[Lane]:
        """One lane for all messages, as many as a worker claims at once."""
        return (Lane(capacity=CAPACITY),)

    async def submit(
        self,
        submissions: Sequence[Submission],
        tell: Tell | None = None,  # noqa: ARG002 all answers come together
    ) -> list[SubmitOutcome]:
        """Answer each submission as its receiver's digits say, and store what is to follow."""
        answers: list[SubmitOutcome] = []
        rows: list[SimulatedReceipt] = []
        for submission in submissions:
            script = script_for(submission.receiver)
            if script.first_try_throttled and submission.message_id not in self._throttled:
                self._throttled.add(submission.message_id)
                answers.append(TryLater(RETRY_SECONDS))
                continue
            self._throttled.discard(submission.message_id)
            answers.append(_answer(submission, script))
            rows += self._plan(submission, script)
        # A cancelled bulk insert would leave SQLite's transaction open.
        await asyncio.shield(insert(rows))
        self._news.set()
        if any(script_for(submission.receiver).receipt_first for submission in submissions):
            await asyncio.sleep(self._step_seconds)
        return answers

    async def receive(self, limit: int) -> list[OperatorReceipt | OperatorMessage]:
        """Return what is due, or wait for a while."""
        now_us = self._clock.now_us()
        rows = await next_simulated_receipts(limit)
        due = [row for row in rows if row.due_at_us <= now_us]
        if not due:
            next_us = rows[0].due_at_us if rows else now_us + round(MAX_NAP_SECONDS * SECOND_US)
            nap = min(MAX_NAP_SECONDS, (next_us - now_us) / SECOND_US)
            await wait(self._news, nap)
        return [_received(row) for row in due]

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Delete what has been recorded."""
        await delete_simulated_receipts([item.handle for item in received])

    def _plan(self, submission: Submission, script: Script) -> list[SimulatedReceipt]:
        now_us = self._clock.now_us()
        step_us = round(self._step_seconds * SECOND_US)
        rows = [
            SimulatedReceipt(
                due_at_us=now_us if script.receipt_first else now_us + step * step_us,
                operator_id=_operator_id(submission, index),
                status=state.status,
                ptt=state.ptt,
            )
            for step, state in script.receipts
            for index in range(1, len(submission.parts) + 1)
        ]
        if script.reply is not None:
            rows.append(
                SimulatedReceipt(
                    due_at_us=now_us + 2 * step_us,
                    operator_id=f"{submission.message_id}-reply",
                    sender=submission.receiver,
                    receiver=submission.sender,
                    body=script.reply,
                )
            )
        return rows


def _operator_id(submission: Submission, index: int) -> str:
    return f"{submission.message_id}-{index}"


def _answer(submission: Submission, script: Script) -> Submitted:
    if script.refused_with is not None:
        return Submitted(tuple(Refused(script.refused_with) for _ in submission.parts))
    return Submitted(
        tuple(Accepted(_operator_id(submission, index)) for index in range(1, len(submission.parts) + 1))
    )


def _received(row: SimulatedReceipt) -> OperatorReceipt | OperatorMessage:
    if row.body is not None:
        return OperatorMessage(row.id, row.operator_id, row.sender or "", row.receiver or "", row.body)
    return OperatorReceipt(row.id, row.operator_id, State(DeliveryStatus(row.status or 0), row.ptt))
