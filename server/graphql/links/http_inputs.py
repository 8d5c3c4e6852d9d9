"""Inputs about links over HTTP."""

from typing import Any

import strawberry

from server.rules.links.http import BodyFormat, HttpMethod, HttpPreset, MessagePaths, ReceiptPaths


@strawberry.input(description="A header of the requests.")
class HttpHeaderInput:
    name: str = strawberry.field(description="Its name, like Authorization.")
    value: str = strawberry.field(
        description="Its value, which may have variables, like `Bearer {password}`."
    )


@strawberry.input(
    description=(
        "Where an operator's receipt call has its values. A path is names joined by dots, like "
        "`payload.messageId`. Of several paths separated by spaces, the first one with a value counts."
    )
)
class HttpReceiptPathsInput:
    id_path: str = strawberry.field(description="The message id, the same as in the response to the request.")
    status_path: str = strawberry.field(
        description="The word for the message's outcome, which `pttTable` explains."
    )
    error_path: str = strawberry.field(
        default="", description="The reason, which `pttTable` can explain too."
    )


@strawberry.input(description="Where an operator's call about a message from a phone has its values.")
class HttpMessagePathsInput:
    sender_path: str = strawberry.field(description="The number of the phone.")
    text_path: str = strawberry.field(description="The text of the message.")
    receiver_path: str = strawberry.field(
        default="", description="The sender name that it replies to; `account` if there is none."
    )
    id_path: str = strawberry.field(
        default="",
        description=(
            "An id by which a repeated call is recognised. Without it, a call with the same content is a "
            "repeat."
        ),
    )


@strawberry.input(
    description=(
        "The settings of a link over HTTP: a preset and what it leaves open, or a template of your own. "
        "Fields given with a preset override it. Variables are {receiver}, {receiver_digits} (without a "
        "plus), {sender}, {text}, {id}, {coding}, {class}, {validity_seconds}, {validity_minutes}, "
        "{receipts_url}, {user}, {account}, {password} and {second_key}; their values are escaped as needed."
    )
)
class HttpLinkInput:
    preset: HttpPreset | None = strawberry.field(
        default=None, description="The API whose template is used. Without one, the template is your own."
    )
    user: str | None = strawberry.field(
        default=None,
        description="The user of the requests: OVHcloud's application key, Twilio's account SID or API key.",
    )
    account: str | None = strawberry.field(
        default=None,
        description=(
            "The account at the operator: OVHcloud's service name, or Twilio's account SID if the user is "
            "an API key. With SMSGate, the phone's own number, taken as the receiver of incoming messages."
        ),
    )
    second_key: str | None = strawberry.field(
        default=None,
        description=(
            "A second secret: OVHcloud's consumer key, SMSGate's signing key, or Twilio's auth token if the "
            "user is an API key. It is stored encrypted and never shown again."
        ),
    )
    url: str | None = strawberry.field(
        default=None,
        description="The URL of the requests, https or http. A new host needs the secrets again.",
    )
    method: HttpMethod | None = strawberry.field(
        default=None, description="The HTTP method; POST by default."
    )
    headers: list[HttpHeaderInput] | None = strawberry.field(
        default=None, description="Headers in addition to those of every request. Replaces all."
    )
    body_format: BodyFormat | None = strawberry.field(
        default=None, description="The format of the body; JSON by default."
    )
    body: str | None = strawberry.field(
        default=None,
        description=(
            'The body, like `{"to": "{receiver}", "text": "{text}"}`, or as a form '
            "`to={receiver}&text={text}`. A JSON string that is only {validity_seconds} or "
            "{validity_minutes} becomes a number."
        ),
    )
    basic_auth: bool | None = strawberry.field(
        default=None, description="Whether to send the user and the password by HTTP Basic authentication."
    )
    id_path: str | None = strawberry.field(
        default=None,
        description=(
            "The path of the message id in the JSON response, like `messages.0.id`. Receipts have the same "
            "id."
        ),
    )
    error_path: str | None = strawberry.field(
        default=None,
        description="The path of the reason for a refusal, a number that `refusalPtts` can explain.",
    )
    receipts: HttpReceiptPathsInput | None = strawberry.field(
        default=None, description="How to read the operator's receipt calls."
    )
    messages: HttpMessagePathsInput | None = strawberry.field(
        default=None, description="How to read the operator's calls about messages from phones."
    )

    def changes(self) -> dict[str, Any]:
        """Return the changed options: a field that was left out or is null is not changed."""
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
