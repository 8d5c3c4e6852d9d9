"""Mutations of holders' names and passwords, of the right to sign in, and of sessions."""

import strawberry

from server.graphql.access.holders import Holder
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import key_of, node_id
from server.graphql.users.inputs import GENERATED, UserInput
from server.graphql.users.types import User
from server.operations.access.holders import (
    change_password,
    reset_holder_password,
    set_holder_enabled,
    update_profile,
)
from server.operations.access.sessions import keep_user, revoke_session, revoke_sessions

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The holder as it is now; null if refused."
REVOKE_TOKENS = "Whether to revoke the tokens that the holder made as well."


@strawberry.input(description="What you may change of yourself.")
class UpdateProfileInput:
    name: str = strawberry.field(description="Your name, 1 to 100 characters.")


@strawberry.input(description="Your own password.")
class ChangePasswordInput:
    current_password: str = strawberry.field(description="Your current password.")
    new_password: str = strawberry.field(description="Your new password, at least 12 characters.")
    revoke_tokens: bool = strawberry.field(
        default=False, description="Whether to revoke the tokens that you made as well."
    )


@strawberry.input(description="A holder's password.")
class ResetHolderPasswordInput:
    email: str = strawberry.field(description="The holder's e-mail address. Case does not matter.")
    password: str | None = strawberry.field(
        default=None, description="12 characters or more; null to generate one."
    )
    revoke_tokens: bool = strawberry.field(default=False, description=REVOKE_TOKENS)


@strawberry.input(description="Whether a holder may sign in.")
class SetHolderEnabledInput:
    email: str = strawberry.field(description="The holder's e-mail address. Case does not matter.")
    enabled: bool = strawberry.field(description="Whether the holder may sign in.")


@strawberry.input(description="The session to end.")
class RevokeSessionInput:
    id: strawberry.ID = strawberry.field(description="The session's id.")


@strawberry.input(description="Whose sessions to end. Your own by default.")
class RevokeSessionsInput:
    user: UserInput | None = strawberry.field(default=None, description="A user of yours.")
    holder_email: str | None = strawberry.field(
        default=None,
        description="The holder's e-mail address, for operators only. Ignored if a user is given.",
    )
    keep_current: bool = strawberry.field(
        default=True, description="Whether to keep the session that this request uses."
    )


@strawberry.input(description="The API user to keep.")
class KeepUserInput(UserInput):
    pass


@object_type(access=ANSWERED, description="The result of updateProfile.")
class UpdateProfilePayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of changePassword.")
class ChangePasswordPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of resetHolderPassword.")
class ResetHolderPasswordPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)
    generated_password: str | None = field(default=None, description=GENERATED)


@object_type(access=ANSWERED, description="The result of setHolderEnabled.")
class SetHolderEnabledPayload(Payload):
    holder: Holder | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of revokeSession.")
class RevokeSessionPayload(Payload):
    revoked_session_id: strawberry.ID | None = field(
        default=None, description="The id of the ended session; null if refused."
    )


@object_type(access=ANSWERED, description="The result of revokeSessions.")
class RevokeSessionsPayload(Payload):
    revoked: int | None = field(default=None, description="How many sessions were ended; null if refused.")


@object_type(access=ANSWERED, description="The result of keepUser.")
class KeepUserPayload(Payload):
    user: User | None = field(default=None, description="The user as it is now; null if refused.")


@object_type(access=ANSWERED, description="Mutations of people, passwords and sessions.")
class PeopleMutations:
    @mutation(
        access=Access.HOLDER_ANY_SCOPE,
        payload=UpdateProfilePayload,
        description="Change your own name, in a session. For holders and operators.",
    )
    async def update_profile(self, info: Info, input: Input[UpdateProfileInput]) -> UpdateProfilePayload:
        context = info.context
        row = await update_profile(context.services, context.principal, name=input.name)
        return UpdateProfilePayload(holder=Holder.of(row))

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
            "Give a holder a new password, yours or a generated one. All the holder's sessions end. For "
            "operators only, in a session."
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
            "Enable or disable a holder or an operator. Disabling ends their sessions, tokens and "
            "subscriptions at once. The API users of their accounts keep working with their own passwords: "
            "disable the accounts to stop them. The last operator can't be disabled. For operators only."
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
        description=(
            "End a session of yours or of an API user of yours, at once. Operators can end any session."
        ),
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
        description=(
            "End all your sessions except this one, or all sessions of an API user or a holder, at once."
        ),
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
            "Keep a user even when the token that made it, or that set its password, ends. You need a "
            "session for this."
        ),
    )
    async def keep_user(self, info: Info, input: Input[KeepUserInput]) -> KeepUserPayload:
        context = info.context
        row = await keep_user(context.services, context.principal, account=input.account, login=input.login)
        return KeepUserPayload(user=User.of(row))
