"""Writing the event log: one entry for each accepted message, and one for each change of its status."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.kit.meters import Meters
from server.operations.callbacks import outbox
from server.operations.core.transactions import count
from server.rules.dispatch.delivery_state import State
from server.store.models import Account, DeliveryEvent, Message
from server.store.queries.messages import draw_event_numbers
from server.store.writing import insert, new


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a message's status; `user_id` is the user that sent the message, if one did."""

    message_id: int
    user_id: int | None
    before: State
    after: State


async def record_accepted(account: Account, messages: Sequence[Message]) -> None:
    """Append accepted messages to the event log of a locked account, in their order.

    The debit has just drawn as many numbers of the log. There are no callbacks: the sender has the answer,
    and callbacks report changes.
    """
    first = account.event_sequence - len(messages) + 1
    await insert(
        [
            new(
                DeliveryEvent,
                account_id=account.id,
                sequence=sequence,
                message_id=message.id,
                user_id=message.user_id,
                status=message.status,
                at_us=message.created_at_us,
            )
            for sequence, message in enumerate(messages, start=first)
        ]
    )


async def record_changes(account: Account, changes: Sequence[Change], *, at_us: int) -> None:
    """Append changes to the event log of a locked account, in their order.

    The sequences are drawn from the account's row, whose lock is held until the commit. So a reader that sees
    one of them sees all before it.
    """
    if not changes:
        return
    await draw_event_numbers(account.id, len(changes))
    events = []
    for change in changes:
        account.event_sequence += 1
        events.append(
            new(
                DeliveryEvent,
                account_id=account.id,
                sequence=account.event_sequence,
                message_id=change.message_id,
                user_id=change.user_id,
                previous_status=change.before.status,
                status=change.after.status,
                previous_ptt=change.before.ptt,
                ptt=change.after.ptt,
                at_us=at_us,
            )
        )
    await insert(events)
    count(lambda meters: _count_changes(meters, changes))
    await outbox.enqueue_status(account, events, at_us=at_us)


def _count_changes(meters: Meters, changes: Sequence[Change]) -> None:
    for change in changes:
        meters.delivery_changes.labels(change.after.status.name).inc()
