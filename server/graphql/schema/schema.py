"""The schema: built once in each process, and the same in all profiles."""

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
from server.graphql.audit.subscriptions import AuditSubscriptions
from server.graphql.callbacks.mutations import CallbackMutations
from server.graphql.credits.mutations import CreditMutations
from server.graphql.credits.subscriptions import CreditSubscriptions
from server.graphql.delivery.subscriptions import DeliverySubscriptions
from server.graphql.links.mutations import LinkMutations
from server.graphql.messages.mutations import MessageMutations
from server.graphql.notifications.mutations import AlertMutations
from server.graphql.notifications.subscriptions import AlertSubscriptions
from server.graphql.notifications.types import LimitAlert
from server.graphql.schema import back_references  # noqa: F401 importing it completes the types
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
        "All mutations. Each returns what it changed, or `userErrors` that say why it was refused. One that "
        "fails is null, with an entry in `errors`; those before it stay done and keep their results."
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


@object_type(access=Access.SIGNED_IN, description="All subscriptions.")
class Subscription(
    DeliverySubscriptions, CreditSubscriptions, AlertSubscriptions, SenderSubscriptions, AuditSubscriptions
):
    pass


def _drop_null_defaults(core: GraphQLSchema) -> None:
    """Drop defaults of null: that an argument is optional shows in its type.

    An argument that is left out is then not passed on, and the default of the resolver or input applies.
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
    """Make each root field of queries and mutations nullable: one that fails leaves the others alone."""
    for root in filter(None, (core.query_type, core.mutation_type)):
        for field in root.fields.values():
            field.type = get_nullable_type(field.type)


def _know_one_ofs(core: GraphQLSchema) -> None:
    """Tell graphql-core which inputs are @oneOf, because Strawberry does not.

    A document that gives two fields is then refused before anything is done, as other tools do.
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
core_schema = schema._schema  # noqa: SLF001 Strawberry has no public access to graphql-core's schema
_drop_null_defaults(core_schema)
_know_one_ofs(core_schema)
_let_roots_fail_alone(core_schema)
refuse_malformed(core_schema)
accesses = AccessMap(core_schema)
