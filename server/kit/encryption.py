"""Secrets at rest: encrypted with the server's key, so that a copy of the database alone reveals none."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PURPOSE = b"secrets at rest"
_NONCE_BYTES = 12


class Undecryptable(ValueError):
    """The text was encrypted with another key or for another place, or was changed."""


class Cipher:
    """Encrypts texts with AES-256-GCM, with a key derived from the server's secret."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(secret, _PURPOSE, hashlib.sha256))

    def encrypt(self, text: str, place: str) -> str:
        """Return the encrypted text, to be stored at a place; it can be decrypted only for that place."""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, text.encode(), place.encode())
        return base64.b64encode(nonce + encrypted).decode()

    def decrypt(self, encrypted: str, place: str) -> str:
        """Return the text that was encrypted for this place.

        Raises:
            Undecryptable: it is not from this server, or not from this place.
        """
        try:
            octets = base64.b64decode(encrypted, validate=True)
            nonce, rest = octets[:_NONCE_BYTES], octets[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, rest, place.encode()).decode()
        except (binascii.Error, ValueError, InvalidTag) as error:
            raise Undecryptable("It was encrypted with another key, or for another place.") from error
