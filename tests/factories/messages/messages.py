"""Messages at each stage, made by the operations that a worker uses."""

from collections.abc import Sequence
from typing import Any

from server.gateways.protocol import Accepted, OperatorReceipt, Refused, SubmitOutcome, Submitted
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.operations.dispatch.claims import Claim, SubmitAttempt, claim_due, record_attempts
from server.operations.dispatch.receipts import apply_receipts, store_receipts
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, Message, MessageState

GATEWAY = "link"
RECEIVER = "+33612345000"
LONG_TEXT = "x" * 161
"""A text of two parts."""

DELIVERED = State(DeliveryStatus.SUCCESS, 4)
BUFFERED = State(DeliveryStatus.BUFFERED, 1)
FAILED = State(DeliveryStatus.FAILED, 24)
NOT_BILLED = State(DeliveryStatus.NOT_BILLED, 25)


def draft(account: Account, *receivers: str, text: str = "Hello", **more: Any) -> Draft:
    """Return a draft to these receivers, or to one in France, at 1 credit a part."""
    return Draft(
        account=account.name,
        receivers=receivers or (RECEIVER,),
        text=text,
        **{"sender": "Chappe", **more},
    )


def numbers(count: int) -> tuple[str, ...]:
    """Return this many different numbers in France."""
    return tuple(f"+336123{index:05d}" for index in range(count))


async def send(
    services: Services, principal: Principal, account: Account, *receivers: str, **more: Any
) -> int:
    """Send a message and return its number (the first of several)."""
    sent = await send_message(services, principal, draft(account, *receivers, **more), idempotency_key=None)
    return sent.message_ids[0]


async def claim(services: Services, limit: int = 200) -> Claim:
    """Claim due messages, as a worker does."""
    return await claim_due(services, limit=limit)


def accepted(*operator_ids: str) -> Submitted:
    """Return the operator's answer that accepts each part, with these ids."""
    return Submitted(tuple(map(Accepted, operator_ids)))


def refused_with(*ptts: int) -> Submitted:
    """Return the operator's answer that refuses each part, for these reasons."""
    return Submitted(tuple(map(Refused, ptts)))


async def answer(services: Services, taken: Claim, *outcomes: SubmitOutcome) -> None:
    """Record the operator's answers to a claim, in the order of its messages."""
    attempts = [
        SubmitAttempt(submission, outcome)
        for submission, outcome in zip(taken.submissions, outcomes, strict=True)
    ]
    await record_attempts(services, taken, GATEWAY, attempts)


async def submit(services: Services, *operator_ids: str) -> None:
    """Claim the only due message, and have each of its parts accepted."""
    await answer(services, await claim(services), accepted(*operator_ids))


async def submit_all(services: Services) -> None:
    """Claim all due messages, and have them accepted."""
    taken = await claim(services)
    ids = [
        [f"{submission.message_id}-{part}" for part in range(len(submission.parts))]
        for submission in taken.submissions
    ]
    await answer(services, taken, *(accepted(*of_message) for of_message in ids))


async def reach() -> None:
    """Mark all messages as delivered over the link, without events."""
    await Message.filter(sent_at_us=None).update(gateway=GATEWAY, sent_at_us=1, state=MessageState.SUBMITTED)


async def receive(services: Services, *receipts: tuple[str, State]) -> None:
    """Store receipts (an operator id and a state each), and apply those with a known part."""
    await store(services, *receipts)
    await apply_receipts(services, limit=200)


async def store(services: Services, *receipts: tuple[str, State]) -> None:
    """Store receipts, without applying them."""
    told = [OperatorReceipt(None, operator_id, state) for operator_id, state in receipts]
    await store_receipts(services, GATEWAY, told)


async def states(message_ids: Sequence[int]) -> list[str]:
    """Return the states of messages."""
    found = {message.id: str(message.state) for message in await Message.filter(id__in=message_ids)}
    return [found[message_id] for message_id in message_ids]


async def status(message_id: int) -> tuple[int, int | None]:
    """Return a message's delivery status and ptt code."""
    message = await Message.get(id=message_id)
    return message.status, message.ptt
