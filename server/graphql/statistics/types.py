"""Statistics of an account or a user, as the schema shows them."""

from typing import Any

from server.graphql.delivery.types import PttCode
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.scalars import Credits, DateTime
from server.graphql.statistics import loaders
from server.graphql.statistics.arguments import By, From, TimeZone, To, span_of
from server.graphql.statistics.buckets import check_span
from server.graphql.statistics.loaders import Counts, Of, owner_of
from server.kit.passes import slices
from server.rules.statistics.delivery_times import quantile

AT_ONCE = 100
"""How many buckets are made before other work, such as the spans of other accounts, gets a turn."""

CUT = (
    "One bucket for each hour, day or month from `from` to `to` (which is excluded), oldest first, empty "
    "ones included. The first and the last only cover the time between the two. At most 1,000 buckets."
)


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "What was sent in one hour, day or month. A message counts when it was accepted, with its present "
        "status."
    ),
)
class StatisticsBucket:
    start: DateTime = field(description="When the interval begins, in UTC.")
    messages: int = field(description="How many messages were accepted.")
    parts: int = field(description="How many parts they have.")
    credits: Credits = field(description="The credits debited for them, refunded or not.")
    refunded: Credits = field(description="The credits refunded because a message was not billed.")
    delivered: int = field(description="How many of them ended as SUCCESS.")
    failed: int = field(description="How many of them ended as FAILED.")
    not_billed: int = field(description="How many of them ended as NOT_BILLED, including the cancelled ones.")
    pending: int = field(description="How many of them have not ended: CREATED, PENDING or BUFFERED.")

    @classmethod
    def of(cls, start_us: int, counts: Counts) -> "StatisticsBucket":
        return cls(start=DateTime(start_us), **shown(counts))


@object_type(
    access=Access.SIGNED_IN,
    description="How many messages ended with one ptt code. A message counts when it was accepted.",
)
class PttShare:
    ptt: PttCode = field(description="The code with its meaning.")
    messages: int = field(description="How many messages ended with it.")
    share: float = field(
        description="Their share of all messages of the span that ended with a code, from 0 to 1."
    )


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "How long delivery took, for the messages accepted in one hour, day or month. The time runs from "
        "when a message could go (its acceptance, or the end of its deferral or of its wait for advertising "
        "hours) until its receipt with SUCCESS was recorded. The seconds are accurate to a fifth, or to "
        "half a second."
    ),
)
class DeliveryTimes:
    start: DateTime = field(description="When the interval begins, in UTC.")
    delivered: int = field(description="How many messages ended as SUCCESS.")
    median_seconds: float | None = field(
        description="Within how many seconds half of them were delivered; null if none was."
    )
    p95_seconds: float | None = field(
        description="Within how many seconds 95 % of them were delivered; null if none was."
    )

    @classmethod
    def of(cls, start_us: int, counts: dict[int, int]) -> "DeliveryTimes":
        return cls(
            start=DateTime(start_us),
            delivered=sum(counts.values()),
            median_seconds=quantile(counts, 0.5),
            p95_seconds=quantile(counts, 0.95),
        )


def shown(counts: Counts) -> dict[str, Any]:
    """Return sums by the names that they have in the schema."""
    return {
        "messages": counts.messages,
        "parts": counts.parts,
        "credits": Credits(counts.credits),
        "refunded": Credits(counts.refunded),
        "delivered": counts.delivered,
        "failed": counts.failed,
        "not_billed": counts.not_billed,
        "pending": counts.pending,
    }


def statistics_of(of: Of, *, description: str) -> Any:
    """Declare the statistics of an account or a user."""

    async def resolve(
        root: Any, info: Info, begin: From, end: To, by: By, time_zone: TimeZone = None
    ) -> list[StatisticsBucket]:
        span = span_of(begin, end, by, time_zone)
        starts = span.starts()
        counted = await loaders.sums(info, owner_of(of, root.row), span, starts)
        buckets: list[StatisticsBucket] = []
        async for some in slices(starts, AT_ONCE):
            buckets += [StatisticsBucket.of(start_us, counted.get(start_us, Counts())) for start_us in some]
        return buckets

    return field(description=f"{description} {CUT}", resolver=resolve, graphql_type=list[StatisticsBucket])


def ptt_shares_of(of: Of, *, description: str) -> Any:
    """Declare how often the messages of an account or a user ended with which ptt code."""

    async def resolve(root: Any, info: Info, begin: From, end: To) -> list[PttShare]:
        check_span(begin, end)
        counted = await loaders.ptts(info, owner_of(of, root.row), begin, end)
        total = sum(counted.values())
        return [
            PttShare(ptt=PttCode.of(code), messages=count, share=count / total)
            for code, count in list(counted.items())[: loaders.MAX_PTTS]
        ]

    return field(
        description=(
            f"{description} The most frequent codes come first, at most {loaders.MAX_PTTS} of them. "
            "Messages that have not ended, or ended without a code, do not count."
        ),
        resolver=resolve,
        graphql_type=list[PttShare],
    )


def delivery_times_of(of: Of, *, description: str) -> Any:
    """Declare how long the delivery of an account's or a user's messages took."""

    async def resolve(
        root: Any, info: Info, begin: From, end: To, by: By, time_zone: TimeZone = None
    ) -> list[DeliveryTimes]:
        span = span_of(begin, end, by, time_zone)
        starts = span.starts()
        counted = await loaders.delivery_times(info, owner_of(of, root.row), span, starts)
        buckets: list[DeliveryTimes] = []
        async for some in slices(starts, AT_ONCE):
            buckets += [DeliveryTimes.of(start_us, counted.get(start_us, {})) for start_us in some]
        return buckets

    return field(description=f"{description} {CUT}", resolver=resolve, graphql_type=list[DeliveryTimes])
