"""Counts the runs of argon2, the cost of a password."""

import argon2
import pytest


class Argon2Runs:
    """How many passwords were compared with a hash, and how many were hashed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wrap the library's hasher."""
        self.compared: list[bytes] = []
        self.hashed = 0
        verify, hash_ = argon2.PasswordHasher.verify, argon2.PasswordHasher.hash

        def counted_verify(hasher: argon2.PasswordHasher, stored_hash: str, password: bytes) -> bool:
            self.compared.append(password)
            return verify(hasher, stored_hash, password)

        def counted_hash(hasher: argon2.PasswordHasher, password: bytes) -> str:
            self.hashed += 1
            return hash_(hasher, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", counted_verify)
        monkeypatch.setattr(argon2.PasswordHasher, "hash", counted_hash)
