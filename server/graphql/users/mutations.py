"""Mutations of API users."""

import strawberry

from server.graphql.accounts.types import Account
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import node_id
from server.graphql.users.inputs import (
    GENERATED,
    AdjustUserQuotaInput,
    ChangeUserPasswordInput,
    CreateUserInput,
    DeleteUserInput,
    SetUserCallbackInput,
    SetUserEnabledInput,
    SetUserIpRestrictionsInput,
    SetUserLimitInput,
    SetUserQuotaInput,
)
from server.graphql.users.types import User
from server.operations.accounts.user_settings import set_user_callback, set_user_ip_restrictions
from server.operations.accounts.users import change_user_password, create_user, delete_user, set_user_enabled
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import adjust_user_quota, set_user_quota

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The user as it is now; null if refused."


@object_type(access=ANSWERED, description="The result of createUser.")
class CreateUserPayload(Payload):
    user: User | None = field(default=None, description=NOW)
    generated_password: str | None = field(default=None, description=GENERATED)


@object_type(access=ANSWERED, description="The result of changeUserPassword.")
class ChangeUserPasswordPayload(Payload):
    user: User | None = field(default=None, description=NOW)
    generated_password: str | None = field(default=None, description=GENERATED)


@object_type(access=ANSWERED, description="The result of setUserEnabled.")
class SetUserEnabledPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of setUserQuota.")
class SetUserQuotaPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of adjustUserQuota.")
class AdjustUserQuotaPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of setUserLimit.")
class SetUserLimitPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of setUserIpRestrictions.")
class SetUserIpRestrictionsPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of setUserCallback.")
class SetUserCallbackPayload(Payload):
    user: User | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of deleteUser.")
class DeleteUserPayload(Payload):
    account: Account | None = field(
        default=None,
        description="The account as it is now, with the rest of the quota returned; null if refused.",
    )
    deleted_user_id: strawberry.ID | None = field(
        default=None, description="The id of the deleted user; null if refused."
    )


@object_type(access=ANSWERED, description="Mutations of API users.")
class UserMutations:
    @mutation(
        access=Access.MAKER,
        payload=CreateUserPayload,
        description=(
            "Create an API user, with your password or a generated one. You need all the rights that a user "
            "has. A user created with a token ends with the token, unless you call `keepUser`."
        ),
    )
    async def create_user(self, info: Info, input: Input[CreateUserInput]) -> CreateUserPayload:
        context = info.context
        created = await create_user(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            password=input.password,
        )
        return CreateUserPayload(user=User.of(created.user), generated_password=created.generated_password)

    @mutation(
        access=Access.MAKER,
        payload=ChangeUserPasswordPayload,
        description=(
            "Give a user a new password. Its sessions and tokens end. A user whose password was set with a "
            "token ends with the token, unless you call `keepUser`."
        ),
    )
    async def change_user_password(
        self, info: Info, input: Input[ChangeUserPasswordInput]
    ) -> ChangeUserPasswordPayload:
        context = info.context
        changed = await change_user_password(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            password=input.password,
        )
        return ChangeUserPasswordPayload(
            user=User.of(changed.user), generated_password=changed.generated_password
        )

    @mutation(
        access=Access.MANAGER,
        payload=SetUserEnabledPayload,
        description=(
            "Enable or disable a user. Disabling cancels and refunds all its messages that no worker has "
            "claimed yet."
        ),
    )
    async def set_user_enabled(self, info: Info, input: Input[SetUserEnabledInput]) -> SetUserEnabledPayload:
        context = info.context
        row = await set_user_enabled(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            enabled=input.enabled,
        )
        return SetUserEnabledPayload(user=User.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=DeleteUserPayload,
        description=(
            "Delete a user. Its messages that no worker has claimed yet are cancelled and refunded, and the "
            "rest of its quota goes back to the account. Messages and ledger keep its login."
        ),
    )
    async def delete_user(self, info: Info, input: Input[DeleteUserInput]) -> DeleteUserPayload:
        context = info.context
        row, deleted = await delete_user(
            context.services, context.principal, account=input.account, login=input.login
        )
        return DeleteUserPayload(account=Account.of(row), deleted_user_id=node_id("User", deleted))

    @mutation(
        access=Access.TREASURER,
        payload=SetUserQuotaPayload,
        description=(
            "Set the credits left to a user from now on. The difference moves between the quota and the "
            "account. If the account has too few credits, the request is refused and nothing moves."
        ),
    )
    async def set_user_quota(self, info: Info, input: Input[SetUserQuotaInput]) -> SetUserQuotaPayload:
        context = info.context
        row = await set_user_quota(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            enabled=input.enabled,
            credits=input.credits,
        )
        return SetUserQuotaPayload(user=User.of(row))

    @mutation(
        access=Access.TREASURER,
        payload=AdjustUserQuotaPayload,
        description="Move credits from the account to a user's quota, or back.",
    )
    async def adjust_user_quota(
        self, info: Info, input: Input[AdjustUserQuotaInput]
    ) -> AdjustUserQuotaPayload:
        context = info.context
        row = await adjust_user_quota(
            context.services, context.principal, account=input.account, login=input.login, delta=input.delta
        )
        return AdjustUserQuotaPayload(user=User.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=SetUserLimitPayload,
        description=(
            "Set the threshold of a user's remaining credits at which an alert is sent, and how. If no more "
            "than that is left now, the limit starts disarmed: the first alert comes only after the credits "
            "have been above it."
        ),
    )
    async def set_user_limit(self, info: Info, input: Input[SetUserLimitInput]) -> SetUserLimitPayload:
        context = info.context
        row = await set_user_limit(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            enabled=input.enabled,
            threshold=input.threshold,
            channel=input.channel,
            email=input.email,
            phone_number=input.phone_number,
        )
        return SetUserLimitPayload(user=User.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=SetUserIpRestrictionsPayload,
        description=(
            "Set the IP addresses that a user may act from, whether by http2sms, password or token."
        ),
    )
    async def set_user_ip_restrictions(
        self, info: Info, input: Input[SetUserIpRestrictionsInput]
    ) -> SetUserIpRestrictionsPayload:
        context = info.context
        row = await set_user_ip_restrictions(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            addresses=input.addresses,
        )
        return SetUserIpRestrictionsPayload(user=User.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=SetUserCallbackPayload,
        description="Set the URLs to call when something happens to a user's messages.",
    )
    async def set_user_callback(
        self, info: Info, input: Input[SetUserCallbackInput]
    ) -> SetUserCallbackPayload:
        context = info.context
        row = await set_user_callback(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            url=input.url,
            stop_url=input.stop_url,
        )
        return SetUserCallbackPayload(user=User.of(row))
