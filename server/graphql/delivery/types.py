"""Delivery statuses, ptt codes and delivery events, as the schema shows them."""

import strawberry

from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import DateTime
from server.rules.messages import ptt
from server.rules.messages.event_cursors import EVENT_LOG
from server.rules.messages.ptt import DeliveryStatus, PttDuration
from server.store.models import DeliveryEvent as EventRow

EVENT_ORDER = Order(EVENT_LOG, ("sequence",), (int,), mark="at_us")


@object_type(
    access=Access.ANYONE,
    description="A ptt code: the detailed reason for a delivery status. Anyone may read the table.",
)
class PttCode:
    code: int = field(description="The number in receipts and callbacks.")
    known: bool = field(
        description="Whether this server knows the code. Unknown codes are kept as they come."
    )
    description: str = field(description="What it means.")
    comment: str | None = field(
        description="What it leads to, or when it occurs; null if there is nothing to add."
    )
    duration: PttDuration = field(description="How long the reason lasts.")
    delivery_status: DeliveryStatus | None = field(
        description="The status that a receipt with this code leads to; null for an unknown code."
    )
    final: bool | None = field(description="Whether that status is final; null for an unknown code.")

    @classmethod
    def of(cls, code: int) -> "PttCode":
        entry = ptt.ptt_code(code)
        return cls(
            code=entry.code,
            known=entry.known,
            description=entry.description,
            comment=entry.comment,
            duration=entry.duration,
            delivery_status=entry.delivery_status,
            final=entry.final,
        )

    @classmethod
    def maybe(cls, code: int | None) -> "PttCode | None":
        """Return a code as the schema shows it; None stays None."""
        return None if code is None else cls.of(code)


@object_type(
    access=Access.ANYONE,
    description="A delivery status with its number in callbacks. Anyone may read the table.",
)
class DeliveryStatusDetails:
    status: DeliveryStatus = field(description="Its name in this schema.")
    number: int = field(description="Its number in callbacks and in the DLR table: 0, 1, 2, 4, 8 or 16.")
    description: str = field(description="What it means.")
    final: bool = field(description="Whether it is final.")

    @classmethod
    def of(cls, status: DeliveryStatus) -> "DeliveryStatusDetails":
        return cls(status=status, number=int(status), description=status.description, final=status.final)


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "An accepted message, or a change of its delivery status. An API user sees those of its own messages."
    ),
)
class DeliveryEvent(Node):
    row: strawberry.Private[EventRow]
    cursor: str = field(
        description=(
            "An opaque cursor. Pass it as `after` to continue from here, in the query or in the subscription."
        )
    )
    sequence: str = field(
        description="The event's number in its account's log, from 1 without gaps, in the order of commits."
    )
    previous_status: DeliveryStatus | None = field(
        description=(
            "The status before; null in a message's first event (CREATED), which says that it was accepted."
        )
    )
    status: DeliveryStatus = field(description="The new status.")
    previous_ptt: PttCode | None = field(description="The reason before; null if there was none.")
    ptt: PttCode | None = field(description="The reason now; null if there is none.")
    occurred_at: DateTime = field(description="When this server recorded it.")

    @classmethod
    def of(cls, row: EventRow) -> "DeliveryEvent":
        return cls(
            row=row,
            id=node_id("DeliveryEvent", row.id),
            cursor=EVENT_ORDER.cursor(row),
            sequence=str(row.sequence),
            previous_status=None if row.previous_status is None else DeliveryStatus(row.previous_status),
            status=DeliveryStatus(row.status),
            previous_ptt=PttCode.maybe(row.previous_ptt),
            ptt=PttCode.maybe(row.ptt),
            occurred_at=DateTime(row.at_us),
        )


@object_type(access=Access.SIGNED_IN, description="A page of delivery events, oldest first.")
class DeliveryEventConnection(Connection[DeliveryEvent]):
    pass
