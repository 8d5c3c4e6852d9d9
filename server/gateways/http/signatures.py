"""Signatures: those that an API wants on our requests, and those that it puts on its calls."""

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
    """As whom a link speaks to its operator, and with which secrets."""

    user: str = ""
    password: str = field(default="", repr=False)
    second_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """What a signature of a call is over; `url` is the one that the operator was given, header names are in lower case."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class RequestSigning(Enum):
    """How our requests are signed."""

    NONE = "none"
    OVHCLOUD = "ovhcloud"

    def headers(self, keys: Signing, method: str, url: str, body: bytes, timestamp: int) -> dict[str, str]:
        """Return the headers that a request gets beside its own.

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
        """Tell whether a call bears the signature that it should; `now` is in seconds.

        What has no key to be looked at with passes: its URL is a secret already.
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
    """Tell whether a phone sent a call, lately: the body, then the time (SMSGate, "Payload signing")."""
    sent = call.headers.get("x-timestamp", "")
    if not (sent.isascii() and sent.isdigit()) or abs(now - int(sent[:15])) > MAX_AGE_SECONDS:
        return False
    expected = hmac.digest(key.encode(), call.body + sent.encode(), "sha256").hex()
    return hmac.compare_digest(expected.encode(), call.headers.get("x-signature", "").lower().encode())
