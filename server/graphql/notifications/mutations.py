"""Mutations of an account's limit and of the texts of its alerts."""

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
NOW = "The account as it is now; null if refused."


@object_type(access=ANSWERED, description="The result of setAccountLimit.")
class SetAccountLimitPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of setAlertTemplates.")
class SetAlertTemplatesPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of requestConfirmation.")
class RequestConfirmationPayload(Payload):
    contact: Contact | None = field(
        default=None, description="The contact that was asked, as it is now; null if refused."
    )


@object_type(access=ANSWERED, description="The result of confirmPhoneNumber.")
class ConfirmPhoneNumberPayload(Payload):
    contact: Contact | None = field(
        default=None, description="The number as it is now; null if the code was refused."
    )


@object_type(access=ANSWERED, description="Mutations of limits and alerts.")
class AlertMutations:
    @mutation(
        access=Access.MANAGER,
        payload=SetAccountLimitPayload,
        description=(
            "Set the threshold of an account's remaining credits at which an alert is sent, and how. If no "
            "more than that is left now, the limit starts disarmed: the first alert comes only after the "
            "credits have been above it."
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
        description="Set the texts of an account's alerts from now on.",
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
            "Ask the owner of a limit's address or number again for consent to alerts: by a mail with a "
            "link, or by an SMS with a code for confirmPhoneNumber, which is debited like an alert. Setting "
            "a limit asks automatically. Nothing else is sent there before the owner says yes."
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
        description="Confirm with the code from an SMS that its number may get alerts.",
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
