"""Writing the event log: one entry for each accepted message, and one for each change of its status."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from server.kit.meters import Meters
from server.operations.callbacks import outbox
from server.operations.core.transactions import count
from server.operations.statistics.tally import Ending, count_accepted, count_ended
from server.rules.dispatch.delivery_state import State
from server.rules.messages.deferral import could_go_us
from server.store.models import Account, DeliveryEvent, Message
from server.store.queries.messages import draw_event_numbers
from server.store.writing import insert, new


@dataclass(frozen=True, slots=True)
class Moved:
    """What must be known of a message that moves on: its sender, its cost and payer, and since when it could go."""

    id: int
    user_id: int | None
    from_quota: bool
    credits: int
    created_at_us: int
    deferred_until_us: int | None
    held_until_us: int | None

    @classmethod
    def of(cls, row: Message) -> Self:
        """Return what must be known of a message that was read."""
        return cls(
            id=row.id,
            user_id=row.user_id,
            from_quota=row.from_quota,
            credits=row.credits,
            created_at_us=row.created_at_us,
            deferred_until_us=row.deferred_until_us,
            held_until_us=row.held_until_us,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one message's status."""

    message: Moved
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
    await count_accepted(account.id, messages)


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
                message_id=change.message.id,
                user_id=change.message.user_id,
                previous_status=change.before.status,
                status=change.after.status,
                previous_ptt=change.before.ptt,
                ptt=change.after.ptt,
                at_us=at_us,
            )
        )
    await insert(events)
    await count_ended(account.id, [_ending(change, at_us) for change in changes if change.after.status.final])
    count(lambda meters: _count_changes(meters, changes))
    await outbox.enqueue_status(account, events, at_us=at_us)


def _count_changes(meters: Meters, changes: Sequence[Change]) -> None:
    for change in changes:
        meters.delivery_changes.labels(change.after.status.name).inc()


def _ending(change: Change, at_us: int) -> Ending:
    message = change.message
    could_go = could_go_us(message.created_at_us, message.deferred_until_us, message.held_until_us)
    return Ending(
        message.user_id, message.created_at_us, message.credits, change.after, took_us=at_us - could_go
    )
