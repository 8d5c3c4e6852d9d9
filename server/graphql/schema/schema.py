"""The schema: built once for each process, and the same in every profile."""

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_nullable_type,
)
from strawberry.schema.config import StrawberryConfig

from server.graphql.access.mutations import AccessMutations
from server.graphql.access.people import PeopleMutations
from server.graphql.accounts.mutations import AccountMutations
from server.graphql.callbacks.mutations import CallbackMutations
from server.graphql.credits.mutations import CreditMutations
from server.graphql.credits.subscriptions import CreditSubscriptions
from server.graphql.delivery.subscriptions import DeliverySubscriptions
from server.graphql.links.mutations import LinkMutations
from server.graphql.messages.mutations import MessageMutations
from server.graphql.notifications.mutations import AlertMutations
from server.graphql.notifications.subscriptions import AlertSubscriptions
from server.graphql.notifications.types import LimitAlert
from server.graphql.schema import back_references  # noqa: F401 they complete the types
from server.graphql.schema.access import Access, AccessMap, object_type
from server.graphql.schema.malformed_values import refuse_malformed
from server.graphql.schema.root import Query
from server.graphql.schema.scalars import SCALARS
from server.graphql.senders.mutations import SenderMutations
from server.graphql.senders.subscriptions import SenderSubscriptions
from server.graphql.users.mutations import UserMutations


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "All that can be changed. Each answers with what it changed, or with the `userErrors` that refused "
        "it; one that failed is null, beside an error, and what was done before it stays done and told."
    ),
)
class Mutation(
    AccessMutations,
    AccountMutations,
    AlertMutations,
    CallbackMutations,
    UserMutations,
    CreditMutations,
    LinkMutations,
    MessageMutations,
    PeopleMutations,
    SenderMutations,
):
    pass


@object_type(access=Access.SIGNED_IN, description="All that can be followed live.")
class Subscription(DeliverySubscriptions, CreditSubscriptions, AlertSubscriptions, SenderSubscriptions):
    pass


def _drop_null_defaults(core: GraphQLSchema) -> None:
    """Have what may be left out say so by its type alone: a default of null would tell nobody more.

    What is left out is then not passed on at all, and the resolver's or the input's own default holds.
    """
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            values = list(type_.fields.values())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            values = [argument for field in type_.fields.values() for argument in field.args.values()]
        else:
            continue
        for value in values:
            if value.default_value is None:
                value.default_value = Undefined


def _let_roots_fail_alone(core: GraphQLSchema) -> None:
    """Let each root field of queries and mutations be null: one that fails takes nothing from its siblings."""
    for root in filter(None, (core.query_type, core.mutation_type)):
        for field in root.fields.values():
            field.type = get_nullable_type(field.type)


def _know_one_ofs(core: GraphQLSchema) -> None:
    """Have graphql-core know which inputs take one of their fields: the library keeps that to itself.

    So a document that gives two is refused before anything is done with it, as other tools refuse it.
    """
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            definition = type_.extensions.get("strawberry-definition")
            type_.is_one_of = definition is not None and definition.is_one_of


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[LimitAlert],
    config=StrawberryConfig(scalar_map=SCALARS),
)
core_schema = schema._schema  # noqa: SLF001 the library has no public way to graphql-core's schema
_drop_null_defaults(core_schema)
_know_one_ofs(core_schema)
_let_roots_fail_alone(core_schema)
refuse_malformed(core_schema)
accesses = AccessMap(core_schema)
