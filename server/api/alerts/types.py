"""Limit alerts, as the schema shows them."""

from server.api.node import Node, node_id
from server.api.paging import Connection, Order
from server.api.permissions import Access, field, object_type
from server.api.scalars import Credits, DateTime, PhoneNumber
from server.models import LimitAlert as AlertRow
from server.rules.thresholds import AlertChannel

ALERT_ORDER = Order("limit alerts", ("sequence",), (int,), descending=True)


@object_type(
    access=Access.HOLDER,
    description=(
        "One fall of a user's remaining credits to its limit, or of the account's credits left to the account's. "
        "For the account's holder and operators."
    ),
)
class LimitAlert(Node):
    """A limit alert."""

    user_login: str | None = field(
        description=(
            "The login of the user whose credits fell, kept after its deletion; "
            "null where it was the account's own that fell."
        )
    )
    remaining: Credits = field(description="What was left.")
    threshold: Credits = field(description="The limit's threshold at that time.")
    channel: AlertChannel = field(description="How the alert is sent.")
    email: str | None = field(description="Where it goes by mail; null where it goes by SMS alone.")
    phone_number: PhoneNumber | None = field(
        description="Where it goes by SMS; null where it goes by mail alone."
    )
    raised_at: DateTime = field(description="When the credits fell.")

    @classmethod
    def of(cls, row: AlertRow) -> "LimitAlert":
        """Return an alert as the schema shows it."""
        return cls(
            id=node_id("LimitAlert", row.id),
            user_login=row.user_login,
            remaining=Credits(row.remaining),
            threshold=Credits(row.threshold),
            channel=row.channel,
            email=row.email,
            phone_number=None if row.phone_number is None else PhoneNumber(row.phone_number),
            raised_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of limit alerts, newest first.")
class LimitAlertConnection(Connection[LimitAlert]):
    """Limit alerts."""
