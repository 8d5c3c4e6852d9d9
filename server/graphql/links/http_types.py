"""Links over HTTP, as the schema shows them."""

from dataclasses import asdict

import strawberry

from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.operations.links.links import operator_call_urls
from server.rules.links.http import (
    BodyFormat,
    HttpMethod,
    HttpOptions,
    HttpPreset,
    MessagePaths,
    ReceiptPaths,
)
from server.store.models import OperatorLink

_OVER_PRESET = "null to use the preset"


@object_type(access=Access.OPERATOR, description="A header of the requests.")
class HttpHeader:
    name: str = field(description="Its name.")
    value: str = field(description="Its value, with its variables.")


@object_type(access=Access.OPERATOR, description="Where an operator's receipt call has its values.")
class HttpReceiptPaths:
    id_path: str = field(description="The message id, the same as in the response to the request.")
    status_path: str = field(description="The word for the message's outcome.")
    error_path: str = field(description="The reason; empty if there is none.")


@object_type(
    access=Access.OPERATOR,
    description="Where an operator's call about a message from a phone has its values.",
)
class HttpMessagePaths:
    sender_path: str = field(description="The number of the phone.")
    text_path: str = field(description="The text of the message.")
    receiver_path: str = field(description="The sender name that it replies to; empty if there is none.")
    id_path: str = field(description="An id by which a repeated call is recognised; empty if there is none.")


@object_type(access=Access.OPERATOR, description="The settings of a link over HTTP.")
class HttpLinkSettings:
    """The settings of a link over HTTP, without those of its preset."""

    link_id: strawberry.Private[int]
    link_name: strawberry.Private[str]
    preset: HttpPreset | None = field(
        description="The API whose template is used; null for a template of your own."
    )
    user: str = field(description="The user of the requests.")
    account: str = field(description="The account at the operator; empty if it is the user's.")
    has_second_key: bool = field(description="Whether a second secret is set.")
    url: str | None = field(description=f"The URL of the requests; {_OVER_PRESET}.")
    method: HttpMethod | None = field(
        description="The method; null to use the preset, or POST if there is none."
    )
    headers: list[HttpHeader] | None = field(description=f"Headers; {_OVER_PRESET}.")
    body_format: BodyFormat | None = field(
        description="The format of the body; null to use the preset, or JSON if there is none."
    )
    body: str | None = field(description=f"The body; {_OVER_PRESET}.")
    basic_auth: bool | None = field(
        description=(
            "Whether HTTP Basic authentication is used; null to use the preset, or not if there is none."
        )
    )
    id_path: str | None = field(description=f"The path of the message id in the response; {_OVER_PRESET}.")
    error_path: str | None = field(description=f"The path of the reason for a refusal; {_OVER_PRESET}.")
    receipts: HttpReceiptPaths | None = field(description=f"How receipts are read; {_OVER_PRESET}.")
    messages: HttpMessagePaths | None = field(
        description=f"How messages from phones are read; {_OVER_PRESET}."
    )

    @resolved(
        description=(
            "The URL that the operator has to call with receipts, {receipts_url} in a template. Keep it "
            "secret: anyone who knows it can report message outcomes. Null if CHAPPE_PUBLIC_URL is not set."
        )
    )
    def receipts_url(self, info: Info) -> str | None:
        urls = operator_call_urls(info.context.services, self.link_id, self.link_name)
        return None if urls is None else urls.receipts

    @resolved(
        description=(
            "The URL that the operator has to call with messages from phones. Keep it secret, too. Null if "
            "CHAPPE_PUBLIC_URL is not set."
        )
    )
    def messages_url(self, info: Info) -> str | None:
        urls = operator_call_urls(info.context.services, self.link_id, self.link_name)
        return None if urls is None else urls.messages

    @classmethod
    def of(cls, row: OperatorLink) -> "HttpLinkSettings":
        """Return the settings of a link over HTTP, without its secrets."""
        options = HttpOptions.of(row.options)
        receipts, messages = options.receipts, options.messages
        return cls(
            link_id=row.id,
            link_name=row.name,
            preset=options.preset,
            user=options.user,
            account=options.account,
            has_second_key=row.second_key_encrypted is not None,
            url=options.url,
            method=options.method,
            headers=None
            if options.headers is None
            else [HttpHeader(name=name, value=value) for name, value in options.headers],
            body_format=options.body_format,
            body=options.body,
            basic_auth=options.basic_auth,
            id_path=options.id_path,
            error_path=options.error_path,
            receipts=None if receipts is None else HttpReceiptPaths(**_paths(receipts)),
            messages=None if messages is None else HttpMessagePaths(**_paths(messages)),
        )


def _paths(paths: ReceiptPaths | MessagePaths) -> dict[str, str]:
    return {f"{name}_path": path for name, path in asdict(paths).items()}
