"""Password hashing with argon2id (RFC 9106), in threads of its own and never on the event loop."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import argon2

from server.errors import Overloaded
from server.kit.clock import SECOND_US, Clock

_T = TypeVar("_T")

# Longer ones are never set, so they can't match; cutting them bounds the work.
MAX_PASSWORD_CHARS = 1_024
_SALT_BYTES = 16
_HASH_BYTES = 32


class PasswordHasher:
    """Hashes and verifies passwords, a few at a time.

    A positive verdict is remembered for a short while, so that a script that sends many messages does
    not cost an argon2 run for each. What is remembered is a keyed digest of the stored hash and the
    password together: a changed password is a changed hash, and finds nothing.

    All methods but the constructor and `close` are to be called from one event loop.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        time_cost: int = 3,
        memory_cost_kib: int = 65_536,
        parallelism: int = 4,
        workers: int = 2,
        max_waiting: int = 64,
        cache_seconds: int = 60,
        cache_size: int = 10_000,
    ) -> None:
        """Take the clock, argon2's parameters (RFC 9106 §4 second choice by default) and the bounds.

        `max_waiting` is how many may queue behind the `workers` that run.
        """
        self._argon2 = argon2.PasswordHasher(
            time_cost, memory_cost_kib, parallelism, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES
        )
        self._absent_hash = (
            f"$argon2id$v=19$m={memory_cost_kib},t={time_cost},p={parallelism}"
            f"${_random_base64(_SALT_BYTES)}${_random_base64(_HASH_BYTES)}"
        )
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._slots = threading.BoundedSemaphore(workers + max_waiting)
        self._verdicts = _VerdictCache(clock, cache_seconds, cache_size)

    async def hash(self, password: str) -> str:
        """Return the encoded argon2id hash of a password, with a salt of its own.

        Raises:
            Overloaded: too many are waiting already.
        """
        return await self._run(lambda: self._argon2.hash(_to_bytes(password)))

    def remembers(self, stored_hash: str, password: str) -> bool:
        """Tell whether this pair matched a short while ago, at no cost."""
        return self._verdicts.recall(stored_hash, password)

    async def verify(self, stored_hash: str, password: str) -> bool:
        """Tell whether the password is the one that was hashed.

        Raises:
            Overloaded: too many are waiting already.
            argon2.exceptions.InvalidHashError: the stored hash is none; a fault of ours.
        """
        if self.remembers(stored_hash, password):
            return True
        matches = await self._run(lambda: self._matches(stored_hash, password))
        if matches:
            self._verdicts.remember(stored_hash, password)
        return matches

    async def verify_absent(self, password: str) -> bool:
        """Do the work of a failed `verify` and return False, so that time does not tell who exists.

        Raises:
            Overloaded: too many are waiting already.
        """
        return await self._run(lambda: self._matches(self._absent_hash, password))

    def needs_rehash(self, stored_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than the present ones."""
        return self._argon2.check_needs_rehash(stored_hash)

    def close(self) -> None:
        """Drop what is waiting and end the threads, once what runs has ended."""
        self._executor.shutdown(cancel_futures=True)

    def _matches(self, stored_hash: str, password: str) -> bool:
        try:
            matches = self._argon2.verify(stored_hash, _to_bytes(password[:MAX_PASSWORD_CHARS]))
        except argon2.exceptions.VerifyMismatchError:
            return False
        return matches and len(password) <= MAX_PASSWORD_CHARS

    async def _run(self, work: Callable[[], _T]) -> _T:
        if not self._slots.acquire(blocking=False):
            msg = "Too many passwords are being checked; try again in a second."
            raise Overloaded(msg, retry_after=1)
        future: Future[_T] = self._executor.submit(work)
        # On the future, not here: a caller that is cancelled leaves work running that still holds its slot.
        future.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(future)


class _VerdictCache:
    """Positive verdicts, least recently used out first; holds no password and nothing that reveals one."""

    def __init__(self, clock: Clock, seconds: int, size: int) -> None:
        self._clock = clock
        self._keep_us = seconds * SECOND_US
        self._size = size
        self._key = secrets.token_bytes(32)
        self._expiries_us: OrderedDict[bytes, int] = OrderedDict()

    def recall(self, stored_hash: str, password: str) -> bool:
        """Tell whether this pair matched within the time that verdicts are kept; use does not extend it."""
        digest = self._digest(stored_hash, password)
        expiry_us = self._expiries_us.get(digest)
        if expiry_us is None:
            return False
        if expiry_us <= self._clock.now_us():
            del self._expiries_us[digest]
            return False
        self._expiries_us.move_to_end(digest)
        return True

    def remember(self, stored_hash: str, password: str) -> None:
        self._expiries_us[self._digest(stored_hash, password)] = self._clock.now_us() + self._keep_us
        if len(self._expiries_us) > self._size:
            self._expiries_us.popitem(last=False)

    def _digest(self, stored_hash: str, password: str) -> bytes:
        # The hash is ASCII without NUL, so the NUL keeps its end apart from the password's start.
        content = stored_hash.encode() + b"\0" + _to_bytes(password)
        return hmac.digest(self._key, content, hashlib.sha256)


def _to_bytes(password: str) -> bytes:
    # A lone surrogate, as JSON may carry it, has no UTF-8: it is a wrong password, not a fault.
    return password.encode("utf-8", "surrogatepass")


def _random_base64(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode("ascii").rstrip("=")
