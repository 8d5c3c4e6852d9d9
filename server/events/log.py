"""Reading an account's event log from a cursor on, and following it live."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from server.events.bus import Bus, account_topic
from server.kit.wakeup import wait
from server.models import Account, DeliveryEvent

POLL_SECONDS = 1.0
BATCH = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are followed: an account's, or just those of one user or one message of it."""

    account_id: int
    user_id: int | None = None
    message_id: int | None = None


async def follow(bus: Bus, selection: Selection, *, after: int | None) -> AsyncGenerator[DeliveryEvent, None]:
    """Yield each event after a sequence (None: from now on), in order, without a gap or a repeat.

    Sequences are in commit order, so what lies behind the last one read can't be missing anything.
    """
    with bus.listen(account_topic(selection.account_id)) as event:
        position = after if after is not None else await _latest(selection.account_id)
        while True:
            batch = await read(selection, after=position, limit=BATCH)
            for delivery_event in batch:
                position = delivery_event.sequence
                yield delivery_event
            if not batch:
                await wait(event, POLL_SECONDS)


async def read(selection: Selection, *, after: int, limit: int) -> list[DeliveryEvent]:
    """Return the events after a sequence, oldest first."""
    events = DeliveryEvent.filter(account_id=selection.account_id, sequence__gt=after)
    if selection.user_id is not None:
        events = events.filter(user_id=selection.user_id)
    if selection.message_id is not None:
        events = events.filter(message_id=selection.message_id)
    return await events.order_by("sequence").limit(limit)


async def _latest(account_id: int) -> int:
    account = await Account.get(id=account_id)
    return int(account.event_sequence)
