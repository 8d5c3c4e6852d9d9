"""The root queries of holders, and of who asks."""

from typing import Annotated

import strawberry

from server.graphql.access.holders import Holder, HolderConnection
from server.graphql.access.inputs import HolderFilter, HolderOrder
from server.graphql.access.types import Viewer
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.store.queries.visible_rows import visible_holders


@object_type(access=Access.SIGNED_IN, description="Queries of holders and the caller.")
class AccessQueries:
    @resolved(
        access=Access.SIGNED_IN_ANY_SCOPE, description="The caller of this request, and what it may do."
    )
    async def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.principal)

    @resolved(access=Access.OPERATOR, description="All holders, operators included. For operators only.")
    async def holders(
        self,
        info: Info,
        filter: Annotated[
            HolderFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        order_by: Annotated[
            HolderOrder | None,
            strawberry.argument(description="The order; null to sort by e-mail address."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> HolderConnection:
        order = HolderOrder.of(order_by)
        rows = visible_holders(info.context.principal)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(HolderConnection, page, order, Holder.of)
