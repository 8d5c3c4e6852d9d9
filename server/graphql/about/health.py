"""The health of the server, as its operators see it."""

from server.gateways.link_state import LinkStatus
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.enums import DatabaseKind
from server.graphql.schema.scalars import DateTime
from server.operations.core.services import Services
from server.operations.links.links import reported_states
from server.store.database import dialect, missing_migrations
from server.store.queries.dispatch.queues import outbox_lengths, queue_lengths
from server.store.queries.links import enabled_links

OLDEST = "Since when the one that has waited longest is due; null if none is due."


@object_type(
    access=Access.OPERATOR,
    description=(
        "What waits on this server, and whether it gets on. All numbers but `listeners` are those of all "
        "its processes together."
    ),
)
class ServerHealth:
    """What an operator looks at first."""

    database: DatabaseKind = field(description="The kind of database.")
    missing_migrations: list[str] = field(
        description="The migrations that the database lacks. Empty if it is up to date."
    )
    messages_due: int = field(description="Messages that wait for a worker to submit them now.")
    messages_deferred: int = field(
        description="Messages that wait for a later time: deferred, held back, or to be tried again."
    )
    messages_claimed: int = field(description="Messages that a worker is submitting.")
    oldest_message_due_at: DateTime | None = field(description=OLDEST)
    receipts_waiting: int = field(description="Stored receipts that are not applied yet.")
    callbacks_waiting: int = field(description="Callbacks that wait for an attempt, now or later.")
    callbacks_due: int = field(description="Callbacks that wait for an attempt now.")
    oldest_callback_due_at: DateTime | None = field(description=OLDEST)
    callback_urls_disabled: int = field(
        description="Callback URLs that are disabled, because they failed for too long or answered 410."
    )
    notifications_waiting: int = field(description="Mails and text messages of alerts that wait to be sent.")
    oldest_notification_due_at: DateTime | None = field(description=OLDEST)
    links_enabled: int = field(
        description="Links to operators that are enabled, including one from the settings."
    )
    links_bound: int = field(description="Links that can take messages now.")
    listeners: int = field(
        description="Subscriptions and worker loops of the process that answers that wait for a wake-up."
    )

    @classmethod
    async def load(cls, services: Services) -> "ServerHealth":
        """Return the health of the server as it is now."""
        now_us = services.clock.now_us()
        queues, outbox = await queue_lengths(now_us), await outbox_lengths(now_us)
        states = await reported_states(services)
        enabled = {link.name for link in await enabled_links()} | states.keys()
        return cls(
            database=DatabaseKind(dialect()),
            missing_migrations=await missing_migrations(),
            messages_due=queues.due,
            messages_deferred=queues.deferred,
            messages_claimed=queues.claimed,
            oldest_message_due_at=_time(queues.oldest_due_us),
            receipts_waiting=queues.receipts,
            callbacks_waiting=queues.callbacks,
            callbacks_due=outbox.callbacks_due,
            oldest_callback_due_at=_time(outbox.oldest_callback_us),
            callback_urls_disabled=queues.disabled_targets,
            notifications_waiting=outbox.notifications,
            oldest_notification_due_at=_time(outbox.oldest_notification_us),
            links_enabled=len(enabled),
            links_bound=sum(state.status is LinkStatus.BOUND for state in states.values()),
            listeners=services.bus.listener_count(),
        )


def _time(at_us: int | None) -> DateTime | None:
    return None if at_us is None else DateTime(at_us)
