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

_OVER_PRESET = "null where the preset says it"


@object_type(access=Access.OPERATOR, description="A header of the requests.")
class HttpHeader:
    name: str = field(description="Its name.")
    value: str = field(description="Its value, with its variables.")


@object_type(
    access=Access.OPERATOR, description="Where in a call things stand that say what became of a message."
)
class HttpReceiptPaths:
    id_path: str = field(description="The id that the answer to the request had.")
    status_path: str = field(description="The word for what became of it.")
    error_path: str = field(description="The reason; empty where there is none.")


@object_type(
    access=Access.OPERATOR, description="Where in a call things stand that pass on a message from a phone."
)
class HttpMessagePaths:
    sender_path: str = field(description="The number of the phone.")
    text_path: str = field(description="What it says.")
    receiver_path: str = field(description="The sender name that it answers; empty where there is none.")
    id_path: str = field(description="What tells a message that comes again; empty where there is none.")


@object_type(access=Access.OPERATOR, description="What is set for a link over HTTP.")
class HttpLinkSettings:
    """The settings of a link over HTTP: what its preset says is not repeated."""

    link_id: strawberry.Private[int]
    link_name: strawberry.Private[str]
    preset: HttpPreset | None = field(
        description="The API whose template is taken; null for one of your own."
    )
    user: str = field(description="As whom the requests are made.")
    account: str = field(description="The account there; empty where it is the user's.")
    has_second_key: bool = field(description="Whether a second secret is set.")
    url: str | None = field(description=f"Where the requests go; {_OVER_PRESET}.")
    method: HttpMethod | None = field(description="The method; null where the preset says it, else POST.")
    headers: list[HttpHeader] | None = field(description=f"Headers; {_OVER_PRESET}.")
    body_format: BodyFormat | None = field(
        description="What the body is; null where the preset says it, else JSON."
    )
    body: str | None = field(description=f"The body; {_OVER_PRESET}.")
    basic_auth: bool | None = field(
        description="Whether HTTP Basic authentication is used; null where the preset says it, else not."
    )
    id_path: str | None = field(description=f"Where in the answer the id stands; {_OVER_PRESET}.")
    error_path: str | None = field(description=f"Where it says why it refuses; {_OVER_PRESET}.")
    receipts: HttpReceiptPaths | None = field(description=f"How receipts are read; {_OVER_PRESET}.")
    messages: HttpMessagePaths | None = field(
        description=f"How messages from phones are read; {_OVER_PRESET}."
    )

    @resolved(
        description=(
            "The URL that the operator is to call with receipts, {receipts_url} in a template. It is a secret: who "
            "has it can say what became of messages; null where CHAPPE_PUBLIC_URL is not set."
        )
    )
    def receipts_url(self, info: Info) -> str | None:
        urls = operator_call_urls(info.context.services, self.link_id, self.link_name)
        return None if urls is None else urls.receipts

    @resolved(
        description=(
            "The URL that the operator is to call with messages from phones; a secret as well, and null where "
            "CHAPPE_PUBLIC_URL is not set."
        )
    )
    def messages_url(self, info: Info) -> str | None:
        urls = operator_call_urls(info.context.services, self.link_id, self.link_name)
        return None if urls is None else urls.messages

    @classmethod
    def of(cls, row: OperatorLink) -> "HttpLinkSettings":
        """Return what is set for a link over HTTP, without its secrets."""
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
