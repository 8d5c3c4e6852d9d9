"""The mail server for alerts."""

from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from server.errors import InvalidInput
from server.kit.email_address import parse_email
from server.settings.section import Section


class MailSettings(Section):
    """Mail: the mail server and the sender."""

    smtp_host: str | None = Field(
        None, description="the mail server; without one, mails go to the log and to a folder named outbox"
    )
    smtp_port: int | None = Field(
        None, ge=1, le=65535, description="its port (default: 25, 587 for starttls, 465 for tls)"
    )
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="none, starttls or tls; its certificate is verified"
    )
    smtp_user: str | None = Field(None, description="the user to sign in as; no sign-in without one")
    smtp_password: SecretStr | None = Field(None, description="the password for that user")
    mail_from: str = Field(
        "chappe@localhost.localdomain",
        description="the sender of mails; required with a mail server",
    )

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and value == cls.model_fields["mail_from"].default:
            raise ValueError("required because a mail server is set")
        try:
            return parse_email(value)
        except InvalidInput as error:
            raise ValueError(error.message) from error

    @field_validator("smtp_password")
    @classmethod
    def _goes_with_a_user(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (value is None) is not (info.data.get("smtp_user") is None):
            raise ValueError("a user and a password go together")
        if value is not None and info.data.get("smtp_security") == "none":
            raise ValueError("a password is not sent without starttls or tls")
        return value
