"""The schema: built once for each process, and the same in every profile."""

from collections.abc import AsyncIterator
from typing import cast

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
)
from starlette.websockets import WebSocket
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from server.api import enums  # noqa: F401 declares the enums of the schema
from server.api.access.mutations import AccessMutations
from server.api.accounts.mutations import AccountMutations
from server.api.alerts.types import LimitAlert
from server.api.context import Context
from server.api.credits.mutations import CreditMutations
from server.api.delivery.subscriptions import DeliverySubscriptions
from server.api.errors import ErrorPolicy, coded
from server.api.messages.mutations import MessageMutations
from server.api.permissions import Access, AccessMap, object_type
from server.api.queries import Query
from server.api.scalars import SCALARS
from server.api.senders.mutations import SenderMutations
from server.api.texts import CheckTexts
from server.api.users.mutations import UserMutations
from server.errors import Denied, Unauthenticated


@object_type(
    access=Access.SIGNED_IN, description="All that can be changed; each answers with what it changed."
)
class Mutation(
    AccessMutations, AccountMutations, UserMutations, CreditMutations, MessageMutations, SenderMutations
):
    """The root of mutations."""


@object_type(access=Access.SIGNED_IN, description="All that can be followed live.")
class Subscription(DeliverySubscriptions):
    """The root of subscriptions."""


class CheckAccess(SchemaExtension):
    """Refuses an operation as a whole, before any of it is executed, if a field of it is not allowed."""

    execution_context: ExecutionContext

    async def on_execute(self) -> AsyncIterator[None]:
        """Check every field that the operation could select."""
        running = self.execution_context
        context: Context = running.context
        if isinstance(context.request, WebSocket):
            await context.identify_again()
        document = cast("DocumentNode", running.graphql_document)  # parsed and validated by now
        try:
            accesses.check(document, running.operation_name, context.caller)
        except Denied as error:
            # Whose credentials were no good hears why, rather than that there were none.
            cause = context.refusal if isinstance(error, Unauthenticated) and context.refusal else error
            raise coded(GraphQLError(cause.message, original_error=cause)) from error
        yield


class QuietSchema(strawberry.Schema):
    """A schema that leaves the logging of errors to the error policy, which knows what is a fault of ours."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing."""


def _drop_null_defaults(core: GraphQLSchema) -> None:
    """Have what may be left out say so by its type alone: a default of null would tell nobody more.

    What is left out is then not passed on at all, and the resolver's or the input's own default holds.
    """
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            inputs = list(type_.fields.values())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            inputs = [argument for field in type_.fields.values() for argument in field.args.values()]
        else:
            continue
        for one in inputs:
            if one.default_value is None:
                one.default_value = Undefined


schema = QuietSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[LimitAlert],
    extensions=[ErrorPolicy, CheckAccess, CheckTexts],
    config=StrawberryConfig(scalar_map=SCALARS),
)
_drop_null_defaults(schema._schema)  # noqa: SLF001 the library has no public way to graphql-core's schema
accesses = AccessMap(schema._schema)  # noqa: SLF001 the library has no public way to graphql-core's schema
