"""Mutations of holders' passwords, of who may sign in, and of sessions."""

import strawberry

from server.graphql.access.holders import Holder
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import key_of, node_id
from server.graphql.users.inputs import UserInput
from server.graphql.users.types import User
from server.operations.access.holders import change_password, reset_holder_password, set_holder_enabled
from server.operations.access.sessions import keep_user, revoke_session, revoke_sessions

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The holder as it is now; null where it was refused."
REVOKE_TOKENS = "Whether the tokens that the holder made end too."


@strawberry.input(description="Your own password.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="The password as it is.")
    new_password: str = strawberry.field(description="The password as it is to be: 12 characters or more.")
    revoke_tokens: bool = strawberry.field(
        default=False, description="Whether the tokens that you made end too."
    )


@strawberry.input(description="A holder's password.")
class ResetHolderPasswordInput:
    email: str = strawberry.field(description="The holder's e-mail address, in any case.")
    password: str | None = strawberry.field(
        default=None, description="12 characters or more; null to have one generated."
    )
    revoke_tokens: bool = strawberry.field(default=False, description=REVOKE_TOKENS)


@strawberry.input(description="Whether a holder may sign in.")
class SetHolderEnabledInput:
    email: str = strawberry.field(description="The holder's e-mail address, in any case.")
    enabled: bool = strawberry.field(description="Whether the holder may sign in.")


@strawberry.input(description="The session to end.")
class RevokeSessionInput:
    id: strawberry.ID = strawberry.field(description="The session's id.")


@strawberry.input(description="Whose sessions end: your own unless told.")
class RevokeSessionsInput:
    user: UserInput | None = strawberry.field(default=None, description="A user of yours.")
    holder_email: str | None = strawberry.field(
        default=None, description="A holder, as an operator; of no effect where a user is named."
    )
    keep_current: bool = strawberry.field(
        default=True, description="Whether the session that this request uses goes on."
    )


@strawberry.input(description="Which API user goes on.")
class KeepUserInput(UserInput):
    pass


@object_type(access=ANSWERED, description="What changePassword answers.")
class ChangePasswordPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="What resetHolderPassword answers.")
class ResetHolderPasswordPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)
    generated_password: str | None = field(
        default=None,
        description="The password that the server generated, shown this once; null where you gave one.",
    )


@object_type(access=ANSWERED, description="What setHolderEnabled answers.")
class SetHolderEnabledPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="What revokeSession answers.")
class RevokeSessionPayload(Payload):
    revoked_session_id: strawberry.ID | None = field(
        default=None, description="The id of the session that has ended; null where it was refused."
    )


@object_type(access=ANSWERED, description="What revokeSessions answers.")
class RevokeSessionsPayload(Payload):
    revoked: int | None = field(
        default=None, description="How many sessions have ended; null where it was refused."
    )


@object_type(access=ANSWERED, description="What keepUser answers.")
class KeepUserPayload(Payload):
    user: User | None = field(default=None, description="The user as it is now; null where it was refused.")


@object_type(access=ANSWERED, description="Mutations of passwords and sessions.")
class PeopleMutations:
    @mutation(
        access=Access.HOLDER_ANY_SCOPE,
        payload=ChangePasswordPayload,
        description=(
            "Change your own password, in a session. All your other sessions end. A wrong current password counts "
            "as a failed sign-in."
        ),
    )
    async def change_password(self, info: Info, input: Input[ChangePasswordInput]) -> ChangePasswordPayload:
        context = info.context
        row = await change_password(
            context.services,
            context.principal,
            current=input.current_password,
            new=input.new_password,
            revoke_tokens=input.revoke_tokens,
            address=context.address,
        )
        return ChangePasswordPayload(holder=Holder.of(row))

    @mutation(
        access=Access.OPERATOR,
        payload=ResetHolderPasswordPayload,
        description=(
            "Give a holder another password, yours or a generated one; all its sessions end. An operator's right, "
            "in a session."
        ),
    )
    async def reset_holder_password(
        self, info: Info, input: Input[ResetHolderPasswordInput]
    ) -> ResetHolderPasswordPayload:
        context = info.context
        changed = await reset_holder_password(
            context.services,
            context.principal,
            email=input.email,
            password=input.password,
            revoke_tokens=input.revoke_tokens,
        )
        return ResetHolderPasswordPayload(
            holder=Holder.of(changed.holder), generated_password=changed.generated_password
        )

    @mutation(
        access=Access.OPERATOR,
        payload=SetHolderEnabledPayload,
        description=(
            "Let a holder or an operator sign in again, or stop it at once: its sessions and the tokens that it made "
            "end, and what is followed with them. The API users of its accounts go on with their own passwords: "
            "disable the accounts to stop them. The last operator can't be stopped. An operator's right."
        ),
    )
    async def set_holder_enabled(
        self, info: Info, input: Input[SetHolderEnabledInput]
    ) -> SetHolderEnabledPayload:
        context = info.context
        row = await set_holder_enabled(
            context.services, context.principal, email=input.email, enabled=input.enabled
        )
        return SetHolderEnabledPayload(holder=Holder.of(row))

    @mutation(
        access=ANSWERED,
        payload=RevokeSessionPayload,
        description="End a session of yours, of an API user of yours or, as an operator, of anybody, at once.",
    )
    async def revoke_session(self, info: Info, input: Input[RevokeSessionInput]) -> RevokeSessionPayload:
        context = info.context
        row = await revoke_session(
            context.services, context.principal, session_id=key_of(input.id, "Session")
        )
        return RevokeSessionPayload(revoked_session_id=node_id("Session", row.id))

    @mutation(
        access=ANSWERED,
        payload=RevokeSessionsPayload,
        description="End all your sessions but this one, or all those of an API user or of a holder, at once.",
    )
    async def revoke_sessions(self, info: Info, input: Input[RevokeSessionsInput]) -> RevokeSessionsPayload:
        context = info.context
        revoked = await revoke_sessions(
            context.services,
            context.principal,
            user=(input.user.account, input.user.login) if input.user else None,
            holder_email=input.holder_email,
            keep_current=input.keep_current,
        )
        return RevokeSessionsPayload(revoked=revoked)

    @mutation(
        access=Access.MANAGER,
        payload=KeepUserPayload,
        description=(
            "Have a user go on whatever becomes of the token that made it or set its password; it takes a session."
        ),
    )
    async def keep_user(self, info: Info, input: Input[KeepUserInput]) -> KeepUserPayload:
        context = info.context
        row = await keep_user(context.services, context.principal, account=input.account, login=input.login)
        return KeepUserPayload(user=User.of(row))
