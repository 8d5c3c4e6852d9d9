"""The arguments of statistics: a span of time, and how it is cut."""

from typing import Annotated

import strawberry

from server.errors import about
from server.graphql.schema.enums import StatisticsInterval
from server.graphql.schema.scalars import DateTime
from server.graphql.statistics.buckets import Span
from server.rules.messages.deferral import check_time_zone

From = Annotated[DateTime, strawberry.argument(name="from", description="The first time that counts.")]
To = Annotated[DateTime, strawberry.argument(name="to", description="The first time that no longer counts.")]
By = Annotated[StatisticsInterval, strawberry.argument(description="Whether by hours, by days or by months.")]
TimeZone = Annotated[
    str | None,
    strawberry.argument(
        description="The IANA time zone whose hours, days and months are counted, like Europe/Paris; UTC by default."
    ),
]


def span_of(begin: int, end: int, by: StatisticsInterval, time_zone: str | None) -> Span:
    """Return the span that these arguments give.

    Raises:
        InvalidInput: INVALID_TIME_ZONE.
    """
    with about("timeZone"):
        return Span(begin, end, by, "UTC" if time_zone is None else check_time_zone(time_zone))
