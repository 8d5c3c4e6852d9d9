"""Limit alerts and their texts, as the schema shows them."""

from typing import Annotated

import strawberry

from server.graphql.messages.types import Message
from server.graphql.notifications.inputs import AlertValuesInput
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import Credits, DateTime, PhoneNumber
from server.operations.notifications.outbox import alert_texts
from server.operations.notifications.templates import Preview, TemplateChanges, preview_alert
from server.rules.credits.thresholds import AlertChannel
from server.rules.messages.segments import Coding
from server.rules.notifications.alert_texts import VARIABLES
from server.rules.notifications.contacts import ContactState, state_now
from server.store import models
from server.store.models import LimitAlert as AlertRow
from server.store.models.notifications import NotificationState

ALERT_ORDER = Order("limit alerts", ("sequence",), (int,), descending=True, mark="at_us")


@object_type(access=Access.HOLDER, description="A mail or an SMS about an alert. For the account's holder.")
class Notification:
    row: strawberry.Private[models.Notification]
    channel: AlertChannel = field(description="MAIL or SMS.")
    recipient: str = field(description="The address or the number that it goes to.")
    state: NotificationState = field(description="Its state.")
    failure: str | None = field(
        description="Why it failed, or why the latest try did not send it; null if nothing went wrong."
    )
    attempts: int = field(description="How often it was tried.")
    sent_at: DateTime | None = field(
        description="When the mail server or the account accepted it; null before that."
    )

    @resolved(description="The SMS; null for a mail, or if none was accepted yet.")
    async def message(self, info: Info) -> Message | None:
        if self.row.message_id is None:
            return None
        return Message.of(await loaders.message_of(info, self.row.message_id))

    @classmethod
    def of(cls, row: models.Notification) -> "Notification":
        sent_us = row.ended_at_us if row.state is NotificationState.SENT else None
        return cls(
            row=row,
            channel=row.channel,
            recipient=row.recipient,
            state=row.state,
            failure=row.failure,
            attempts=row.attempts,
            sent_at=None if sent_us is None else DateTime(sent_us),
        )


@object_type(
    access=Access.HOLDER,
    description=(
        "An address or number for alerts, and whether its owner wants them. For the account's holder."
    ),
)
class Contact:
    email: str | None = field(description="The e-mail address, in lower case; null for a number.")
    phone_number: PhoneNumber | None = field(description="The number; null for an address.")
    state: ContactState = field(description="Whether the owner has agreed.")
    requested_at: DateTime | None = field(description="When the owner was last asked; null if never.")
    expires_at: DateTime | None = field(
        description="Until when the owner can say yes; null if nobody was asked."
    )

    @classmethod
    def of(cls, row: models.Contact, now_us: int) -> "Contact":
        by_mail = row.channel is AlertChannel.MAIL
        return cls(
            email=row.address if by_mail else None,
            phone_number=None if by_mail else PhoneNumber(row.address),
            state=state_now(row.state, row.expires_at_us, now_us),
            requested_at=DateTime(row.requested_at_us) if row.requests else None,
            expires_at=DateTime(row.expires_at_us) if row.requests else None,
        )


