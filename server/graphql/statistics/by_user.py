"""What each user of an account sent, as the schema shows it."""

from typing import Annotated, Any

import strawberry

from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.paging import PageRequest
from server.graphql.schema.scalars import Credits
from server.graphql.statistics.arguments import From, To
from server.graphql.statistics.buckets import check_span
from server.graphql.statistics.loaders import UserCounts, sums_by_user
from server.graphql.statistics.types import shown
from server.graphql.users.types import User

First = Annotated[int | None, strawberry.argument(description="How many users, 1 to 100; 50 by default.")]


@object_type(
    access=Access.HOLDER,
    description=(
        "What one user sent. A message counts at the time it was accepted, with the status it has now. Deleted "
        "users are included, and the holder has an entry for the messages sent without a user."
    ),
)
class UserStatistics:
    """One user's sums, or the holder's."""

    user_id: strawberry.Private[int | None]
    login: str | None = field(
        description="The user's login, kept after the user's deletion; null for the holder."
    )
    messages: int = field(description="How many messages were accepted.")
    parts: int = field(description="How many parts they have.")
    credits: Credits = field(description="What was debited for them, refunded or not.")
    refunded: Credits = field(description="What of it was refunded because a message was not billed.")
    delivered: int = field(description="How many of them ended as SUCCESS.")
    failed: int = field(description="How many of them ended as FAILED.")
    not_billed: int = field(description="How many of them ended as NOT_BILLED, including the cancelled ones.")
    pending: int = field(description="How many of them have not ended: CREATED, PENDING or BUFFERED.")

    @resolved(description="The user; null for the holder, and for a deleted user.")
    async def user(self, info: Info) -> User | None:
        """Look the user up, unless it is deleted."""
        row = await loaders.live_user(info, self.user_id)
        return None if row is None else User.of(row)

    @classmethod
    def of(cls, sent: UserCounts) -> "UserStatistics":
        """Return sums as the schema shows them."""
        return cls(user_id=sent.user_id, login=sent.login, **shown(sent.counts))


def statistics_by_user() -> Any:
    """Declare what each user of an account sent."""

    async def resolve(
        root: Any, info: Info, begin: From, end: To, first: First = None
    ) -> list[UserStatistics]:
        check_span(begin, end)
        limit = PageRequest.of(first, None, None, None).size
        sent = await sums_by_user(info, root.row.id, begin, end, limit)
        return [UserStatistics.of(counts) for counts in sent]

    return field(
        description=(
            "What each of its users sent from `from` to `to` (which is excluded), most messages first. Users who "
            "sent nothing are left out."
        ),
        resolver=resolve,
        graphql_type=list[UserStatistics],
    )
