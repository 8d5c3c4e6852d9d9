"""Access tokens and sessions, as the schema shows them."""

import strawberry

from server.graphql.schema.access import Access, field, object_type, of_row, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import (
    Connection,
    Order,
)
from server.graphql.schema.scalars import DateTime, IPAddress
from server.operations.access.authentication import token_scopes
from server.operations.core.principals import Scope
from server.store.models import AccessToken as TokenRow

TOKEN_ORDER = Order("access tokens", ("id",), (int,), descending=True)
SESSION_ORDER = Order("sessions", ("id",), (int,), descending=True)


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "A bearer token for programs, without its secret. Visible to its maker and to the user's holder."
    ),
)
class AccessToken(Node):
    row: strawberry.Private[TokenRow]
    id: strawberry.ID = of_row(
        strawberry.ID,
        lambda row: node_id("AccessToken", row.id),
        description="An opaque id. It never changes.",
    )
    label: str = field(description="What its maker calls it.")
    scopes: list[Scope] = field(description="What it may be used for.")
    created_at: DateTime = field(description="When it was made.")
    expires_at: DateTime = field(description="When it ends.")
    last_used_at: DateTime | None = field(description="When it was last used, to the minute; null if never.")
    revoked_at: DateTime | None = field(description="When it was revoked; null if it is not.")

    @classmethod
    def of(cls, row: TokenRow) -> "AccessToken":
        return cls(
            row=row,
            label=row.label,
            scopes=sorted(token_scopes(row)),
            created_at=DateTime(row.created_at_us),
            expires_at=DateTime(row.expires_at_us),
            last_used_at=None if row.last_used_at_us is None else DateTime(row.last_used_at_us),
            revoked_at=None if row.revoked_at_us is None else DateTime(row.revoked_at_us),
        )


@object_type(access=Access.SIGNED_IN, description="A page of access tokens, newest first.")
class AccessTokenConnection(Connection[AccessToken]):
    pass


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "A sign-in that has not ended. Visible to the person or user who signed in, to a user's holder, "
        "and to operators."
    ),
)
class Session(Node):
    row: strawberry.Private[TokenRow]
    id: strawberry.ID = of_row(
        strawberry.ID,
        lambda row: node_id("Session", row.id),
        description="An opaque id. It never changes.",
    )
    created_at: DateTime = field(description="When it started.")
    expires_at: DateTime = field(description="When it expires.")
    last_used_at: DateTime | None = field(description="When it was last used, to the minute; null if never.")
    address: IPAddress | None = field(
        description="The IP address that it was last used from, to the minute; null if unknown."
    )
    user_agent: str | None = field(
        description="The user agent of the program that started it; null if it sent none."
    )

    @resolved(description="Whether this request uses it.")
    def current(self, info: Info) -> bool:
        return bool(self.row.id == info.context.principal.token_id)

    @classmethod
    def of(cls, row: TokenRow) -> "Session":
        return cls(
            row=row,
            created_at=DateTime(row.created_at_us),
            expires_at=DateTime(row.expires_at_us),
            last_used_at=None if row.last_used_at_us is None else DateTime(row.last_used_at_us),
            address=None if row.address is None else IPAddress(row.address),
            user_agent=row.user_agent,
        )


@object_type(access=Access.SIGNED_IN, description="A page of sessions, newest first.")
class SessionConnection(Connection[Session]):
    pass
