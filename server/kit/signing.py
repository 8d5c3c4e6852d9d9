"""Signatures of callbacks, by Standard Webhooks (https://www.standardwebhooks.com), and the keys for them.

A callback has no body, so what is signed in its place is the URL, which carries all that it says.
"""

import base64
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105 how the standard marks a secret
MIN_SECRET_BYTES = 32


class SigningKeys:
    """Keys that are derived from one secret of the server, so that none is kept anywhere."""

    def __init__(self, secret: bytes) -> None:
        """Keep the secret in memory, and nothing that is made of it.

        Raises:
            ValueError: it is shorter than `MIN_SECRET_BYTES`.
        """
        if len(secret) < MIN_SECRET_BYTES:
            raise ValueError(f"the secret key has at least {MIN_SECRET_BYTES} characters")
        self._secret = secret

    @property
    def fingerprint(self) -> str:
        """What tells the secret from others, and nothing else of it."""
        return hmac.digest(self._secret, b"fingerprint", hashlib.sha256).hex()

    def key(self, account_id: int, user_id: int | None, version: int) -> bytes:
        """Return one version of a user's key, or of an account's own."""
        purpose = f"callback|{account_id}|{user_id or 0}|{version}"
        return hmac.digest(self._secret, purpose.encode(), hashlib.sha256)

    def link_token(self, contact_id: int) -> str:
        """Return the part of a link that only whoever got it in a mail or an SMS can know."""
        mac = hmac.digest(self._secret, f"contact link|{contact_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:18]).decode()

    def call_token(self, link_id: int) -> str:
        """Return the part of the URLs that a link's operator calls, which nobody else knows."""
        mac = hmac.digest(self._secret, f"operator call|{link_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:24]).decode()

    def code(self, contact_id: int, request: int) -> str:
        """Return the six digits that are sent to a phone at one of the requests."""
        mac = hmac.digest(self._secret, f"contact code|{contact_id}|{request}".encode(), hashlib.sha256)
        return f"{int.from_bytes(mac[:8]) % 10**6:06}"


def show_key(key: bytes) -> str:
    """Return a key as its holder is given it, and as libraries for Standard Webhooks take it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def key_id(key: bytes) -> str:
    """Return what tells a key from others and nothing else of it: the start of its SHA-256."""
    return hashlib.sha256(key).hexdigest()[:16]


def sign(key: bytes, *, id: str, timestamp: int, url: str) -> str:
    """Return the signature of a callback: `v1,` and the HMAC-SHA256 of id, seconds and URL in base64."""
    signed = f"{id}.{timestamp}.{url}".encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
