"""Mutations of links to operators."""

import strawberry

from server.graphql.links.inputs import CreateLinkInput, DeleteLinkInput, UpdateLinkInput
from server.graphql.links.types import Link
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import node_id
from server.operations.links.management import create_link, delete_link, update_link

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The link as it is now; null if refused."


@object_type(access=ANSWERED, description="The result of createLink.")
class CreateLinkPayload(Payload):
    link: Link | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of updateLink.")
class UpdateLinkPayload(Payload):
    link: Link | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of deleteLink.")
class DeleteLinkPayload(Payload):
    deleted_link_id: strawberry.ID | None = field(
        default=None, description="The id of the deleted link; null if refused."
    )


@object_type(access=ANSWERED, description="Mutations of links to operators.")
class LinkMutations:
    @mutation(
        access=Access.OPERATOR,
        payload=CreateLinkPayload,
        description=(
            "Set up a link to an operator, over SMPP 3.4, or over HTTP if `http` is given. Workers open it "
            "at once. For operators only."
        ),
    )
    async def create_link(self, info: Info, input: Input[CreateLinkInput]) -> CreateLinkPayload:
        context = info.context
        row = await create_link(context.services, context.principal, name=input.name, changes=input.changes())
        return CreateLinkPayload(link=Link.of(row))

    @mutation(
        access=Access.OPERATOR,
        payload=UpdateLinkPayload,
        description=(
            "Change a link. Workers close it and open it again. If you change the host or port, or turn off "
            "TLS, give the password again. For operators only."
        ),
    )
    async def update_link(self, info: Info, input: Input[UpdateLinkInput]) -> UpdateLinkPayload:
        context = info.context
        row = await update_link(context.services, context.principal, name=input.name, changes=input.changes())
        return UpdateLinkPayload(link=Link.of(row))

    @mutation(
        access=Access.OPERATOR,
        payload=DeleteLinkPayload,
        description=(
            "Delete a link. Messages sent over it keep its name; later receipts for them only arrive if a "
            "link with this name is set up again. The last link can't be deleted while messages wait. For "
            "operators only."
        ),
    )
    async def delete_link(self, info: Info, input: Input[DeleteLinkInput]) -> DeleteLinkPayload:
        context = info.context
        deleted = await delete_link(context.services, context.principal, name=input.name)
        return DeleteLinkPayload(deleted_link_id=node_id("Link", deleted))
