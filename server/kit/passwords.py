"""Password hashing with argon2id (RFC 9106), in separate threads and never on the event loop."""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import sys
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, TypeVar

import argon2

from server.errors import Overloaded
from server.kit.clock import SECOND_US, Clock
from server.kit.fair_queue import FairQueue

_T = TypeVar("_T")

# Longer passwords are never set, so they can't match; cutting them bounds the work.
MAX_PASSWORD_CHARS = 1_024
_SALT_BYTES = 16
_HASH_BYTES = 32
_NICENESS = 10


class Flow(NamedTuple):
    """The caller of a check, for fair turns: known callers and strangers, in groups, by name.

    A known caller has proved its identity before, and is grouped with its tenant. A stranger is grouped with
    everybody in its network. Whether a login exists must make no difference.
    """

    is_known: bool
    group: str
    name: str = ""

    @property
    def path(self) -> tuple[str, str, str]:
        """Return the path in a fair queue."""
        return ("known" if self.is_known else "unknown", self.group, self.name)


SERVER_FLOW = Flow(is_known=True, group="server")


class Turn:
    """A turn at one of the threads, for one piece of work after the other."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self._work: Future[Any] | None = None

    async def run(self, work: Callable[[], _T]) -> _T:
        """Return the result of some work.

        Raises:
            Overloaded: the threads have been ended.
        """
        try:
            self._work = future = self._executor.submit(work)
        except RuntimeError as error:
            raise _overloaded() from error
        return await asyncio.wrap_future(future)

    def end(self, give_back: Callable[[], None]) -> None:
        """Give the thread back once it is free: the work of a cancelled caller still runs in it."""
        loop = asyncio.get_running_loop()
        if self._work is None:
            give_back()
        else:
            self._work.add_done_callback(lambda _: _call_in(loop, give_back))


class PasswordHasher:
    """Hashes and verifies passwords, a few at a time, in fair turns.

    Half of the turns are for known callers, however many strangers wait. Among both, the groups take turns,
    and in a group its callers. If too many wait, the longest group is cut.

    A positive result is remembered while it is used from time to time, so that a script that sends many
    messages does not cost an argon2 run for each. The memory is a keyed digest of the stored hash and the
    password: a changed password changes the hash, and matches nothing.

    Call all methods except the constructor from one event loop.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        time_cost: int,
        memory_cost_kib: int,
        parallelism: int = 4,
        workers: int = 2,
        max_waiting: int = 1_000,
        cache_seconds: int = 600,
        cache_size: int = 20_000,
    ) -> None:
        """`max_waiting` is how many may wait in addition to the `workers` that run."""
        self._argon2 = argon2.PasswordHasher(
            time_cost, memory_cost_kib, parallelism, hash_len=_HASH_BYTES, salt_len=_SALT_BYTES
        )
        self._absent_hash = (
            f"$argon2id$v=19$m={memory_cost_kib},t={time_cost},p={parallelism}"
            f"${_random_base64(_SALT_BYTES)}${_random_base64(_HASH_BYTES)}"
        )
        self._executor = ThreadPoolExecutor(workers, "passwords", initializer=_give_way)
        self._idle = workers
        self._waiting: FairQueue[asyncio.Future[None]] = FairQueue()
        self._max_waiting = max_waiting
        self._closed = False
        self._verdicts = _VerdictCache(clock, cache_seconds, cache_size)

    @asynccontextmanager
    async def turn(self, flow: Flow) -> AsyncIterator[Turn]:
        """Wait for this flow's turn; the methods below take it, or else wait for one of their own.

        Raises:
            Overloaded: too many are waiting already.
        """
        await self._wait(flow)
        turn = Turn(self._executor)
        try:
            yield turn
        finally:
            turn.end(self._next)

    async def hash(self, password: str, flow: Flow = SERVER_FLOW, turn: Turn | None = None) -> str:
        """Return the encoded argon2id hash of a password, with a new salt.

        Raises:
            Overloaded: too many are waiting already.
        """
        return await self._run(flow, turn, lambda: self._argon2.hash(_to_bytes(password)))

    def remembers(self, stored_hash: str, password: str, origin: str | None = None) -> bool:
        """Tell whether this pair matched recently (if an origin is given, for a caller from there)."""
        return self._verdicts.recall(stored_hash, password, origin)

    def remember(self, stored_hash: str, password: str, origin: str) -> None:
        """Remember that this pair matches, for callers from this origin."""
        self._verdicts.remember(stored_hash, password, origin)

    async def verify(
        self, stored_hash: str, password: str, flow: Flow = SERVER_FLOW, turn: Turn | None = None
    ) -> bool:
        """Tell whether the password is the one that was hashed.

        Raises:
            Overloaded: too many are waiting already.
            argon2.exceptions.InvalidHashError: the stored hash is not valid, which is a bug.
        """
        if self.remembers(stored_hash, password):
            return True
        matches = await self._run(flow, turn, lambda: self._matches(stored_hash, password))
        if matches:
            self._verdicts.remember(stored_hash, password)
        return matches

    async def verify_absent(self, password: str, flow: Flow = SERVER_FLOW, turn: Turn | None = None) -> bool:
        """Do the work of a failed `verify` and return False, so that timing does not reveal who exists.

        Raises:
            Overloaded: too many are waiting already.
        """
        return await self._run(flow, turn, lambda: self._matches(self._absent_hash, password))

    def needs_rehash(self, stored_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than the current ones."""
        return self._argon2.check_needs_rehash(stored_hash)

    def close(self) -> None:
        """Refuse waiting and new work, and end the threads after the running work."""
        self._closed = True
        while self._waiting:
            _refuse(self._waiting.pop())
        self._executor.shutdown()

    def _matches(self, stored_hash: str, password: str) -> bool:
        try:
            matches = self._argon2.verify(stored_hash, _to_bytes(password[:MAX_PASSWORD_CHARS]))
        except argon2.exceptions.VerifyMismatchError:
            return False
        return matches and len(password) <= MAX_PASSWORD_CHARS

    async def _run(self, flow: Flow, turn: Turn | None, work: Callable[[], _T]) -> _T:
        if turn is not None:
            return await turn.run(work)
        async with self.turn(flow) as own:
            return await own.run(work)

    async def _wait(self, flow: Flow) -> None:
        """Wait until a thread is free and it is this flow's turn."""
        if self._closed:
            raise _overloaded()
        if self._idle:
            self._idle -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.push(flow.path, turn)
        if len(self._waiting) > self._max_waiting:
            _refuse(self._waiting.drop())
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.discard(flow.path, turn)
            elif turn.exception() is None:
                self._next()
            raise

    def _next(self) -> None:
        """Give a free thread to the caller whose turn it is."""
        while self._waiting:
            turn = self._waiting.pop()
            if not turn.done():  # otherwise it was cancelled, and its caller has not run since
                turn.set_result(None)
                return
        self._idle += 1


class _VerdictCache:
    """Positive results, least recently used out first; stores no password and nothing that reveals one."""

    def __init__(self, clock: Clock, seconds: int, size: int) -> None:
        self._clock = clock
        self._keep_us = seconds * SECOND_US
        self._size = size
        self._key = secrets.token_bytes(32)
        self._expiries_us: OrderedDict[bytes, int] = OrderedDict()

    def recall(self, stored_hash: str, password: str, origin: str | None = None) -> bool:
        """Tell whether this pair matched, and renew the result's time.

        A pair that matched always will. It only expires so that no unused digest of a password stays in
        memory. If it expired while in use, all its users would need a new check at once.
        """
        digest = self._digest(stored_hash, password, origin)
        expiry_us = self._expiries_us.pop(digest, 0)
        now_us = self._clock.now_us()
        if expiry_us <= now_us:
            return False
        self._expiries_us[digest] = now_us + self._keep_us
        return True

    def remember(self, stored_hash: str, password: str, origin: str | None = None) -> None:
        digest = self._digest(stored_hash, password, origin)
        self._expiries_us[digest] = self._clock.now_us() + self._keep_us
        self._expiries_us.move_to_end(digest)
        while self._expiries_us and (
            len(self._expiries_us) > self._size
            or next(iter(self._expiries_us.values())) <= self._clock.now_us()
        ):
            self._expiries_us.popitem(last=False)

    def _digest(self, stored_hash: str, password: str, origin: str | None) -> bytes:
        # The hash and the origin are ASCII without NUL, so the NULs keep them apart from what follows.
        content = b"\0".join([stored_hash.encode(), (origin or "").encode(), _to_bytes(password)])
        return hmac.digest(self._key, content, hashlib.sha256)


def _give_way() -> None:
    """Make this thread, and those that argon2 starts from it, yield to the event loop's (only on Linux)."""
    if sys.platform == "linux":
        niceness = os.getpriority(os.PRIO_PROCESS, 0) + _NICENESS
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def _call_in(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop has ended, and all its callers with it
        loop.call_soon_threadsafe(callback)


def _refuse(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_exception(_overloaded())


def _overloaded() -> Overloaded:
    return Overloaded("Too many passwords are being checked; try again in a second.", retry_after=1)


def _to_bytes(password: str) -> bytes:
    # JSON may contain a lone surrogate, which has no UTF-8: it is a wrong password, not an error.
    return password.encode("utf-8", "surrogatepass")


def _random_base64(size: int) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode("ascii").rstrip("=")
