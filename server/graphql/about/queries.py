"""The root queries about the server itself."""

from server.graphql.about.health import ServerHealth
from server.graphql.about.types import About
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.context import Info


@object_type(access=Access.SIGNED_IN, description="Queries about the server itself.")
class AboutQueries:
    @resolved(access=Access.ANYONE, description="Public information about this server.")
    def about(self, info: Info) -> About:
        return About.load(info)

    @resolved(
        access=Access.OPERATOR,
        description="How this server does: its database, what waits, and its links. For operators only.",
    )
    async def server_health(self, info: Info) -> ServerHealth:
        return await ServerHealth.load(info.context.services)
