"""Statistics, as the schema shows them."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from server.graphql.loader import Loader
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.enums import StatisticsInterval
from server.graphql.schema.scalars import Credits, DateTime
from server.graphql.statistics.buckets import Span
from server.graphql.statistics.loaders import Counts, count_messages
from server.kit.passes import slices

AT_ONCE = 100
"""Buckets of one span that are made until others have their turn, among them the spans of other accounts."""


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "What was sent in one hour, day or month of UTC. A message counts where it was accepted, and with "
        "the status that it has now."
    ),
)
class StatisticsBucket:
    start: DateTime = field(description="When the interval begins, in UTC.")
    messages: int = field(description="How many messages were accepted.")
    parts: int = field(description="How many parts they have.")
    credits: Credits = field(description="What was debited for them, whether or not it came back.")
    refunded: Credits = field(description="What of it came back, since a message was not billed.")
    delivered: int = field(description="How many of them ended as SUCCESS.")
    failed: int = field(description="How many of them ended as FAILED.")
    not_billed: int = field(description="How many of them ended as NOT_BILLED, the cancelled ones included.")
    pending: int = field(description="How many of them have not ended: CREATED, PENDING or BUFFERED.")

    @classmethod
    def of(cls, start_us: int, counts: Counts) -> "StatisticsBucket":
        return cls(
            start=DateTime(start_us),
            messages=counts.messages,
            parts=counts.parts,
            credits=Credits(counts.credits),
            refunded=Credits(counts.refunded),
            delivered=counts.delivered,
            failed=counts.failed,
            not_billed=counts.not_billed,
            pending=counts.messages - counts.delivered - counts.failed - counts.not_billed,
        )


def statistics_by(column: str, *, description: str, access: Access | None = None) -> Any:
    """Declare the statistics of the messages whose column (`account_id`, `user_id`) holds the parent's id."""

    async def resolve(
        root: Any,
        info: Info,
        begin: Annotated[
            DateTime, strawberry.argument(name="from", description="The first time that counts.")
        ],
        end: Annotated[
            DateTime, strawberry.argument(name="to", description="The first time that no longer counts.")
        ],
        by: Annotated[
            StatisticsInterval, strawberry.argument(description="Whether by hours, days or months of UTC.")
        ],
    ) -> list[StatisticsBucket]:
        span = Span(begin, end, by)
        starts = span.starts()
        account_id = root.row.id if column == "account_id" else root.row.account_id

        async def load(keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], dict[int, Counts]]:
            return await count_messages(column, keys, span, starts)

        loader: Loader[tuple[int, int], dict[int, Counts]] = info.context.loader(
            ("statistics", column, span), load, {}
        )
        counted = await loader.load((account_id, root.row.id))
        buckets: list[StatisticsBucket] = []
        async for some in slices(starts, AT_ONCE):
            buckets += [StatisticsBucket.of(start_us, counted.get(start_us, Counts())) for start_us in some]
        return buckets

    return field(
        description=(
            f"{description} One bucket for each hour, day or month from `from` to `to` (which is excluded), "
            "oldest first, empty ones included; the first and the last hold only what lies between the two. "
            "At most 1,000 buckets."
        ),
        access=access,
        resolver=resolve,
        graphql_type=list[StatisticsBucket],
    )
