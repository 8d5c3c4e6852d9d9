"""Who is signed in, and access tokens, as the schema shows them."""

import strawberry

from server.graphql.access.holders import Holder
from server.graphql.access.tokens import (
    SESSION_ORDER,
    TOKEN_ORDER,
    AccessToken,
    AccessTokenConnection,
    Session,
    SessionConnection,
)
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.enums import PrincipalKind
from server.graphql.schema.paging import (
    After,
    Before,
    First,
    Last,
    PageRequest,
    connection,
    fetch_page,
)
from server.graphql.schema.scalars import IPAddress
from server.graphql.users.types import User
from server.operations.core.principals import Principal, Scope
from server.operations.core.rate_budget import RateLimit as Limit
from server.store.queries.visible_rows import (
    own_holder,
    own_sessions,
    own_tokens,
    own_user,
)


@object_type(
    access=Access.SIGNED_IN_ANY_SCOPE,
    description=(
        "A caller's budget, in points. An object costs 1; a connection multiplies the cost of what is below "
        "it by its page size. Points that an answer did not need are given back."
    ),
)
class RateLimit:
    capacity: int = field(description="The most points that the budget can have.")
    available: int = field(description="How many points it has now.")
    restored_per_second: int = field(description="How many points it regains per second.")

    @classmethod
    def of(cls, limit: Limit) -> "RateLimit":
        return cls(capacity=limit.capacity, available=limit.available, restored_per_second=limit.per_second)


@object_type(
    access=Access.ANYONE, description="The caller of this request, or the one who has just signed in."
)
class Viewer:
    principal: strawberry.Private[Principal]
    kind: PrincipalKind = field(description="Whether an operator, a holder or an API user is calling.")
    name: str = field(description="The caller's name in the ledger and the audit trail.")
    scopes: list[Scope] = field(description="What this session or token may be used for.")

    @resolved(
        access=Access.SIGNED_IN_ANY_SCOPE,
        description="The caller's GraphQL budget after the charge for this request.",
    )
    def rate_limit(self, info: Info) -> RateLimit:
        return RateLimit.of(info.context.rate_limit)

    @resolved(
        description=(
            "The IP address that this request comes from, as IP restrictions see it. Null if it is unknown."
        )
    )
    def address(self, info: Info) -> IPAddress | None:
        address = info.context.address
        return None if address is None else IPAddress(address)

    @resolved(
        access=Access.SIGNED_IN_ANY_SCOPE, description="The holder who is calling; null for an API user."
    )
    async def holder(self) -> Holder | None:
        row = await own_holder(self.principal)
        return Holder.of(row) if row else None

    @resolved(access=Access.SIGNED_IN, description="The API user who is calling; null for a holder.")
    async def user(self) -> User | None:
        row = await own_user(self.principal)
        return User.of(row) if row else None

    @resolved(access=Access.SIGNED_IN, description="The caller's own access tokens, newest first.")
    async def access_tokens(
        self,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AccessTokenConnection:
        request = PageRequest.of(first, after, last, before)
        page = await fetch_page(own_tokens(self.principal), TOKEN_ORDER, request)
        return connection(AccessTokenConnection, page, TOKEN_ORDER, AccessToken.of)

    @resolved(
        access=Access.SIGNED_IN, description="The caller's own sessions that have not ended, newest first."
    )
    async def sessions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> SessionConnection:
        request = PageRequest.of(first, after, last, before)
        own = own_sessions(self.principal, at_us=info.context.services.clock.now_us())
        page = await fetch_page(own, SESSION_ORDER, request)
        return connection(SessionConnection, page, SESSION_ORDER, Session.of)

    @classmethod
    def of(cls, principal: Principal) -> "Viewer":
        kind = PrincipalKind.HOLDER
        if principal.is_user:
            kind = PrincipalKind.USER
        elif Scope.OPERATE in principal.scopes:
            kind = PrincipalKind.OPERATOR
        return cls(principal=principal, kind=kind, name=principal.name, scopes=sorted(principal.scopes))
