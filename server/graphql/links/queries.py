"""The root queries of links to operators."""

from server.graphql.links.types import Link
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.context import Info


@object_type(access=Access.SIGNED_IN, description="Queries of links to operators.")
class LinkQueries:
    @resolved(
        access=Access.OPERATOR,
        description="The links to operators and their state, by name. For operators only.",
    )
    async def links(self, info: Info) -> list[Link]:
        return await Link.all(info, info.context.principal)
