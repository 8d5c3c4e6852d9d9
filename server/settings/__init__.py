"""Settings: one small class for each subject, all read once from `CHAPPE_*` variables."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from server.settings.callbacks import CallbackSettings
from server.settings.database import DatabaseSettings
from server.settings.graphql import GraphqlSettings
from server.settings.mail import MailSettings
from server.settings.messages import MessageSettings
from server.settings.operators import OperatorSettings
from server.settings.section import Section
from server.settings.security import SecuritySettings
from server.settings.web import WebSettings

LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)]


class Profile(StrEnum):
    """The purpose of the server."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(Section):
    """All settings. Without arguments it has the defaults; it does not read the environment."""

    profile: Profile = Field(Profile.DEVELOPMENT, description="development or production")
    log_json: bool = Field(default=False, description="log lines as JSON")
    log_level: LogLevel = Field("info", description="debug, info, warning or error")
    web: WebSettings = WebSettings()
    database: DatabaseSettings = DatabaseSettings()
    security: SecuritySettings = SecuritySettings()
    graphql: GraphqlSettings = GraphqlSettings()
    messages: MessageSettings = MessageSettings()
    operators: OperatorSettings = OperatorSettings()
    callbacks: CallbackSettings = CallbackSettings()
    mail: MailSettings = MailSettings()

    def having(self, **changes: object) -> Self:
        """Return a copy with some settings changed; the changes of a section are a mapping."""
        return self.model_copy(
            update={
                name: getattr(self, name).model_copy(update=dict(change))
                if isinstance(change, Mapping)
                else change
                for name, change in changes.items()
            }
        )

    @property
    def base_url(self) -> str:
        """The start of links to this server's pages; empty if it is not known."""
        if self.web.public_url is not None or self.profile is Profile.PRODUCTION:
            return self.web.public_url or ""
        return self.web.own_url

    @property
    def simulated(self) -> bool:
        """Whether the simulated operator takes messages if there is no link."""
        return self.profile is Profile.DEVELOPMENT and not self.operators.gives_a_link

    @property
    def secure_cookies(self) -> bool:
        """Whether the session cookie is sent over HTTPS only."""
        chosen = self.security.cookie_secure
        return self.profile is Profile.PRODUCTION if chosen is None else chosen

    def in_development(self, setting: bool | None) -> bool:  # noqa: FBT001 a setting's value
        """Return the setting if there is one, otherwise whether this is the development profile."""
        return self.profile is Profile.DEVELOPMENT if setting is None else setting
