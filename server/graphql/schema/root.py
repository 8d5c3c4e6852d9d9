"""The root queries."""

from typing import Annotated

import strawberry

from server.errors import InvalidInput
from server.graphql.about.queries import AboutQueries
from server.graphql.access.queries import AccessQueries
from server.graphql.accounts.queries import AccountQueries
from server.graphql.credits.queries import CreditQueries
from server.graphql.delivery.queries import DeliveryQueries
from server.graphql.links.queries import LinkQueries
from server.graphql.messages.queries import MessageQueries
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node
from server.graphql.schema.nodes import find_nodes
from server.graphql.senders.queries import SenderQueries
from server.graphql.users.queries import UserQueries

MAX_NODES = 100


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "All queries. A field that fails is null, with an entry in `errors`; the other fields are still "
        "answered."
    ),
)
class Query(
    AboutQueries,
    AccessQueries,
    AccountQueries,
    UserQueries,
    SenderQueries,
    DeliveryQueries,
    MessageQueries,
    CreditQueries,
    LinkQueries,
):
    @resolved(description="An object by its id; null if it does not exist, or you may not see it.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The value of its `id` field.")],
    ) -> Node | None:
        [node] = await find_nodes(info, [id])
        return node

    @resolved(
        description=(
            "Several objects by their ids, in the given order; null for each one that does not exist or that "
            "you may not see."
        )
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 ids.")],
    ) -> list[Node | None]:
        if len(ids) > MAX_NODES:
            raise InvalidInput(f"At most {MAX_NODES} ids.")
        return await find_nodes(info, ids)
