"""Signatures: those on our requests to an API, and those on its calls to us."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qsl

MAX_AGE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """The user as whom a link talks to its operator, and the secrets."""

    user: str = ""
    password: str = field(default="", repr=False)
    second_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """What a call's signature covers. `url` is as we gave it to the operator; headers are in lower case."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RequestSigning(Enum):
    """How our requests are signed."""

    NONE = "none"
    OVHCLOUD = "ovhcloud"

    def headers(self, keys: Signing, method: str, url: str, body: bytes, timestamp: int) -> dict[str, str]:
        """Return the headers that sign a request.

        OVHcloud's are documented at https://docs.ovhcloud.com (First steps with the OVHcloud APIs): the user is
        the application's key, the password its secret, and the second key the consumer's.
        """
        if self is RequestSigning.NONE:
            return {}
        consumer = keys.second_key or ""
        signed = "+".join((keys.password, consumer, method, url, body.decode(), str(timestamp)))
        return {
            "X-Ovh-Application": keys.user,
            "X-Ovh-Consumer": consumer,
            "X-Ovh-Timestamp": str(timestamp),
            "X-Ovh-Signature": "$1$" + hashlib.sha1(signed.encode()).hexdigest(),  # noqa: S324 the API's own
        }


class CallSignature(Enum):
    """How an operator signs its calls."""

    NONE = "none"
    TWILIO = "twilio"
    SMSGATE = "smsgate"

    def is_genuine(self, call: SignedCall, keys: Signing, *, now: int) -> bool:
        """Tell whether a call has the right signature; `now` is in seconds.

        Without a key to check it with, a call passes: its URL is already a secret.
        """
        if self is CallSignature.TWILIO:
            return _is_twilios(call, keys.second_key or keys.password)
        if self is CallSignature.SMSGATE and keys.second_key:
            return _is_smsgates(call, keys.second_key, now)
        return True


def _is_twilios(call: SignedCall, auth_token: str) -> bool:
    """Tell whether Twilio sent a call: the URL, then the form's fields by name (Twilio, "Secure webhooks")."""
    fields = sorted(set(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)))
    signed = call.url + "".join(name + value for name, value in fields)
    expected = b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1"))
    return hmac.compare_digest(expected, call.headers.get("x-twilio-signature", "").encode())


def _is_smsgates(call: SignedCall, key: str, now: int) -> bool:
    """Tell whether a phone sent a call recently: the body, then the time (SMSGate, "Payload signing")."""
    sent = call.headers.get("x-timestamp", "")
    if not (sent.isascii() and sent.isdigit()) or abs(now - int(sent[:15])) > MAX_AGE_SECONDS:
        return False
    expected = hmac.digest(key.encode(), call.body + sent.encode(), "sha256").hex()
    return hmac.compare_digest(expected.encode(), call.headers.get("x-signature", "").lower().encode())
