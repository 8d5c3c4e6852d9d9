"""Mutations of an account's limit and of what its alerts say."""

from server.graphql.accounts.types import Account
from server.graphql.notifications.inputs import (
    ConfirmPhoneNumberInput,
    RequestConfirmationInput,
    SetAccountLimitInput,
    SetAlertTemplatesInput,
)
from server.graphql.notifications.types import Contact
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.operations.credits.limits import set_account_limit
from server.operations.notifications.confirmations import request_confirmation
from server.operations.notifications.contacts import confirm_phone_number
from server.operations.notifications.templates import set_alert_templates

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The account as it is now; null where it was refused."


@object_type(access=ANSWERED, description="What setAccountLimit answers.")
class SetAccountLimitPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="What setAlertTemplates answers.")
class SetAlertTemplatesPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="What requestConfirmation answers.")
class RequestConfirmationPayload(Payload):
    contact: Contact | None = field(
        default=None, description="Who was asked, as it is now; null where it was refused."
    )


@object_type(access=ANSWERED, description="What confirmPhoneNumber answers.")
class ConfirmPhoneNumberPayload(Payload):
    contact: Contact | None = field(
        default=None, description="The number as it is now; null where the code was refused."
    )


@object_type(access=ANSWERED, description="Mutations of limits and alerts.")
class AlertMutations:
    @mutation(
        access=Access.MANAGER,
        payload=SetAccountLimitPayload,
        description=(
            "Set at what credits left on an account an alert goes out, and how. Set at or above what is left "
            "already, it starts disarmed: the first alert comes after the credits have been above it."
        ),
    )
    async def set_account_limit(
        self, info: Info, input: Input[SetAccountLimitInput]
    ) -> SetAccountLimitPayload:
        context = info.context
        row = await set_account_limit(
            context.services,
            context.principal,
            account=input.account,
            enabled=input.enabled,
            threshold=input.threshold,
            channel=input.channel,
            email=input.email,
            phone_number=input.phone_number,
        )
        return SetAccountLimitPayload(account=Account.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=SetAlertTemplatesPayload,
        description="Set what an account's alerts say from now on.",
    )
    async def set_alert_templates(
        self, info: Info, input: Input[SetAlertTemplatesInput]
    ) -> SetAlertTemplatesPayload:
        context = info.context
        row = await set_alert_templates(
            context.services, context.principal, account=input.account, changes=input.changes()
        )
        return SetAlertTemplatesPayload(account=Account.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=RequestConfirmationPayload,
        description=(
            "Ask an address or a number that a limit names, once more, whether alerts may come: by a mail with a "
            "link, or by an SMS with a code that confirmPhoneNumber takes, debited like an alert. Setting a limit "
            "asks by itself; until somebody there says yes, nothing else goes there."
        ),
    )
    async def request_confirmation(
        self, info: Info, input: Input[RequestConfirmationInput]
    ) -> RequestConfirmationPayload:
        context = info.context
        row = await request_confirmation(
            context.services,
            context.principal,
            account=input.account,
            email=input.email,
            phone_number=input.phone_number,
        )
        return RequestConfirmationPayload(contact=Contact.of(row, context.services.clock.now_us()))

    @mutation(
        access=Access.MANAGER,
        payload=ConfirmPhoneNumberPayload,
        description="Confirm by the code of an SMS that alerts may come to the number that it went to.",
    )
    async def confirm_phone_number(
        self, info: Info, input: Input[ConfirmPhoneNumberInput]
    ) -> ConfirmPhoneNumberPayload:
        context = info.context
        row = await confirm_phone_number(
            context.services,
            context.principal,
            account=input.account,
            phone_number=input.phone_number,
            code=input.code,
        )
        return ConfirmPhoneNumberPayload(contact=Contact.of(row, context.services.clock.now_us()))
