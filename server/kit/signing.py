"""Signatures of callbacks, according to Standard Webhooks (https://www.standardwebhooks.com), and their keys.

A callback has no body, so the URL is signed in its place: it contains everything that the callback says.
"""

import base64
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105 the standard's prefix of a secret
MIN_SECRET_BYTES = 32


class SigningKeys:
    """Keys that are derived from the server's secret, so that none is stored."""

    def __init__(self, secret: bytes) -> None:
        """Keep only the secret in memory, and nothing derived from it.

        Raises:
            ValueError: it is shorter than `MIN_SECRET_BYTES`.
        """
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"the secret key needs at least {MIN_SECRET_BYTES} characters")
        self._secret = secret

    @property
    def fingerprint(self) -> str:
        """A fingerprint of the secret, which reveals nothing else of it."""
        return hmac.digest(self._secret, b"fingerprint", hashlib.sha256).hex()

    def key(self, account_id: int, user_id: int | None, version: int) -> bytes:
        """Return one version of the key of a user, or of an account."""
        purpose = f"callback|{account_id}|{user_id or 0}|{version}"
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def link_token(self, contact_id: int) -> str:
        """Return the secret part of a link in a mail or an SMS: only its receiver knows it."""
        mac = hmac.digest(self._secret, f"contact link|{contact_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:18]).decode()

    def call_token(self, link_id: int) -> str:
        """Return the secret part of the URLs for calls of a link's operator."""
        mac = hmac.digest(self._secret, f"operator call|{link_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:24]).decode()

    def code(self, contact_id: int, request: int) -> str:
        """Return the six digits that are sent to a phone for one of the requests."""
        mac = hmac.digest(self._secret, f"contact code|{contact_id}|{request}".encode(), hashlib.sha256)
        return f"{int.from_bytes(mac[:8]) % 10**6:06}"


def show_key(key: bytes) -> str:
    """Return a key in the form for its holder, which libraries for Standard Webhooks accept."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def key_id(key: bytes) -> str:
    """Return the id of a key, which reveals nothing else of it: the start of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def sign(key: bytes, *, id: str, timestamp: int, url: str) -> str:
    """Return the signature of a callback: `v1,` and the HMAC-SHA256 of id, seconds and URL in base64."""
    signed = f"{id}.{timestamp}.{url}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
