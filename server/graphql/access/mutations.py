"""Signing in and out, access tokens and holders."""

from typing import cast

from starlette.responses import Response

from server.errors import AddressNotAllowed, Unauthenticated
from server.graphql.access.cookies import clear_session_cookie, set_session_cookie
from server.graphql.access.holders import Holder
from server.graphql.access.inputs import (
    CreateAccessTokenInput,
    CreateHolderInput,
    RevokeAccessTokenInput,
    SignInInput,
    UserCredentials,
)
from server.graphql.access.tokens import AccessToken
from server.graphql.access.types import Viewer
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Context, Info
from server.graphql.schema.errors import Input, Payload, UserError, mutation
from server.graphql.schema.ids import key_of
from server.graphql.schema.scalars import DateTime
from server.graphql.users.inputs import GENERATED
from server.operations.access.authentication import SignedIn, sign_in_holder, sign_in_user, sign_out
from server.operations.access.holders import create_holder
from server.operations.access.tokens import create_access_token, revoke_access_token

ANSWERED = Access.SIGNED_IN_ANY_SCOPE


@object_type(access=Access.ANYONE, description="The result of signIn.")
class SignInPayload:
    viewer: Viewer | None = field(default=None, description="Who you are now; null if refused.")
    token: str | None = field(
        default=None,
        description=(
            "The session's secret, shown only once. Send it as 'Authorization: Bearer …'. Null if refused."
        ),
    )
    expires_at: DateTime | None = field(default=None, description="When the session ends; null if refused.")
    user_errors: list[UserError] = field(
        default_factory=list, description="Why the request was refused. Empty on success."
    )


@object_type(access=ANSWERED, description="The result of signOut.")
class SignOutPayload(Payload):
    signed_out: bool = field(default=False, description="Whether the session or token in use has ended.")


@object_type(access=ANSWERED, description="The result of createAccessToken.")
class CreateAccessTokenPayload(Payload):
    access_token: AccessToken | None = field(
        default=None, description="The token without its secret; null if refused."
    )
    secret: str | None = field(
        default=None,
        description=(
            "The token's secret, shown only once. Send it as 'Authorization: Bearer …'. Null if refused."
        ),
    )


@object_type(access=ANSWERED, description="The result of revokeAccessToken.")
class RevokeAccessTokenPayload(Payload):
    access_token: AccessToken | None = field(
        default=None, description="The token as it is now; null if refused."
    )


@object_type(access=ANSWERED, description="The result of createHolder.")
class CreateHolderPayload(Payload):
    holder: Holder | None = field(default=None, description="The new holder; null if refused.")
    generated_password: str | None = field(default=None, description=GENERATED)


@object_type(access=ANSWERED, description="Mutations of sessions, tokens and holders.")
class AccessMutations:
    @mutation(
        access=Access.ANYONE,
        payload=SignInPayload,
        description=(
            "Start a session, as a holder or as an API user. Programs send its token with each request; a "
            "holder's browser also gets it as a cookie that scripts can't read. Failed attempts are "
            "throttled: the user error then says how long to wait."
        ),
        refusals=(Unauthenticated, AddressNotAllowed),
    )
    async def sign_in(self, info: Info, input: Input[SignInInput]) -> SignInPayload:
        context = info.context
        signed_in = await _sign_in(context, input)
        if input.holder and isinstance(context.response, Response):
            set_session_cookie(
                context.response,
                signed_in.secret,
                seconds=context.services.policy.session_seconds,
                secure=context.secure_cookies,
            )
        return SignInPayload(
            viewer=Viewer.of(signed_in.principal),
            token=signed_in.secret,
            expires_at=DateTime(signed_in.expires_at_us),
        )

    @mutation(
        access=ANSWERED,
        payload=SignOutPayload,
        description="End the session that this request uses, or revoke its token.",
    )
    async def sign_out(self, info: Info) -> SignOutPayload:
        context = info.context
        await sign_out(context.services, context.principal)
        if isinstance(context.response, Response):
            clear_session_cookie(context.response, secure=context.secure_cookies)
        return SignOutPayload(signed_out=True)

    @mutation(
        access=ANSWERED,
        payload=CreateAccessTokenPayload,
        description=(
            "Create an access token for a program. It acts as you, or as an API user of yours, and can do "
            "no more than you. Its secret is shown only once. You need a session to create one."
        ),
    )
    async def create_access_token(
        self, info: Info, input: Input[CreateAccessTokenInput]
    ) -> CreateAccessTokenPayload:
        context = info.context
        made = await create_access_token(
            context.services,
            context.principal,
            label=input.label,
            scopes=input.scopes,
            lifetime_seconds=input.lifetime_seconds,
            accounts=input.accounts,
            user=(input.user.account, input.user.login) if input.user else None,
        )
        return CreateAccessTokenPayload(access_token=AccessToken.of(made.token), secret=made.secret)

    @mutation(
        access=ANSWERED,
        payload=RevokeAccessTokenPayload,
        description="Revoke a token of yours, or of an API user of yours. It stops working at once.",
    )
    async def revoke_access_token(
        self, info: Info, input: Input[RevokeAccessTokenInput]
    ) -> RevokeAccessTokenPayload:
        context = info.context
        row = await revoke_access_token(
            context.services, context.principal, token_id=key_of(input.id, "AccessToken")
        )
        return RevokeAccessTokenPayload(access_token=AccessToken.of(row))

    @mutation(
        access=Access.OPERATOR,
        payload=CreateHolderPayload,
        description=(
            "Create a holder, or another operator, with your password or a generated one. For operators only, in "
            "a session."
        ),
    )
    async def create_holder(self, info: Info, input: Input[CreateHolderInput]) -> CreateHolderPayload:
        context = info.context
        created = await create_holder(
            context.services,
            context.principal,
            email=input.email,
            name=input.name,
            password=input.password,
            is_operator=input.is_operator,
        )
        return CreateHolderPayload(
            holder=Holder.of(created.holder), generated_password=created.generated_password
        )


async def _sign_in(context: Context, input: SignInInput) -> SignedIn:
    if input.holder:
        return await sign_in_holder(
            context.services,
            email=input.holder.email,
            password=input.holder.password,
            address=context.address,
            user_agent=context.user_agent,
        )
    user = cast("UserCredentials", input.user)  # @oneOf requires exactly one of the two
    return await sign_in_user(
        context.services,
        account=user.account,
        login=user.login,
        password=user.password,
        address=context.address,
        user_agent=context.user_agent,
    )
