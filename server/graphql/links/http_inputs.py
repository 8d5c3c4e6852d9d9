"""Inputs about links over HTTP."""

from typing import Any

import strawberry

from server.rules.links.http import BodyFormat, HttpMethod, HttpPreset, MessagePaths, ReceiptPaths


@strawberry.input(description="A header of the requests.")
class HttpHeaderInput:
    name: str = strawberry.field(description="Its name, like Authorization.")
    value: str = strawberry.field(
        description="Its value, in which variables may stand, like `Bearer {password}`."
    )


@strawberry.input(
    description=(
        "Where in a call of the operator things stand that say what became of a message: names with points "
        "between them, like `payload.messageId`; of several paths with spaces between them, the first counts at "
        "which there is something."
    )
)
class HttpReceiptPathsInput:
    id_path: str = strawberry.field(description="The id that the answer to the request had.")
    status_path: str = strawberry.field(
        description="The word for what became of it, which `pttTable` explains."
    )
    error_path: str = strawberry.field(
        default="", description="The reason, which `pttTable` may explain as well."
    )


@strawberry.input(
    description="Where in a call of the operator things stand that pass on a message from a phone."
)
class HttpMessagePathsInput:
    sender_path: str = strawberry.field(description="The number of the phone.")
    text_path: str = strawberry.field(description="What it says.")
    receiver_path: str = strawberry.field(
        default="", description="The sender name that it answers; where there is none, it is `account`."
    )
    id_path: str = strawberry.field(
        default="",
        description="What tells a message that comes again from another; without it, that all of it is the same.",
    )


@strawberry.input(
    description=(
        "What is set for a link over HTTP: a preset and what it leaves open, or a template of one's own. What "
        "stands beside a preset goes before it. Variables are {receiver}, {receiver_digits} (without a plus), "
        "{sender}, {text}, {id}, {coding}, {class}, {validity_seconds}, {validity_minutes}, {receipts_url}, {user}, "
        "{account}, {password} and {second_key}; they are escaped as the place needs it."
    )
)
class HttpLinkInput:
    preset: HttpPreset | None = strawberry.field(
        default=None, description="The API whose template is taken; without one, the template is your own."
    )
    user: str | None = strawberry.field(
        default=None,
        description="As whom the requests are made: OVHcloud's application key, Twilio's account SID or API key.",
    )
    account: str | None = strawberry.field(
        default=None,
        description=(
            "The account there: OVHcloud's service name, Twilio's account SID where the user is an API key; with "
            "SMSGate the phone's own number, which incoming messages are taken to be for."
        ),
    )
    second_key: str | None = strawberry.field(
        default=None,
        description=(
            "A second secret, kept encrypted and never shown again: OVHcloud's consumer key, SMSGate's signing "
            "key, Twilio's auth token where the user is an API key."
        ),
    )
    url: str | None = strawberry.field(
        default=None,
        description="Where the requests go, over https or http; another host takes the secrets again.",
    )
    method: HttpMethod | None = strawberry.field(default=None, description="The method; POST at first.")
    headers: list[HttpHeaderInput] | None = strawberry.field(
        default=None, description="Headers beside those that every request has; replaces all."
    )
    body_format: BodyFormat | None = strawberry.field(
        default=None, description="What the body is; JSON at first."
    )
    body: str | None = strawberry.field(
        default=None,
        description=(
            'The body: `{"to": "{receiver}", "text": "{text}"}`, or as a form `to={receiver}&text={text}`. A '
            "JSON string that is nothing but {validity_seconds} or {validity_minutes} becomes a number."
        ),
    )
    basic_auth: bool | None = strawberry.field(
        default=None, description="Whether the user and the password are sent by HTTP Basic authentication."
    )
    id_path: str | None = strawberry.field(
        default=None,
        description="Where in the JSON answer the id stands that receipts bear, like `messages.0.id`.",
    )
    error_path: str | None = strawberry.field(
        default=None,
        description="Where it says why it refuses, as a number that `refusalPtts` may explain.",
    )
    receipts: HttpReceiptPathsInput | None = strawberry.field(
        default=None, description="How the calls are read that say what became of messages."
    )
    messages: HttpMessagePathsInput | None = strawberry.field(
        default=None, description="How the calls are read that pass messages on."
    )

    def changes(self) -> dict[str, Any]:
        """Return what is to change of the options: what was left out or is null stays."""
        changes = {
            name: value
            for name, value in vars(self).items()
            if name not in {"second_key", "headers", "receipts", "messages"} and value is not None
        }
        if self.headers is not None:
            changes["headers"] = tuple((header.name, header.value) for header in self.headers)
        if self.receipts is not None:
            changes["receipts"] = ReceiptPaths(**_paths(self.receipts))
        if self.messages is not None:
            changes["messages"] = MessagePaths(**_paths(self.messages))
        return changes


def _paths(paths: HttpReceiptPathsInput | HttpMessagePathsInput) -> dict[str, str]:
    return {name.removesuffix("_path"): path for name, path in vars(paths).items()}
