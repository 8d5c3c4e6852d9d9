"""Holders, as the schema shows them."""

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.access.tokens import SESSION_ORDER, Session, SessionConnection
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, of_row
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection
from server.graphql.schema.scalars import DateTime
from server.store.models import AccessToken as TokenRow
from server.store.models import Holder as HolderRow
from server.store.queries.visible_rows import live_sessions


def _sessions_of_holders(info: Info) -> QuerySet[TokenRow]:
    """Return the sessions of a visible holder. A token that is bound to accounts sees none of its maker's."""
    sessions = live_sessions(at_us=info.context.services.clock.now_us())
    return sessions if info.context.principal.bound_account_ids is None else sessions.filter(id__in=[])


@object_type(
    access=Access.SIGNED_IN_ANY_SCOPE,
    description="A person who signs in and owns accounts. Visible to that person and to operators.",
)
class Holder(Node):
    row: strawberry.Private[HolderRow]
    id: strawberry.ID = of_row(
        strawberry.ID,
        lambda row: node_id("Holder", row.id),
        description="An opaque id. It never changes.",
    )
    email: str = field(description="The e-mail address to sign in with.")
    name: str = field(description="The holder's name.")
    is_operator: bool = field(description="Whether the holder also runs this server, as an operator.")
    created_at: DateTime = field(description="When the holder was created.")
    enabled: bool = field(description="Whether the holder may sign in.")
    sessions: SessionConnection = loaders.pages_of(
        SessionConnection,
        _sessions_of_holders,
        "holder_id",
        SESSION_ORDER,
        Session.of,
        access=Access.SIGNED_IN,
        description="The holder's sessions that have not ended, newest first.",
    )

    @classmethod
    def of(cls, row: HolderRow) -> "Holder":
        return cls(
            row=row,
            email=row.email,
            name=row.name,
            is_operator=row.is_operator,
            created_at=DateTime(row.created_at_us),
            enabled=row.enabled,
        )


@object_type(access=Access.OPERATOR, description="A page of holders.")
class HolderConnection(Connection[Holder]):
    pass
