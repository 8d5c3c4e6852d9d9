"""The lengths of the queues."""

from typing import NamedTuple

from server.store.models import (
    CallbackDelivery,
    CallbackState,
    CallbackTarget,
    Message,
    MessageState,
    Notification,
    NotificationState,
    Receipt,
)


class Queues(NamedTuple):
    """Numbers of rows; `oldest_due_us` is since when the longest due message is due, if any is."""

    due: int
    deferred: int
    claimed: int
    oldest_due_us: int | None
    receipts: int
    callbacks: int
    disabled_targets: int


async def queue_lengths(at_us: int) -> Queues:
    """Return how much waits at a time, with one statement per number."""
    queued = Message.filter(state=MessageState.QUEUED)
    due = queued.filter(due_at_us__lte=at_us)
    oldest = await due.order_by("due_at_us").first()
    return Queues(
        due=await due.count(),
        deferred=await queued.filter(due_at_us__gt=at_us).count(),
        claimed=await Message.filter(state=MessageState.CLAIMED).count(),
        oldest_due_us=None if oldest is None else oldest.due_at_us,
        receipts=await Receipt.filter(message_part_id=None).count(),
        callbacks=await CallbackDelivery.filter(state=CallbackState.WAITING).count(),
        disabled_targets=await CallbackTarget.filter(disabled_at_us__isnull=False).count(),
    )


class Outbox(NamedTuple):
    """Numbers of callbacks and notifications that wait, and since when the longest due one is due, if any is."""

    callbacks_due: int
    oldest_callback_us: int | None
    notifications: int
    oldest_notification_us: int | None


async def outbox_lengths(at_us: int) -> Outbox:
    """Return what waits to be told to others at a time."""
    callbacks = CallbackDelivery.filter(state=CallbackState.WAITING, due_at_us__lte=at_us)
    notifications = Notification.filter(state=NotificationState.WAITING)
    callback = await callbacks.order_by("due_at_us").first()
    notification = await notifications.filter(due_at_us__lte=at_us).order_by("due_at_us").first()
    return Outbox(
        callbacks_due=await callbacks.count(),
        oldest_callback_us=None if callback is None else callback.due_at_us,
        notifications=await notifications.count(),
        oldest_notification_us=None if notification is None else notification.due_at_us,
    )