@object_type(
    access=Access.HOLDER,
    description=(
        "An alert that a user's, or the account's, remaining credits fell to the limit. For the account's "
        "holder and operators."
    ),
)
class LimitAlert(Node):
    row: strawberry.Private[AlertRow]
    cursor: str = field(
        description=(
            "An opaque cursor. Pass it as `after` of `limitReached` to continue from here, or as `before` "
            "of `limitAlerts` to get newer ones."
        )
    )
    user_login: str | None = field(
        description=(
            "The login of the user whose credits fell, kept after the user's deletion; null if it was the "
            "account's own credits."
        )
    )
    remaining: Credits = field(description="The credits that were left.")
    threshold: Credits = field(description="The limit's threshold at that time.")
    channel: AlertChannel = field(description="How the alert is sent.")
    email: str | None = field(description="The address that the mail goes to; null if it goes only by SMS.")
    phone_number: PhoneNumber | None = field(
        description="The number that the SMS goes to; null if it goes only by mail."
    )
    raised_at: DateTime = field(description="When the credits fell.")

    @resolved(description="The mails and SMS about it.")
    async def notifications(self, info: Info) -> list[Notification]:
        return [Notification.of(row) for row in await loaders.notifications_of(info, self.row.id)]

    @classmethod
    def of(cls, row: AlertRow) -> "LimitAlert":
        return cls(
            row=row,
            id=node_id("LimitAlert", row.id),
            cursor=ALERT_ORDER.cursor(row),
            user_login=row.user_login,
            remaining=Credits(row.remaining),
            threshold=Credits(row.threshold),
            channel=row.channel,
            email=row.email,
            phone_number=None if row.phone_number is None else PhoneNumber(row.phone_number),
            raised_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of limit alerts, newest first.")
class LimitAlertConnection(Connection[LimitAlert]):
    pass


@object_type(access=Access.HOLDER, description="A variable that an alert's texts may use, in braces.")
class AlertVariable:
    name: str = field(description="Its name: {login} stands for the value of login.")
    meaning: str = field(description="What it stands for.")


@object_type(access=Access.HOLDER, description="The texts of an alert, with its variables filled in.")
class AlertPreview:
    mail_subject: str = field(description="The subject of the mail, with the frame that the server adds.")
    mail_body: str = field(
        description="The text of the mail to the holder's own address, with the frame that the server adds."
    )
    sms_body: str = field(description="The text of the SMS.")
    sms_coding: Coding = field(description="The coding of that SMS.")
    sms_parts: int = field(description="How many parts that SMS would have; each costs the receiver's rate.")

    @classmethod
    def of(cls, preview: Preview) -> "AlertPreview":
        return cls(
            mail_subject=preview.texts.mail_subject,
            mail_body=preview.texts.mail_body,
            sms_body=preview.texts.sms_body,
            sms_coding=preview.sms.coding,
            sms_parts=preview.sms.parts,
        )


UnsavedText = Annotated[
    str | None,
    strawberry.argument(description="A text to preview instead of the present one; null keeps that."),
]


@object_type(
    access=Access.HOLDER,
    description="The texts of an account's alerts, with variables in braces. A literal brace is doubled.",
)
class AlertTemplates:
    row: strawberry.Private[models.Account]
    mail_subject: str = field(description="The subject of mails.")
    mail_body: str = field(description="The text of mails.")
    sms_body: str = field(description="The text of SMS.")

    @resolved(description="The variables that these texts may use.")
    def variables(self) -> list[AlertVariable]:
        return [AlertVariable(name=name, meaning=meaning) for name, meaning in VARIABLES.items()]

    @resolved(description="What an alert would say, with these texts or with others that are not set yet.")
    def preview(
        self,
        info: Info,
        mail_subject: UnsavedText = None,
        mail_body: UnsavedText = None,
        sms_body: UnsavedText = None,
        values: Annotated[
            AlertValuesInput | None,
            strawberry.argument(description="The values of the variables; null for samples."),
        ] = None,
    ) -> AlertPreview:
        unsaved = TemplateChanges(mail_subject=mail_subject, mail_body=mail_body, sms_body=sms_body)
        values = values or AlertValuesInput()
        preview = preview_alert(
            info.context.services,
            self.row,
            unsaved=unsaved,
            login=values.login,
            remaining_mc=values.remaining,
            threshold_mc=values.threshold,
            credits_left_mc=values.credits_left,
        )
        return AlertPreview.of(preview)

    @classmethod
    def of(cls, row: models.Account) -> "AlertTemplates":
        texts = alert_texts(row)
        return cls(
            row=row, mail_subject=texts.mail_subject, mail_body=texts.mail_body, sms_body=texts.sms_body
        )
