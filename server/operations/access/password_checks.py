"""Checking the passwords of holders and API users: in turn, counted first, and equal ones only once."""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial

from server.errors import DomainError, Overloaded
from server.kit.clock import DAY_US
from server.kit.passwords import Flow, Turn
from server.operations.access.throttling import SignInThrottle
from server.operations.core.services import Services
from server.store.models import Holder, SignInOrigin, User
from server.store.queries.access.holders import renew_password_hash
from server.store.queries.access.tries import find_origins, note_origin

ORIGINS_KEPT_US = 90 * DAY_US
MAX_TOGETHER = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A password sent from a network to prove that the caller owns a login. The login may have no owner.

    `login` names the tenant too if other tenants may have the same login.
    """

    tenant: str
    login: str
    owner: Holder | User | None
    password: str
    network: str

    @property
    def stored_hash(self) -> str | None:
        """The hash that the password has to match."""
        return None if self.owner is None else self.owner.password_hash

    @property
    def may_pass(self) -> bool:
        """Whether the right password is enough. A disabled holder is told that it is wrong."""
        return not isinstance(self.owner, Holder) or self.owner.enabled

    @property
    def origin_key(self) -> str:
        """A name for the pair of login and network."""
        return hashlib.sha256(f"{self.network} {self.login}".encode("utf-8", "surrogatepass")).hexdigest()

    def flow(self, *, is_known: bool) -> Flow:
        """Whose work the check counts as. It must not show whether the login has an owner."""
        return Flow(is_known, self.tenant if is_known else self.network, self.login)


async def check_claim(services: Services, claim: Claim) -> bool:
    """Tell whether the password is right, and count the try by login and address.

    The claims to one login are checked one after the other, in the order they came, so that nobody guesses
    faster by guessing in parallel. Those that come together with the same password are checked together.

    Raises:
        Throttled: there were too many failures; the password is not checked.
        Overloaded: too many passwords wait for their check.
    """
    origin = await services.look_ups.read("origin", claim.origin_key, _find_origins)
    is_known = origin is not None

    async def check_in_turn(claims: Sequence[Claim]) -> list[bool | DomainError]:
        together = _Round(services, is_known=is_known)
        return [await together.outcome(each) for each in claims]

    key = ("password", claim.login, is_known)
    passed = await services.look_ups.join(key, claim, check_in_turn, max_weight=MAX_TOGETHER)
    now_us = services.clock.now_us()
    if passed and (origin is None or origin.used_at_us < now_us - DAY_US):
        await note_origin(claim.origin_key, at_us=now_us)
    return passed


async def _find_origins(keys: Sequence[str]) -> list[SignInOrigin | None]:
    found = await find_origins(keys)
    return [found.get(key) for key in keys]


class _Round:
    """The claims to one login that came at the same time."""

    def __init__(self, services: Services, *, is_known: bool) -> None:
        self._services = services
        self._is_known = is_known
        self._looked_at: dict[tuple[str | None, str], bool] = {}
        self._passed: set[tuple[str | None, str, str]] = set()

    async def outcome(self, claim: Claim) -> bool | DomainError:
        """Return the result of a claim. A refusal concerns this claim only."""
        question = (claim.stored_hash, claim.password, claim.network)
        if question in self._passed:
            return True
        throttle = SignInThrottle(self._services, claim.login, claim.network, is_known=self._is_known)
        try:
            passed = await throttle.attempt(partial(self._turn, claim), partial(self._look, claim))
        except DomainError as refusal:
            return refusal
        if passed:
            self._passed.add(question)
        return passed

    def _turn(self, claim: Claim) -> AbstractAsyncContextManager[Turn | None]:
        """Return the claim's turn at a check, unless the result is known already."""
        passwords, stored = self._services.passwords, claim.stored_hash
        is_known = (stored, claim.password) in self._looked_at
        if is_known or (stored is not None and passwords.remembers(stored, claim.password)):
            return nullcontext()
        return passwords.turn(claim.flow(is_known=self._is_known))

    async def _look(self, claim: Claim, turn: Turn | None) -> bool:
        pair = (claim.stored_hash, claim.password)
        if pair not in self._looked_at:
            self._looked_at[pair] = await self._matches(claim, turn)
        return self._looked_at[pair] and claim.may_pass

    async def _matches(self, claim: Claim, turn: Turn | None) -> bool:
        passwords, flow = self._services.passwords, claim.flow(is_known=self._is_known)
        if claim.owner is None:
            return await passwords.verify_absent(claim.password, flow, turn)
        if not await passwords.verify(claim.owner.password_hash, claim.password, flow, turn):
            return False
        if passwords.needs_rehash(claim.owner.password_hash):
            with suppress(Overloaded):  # the next sign-in renews it
                await _renew_hash(self._services, claim.owner, claim.password, flow, turn)
        return True


async def _renew_hash(
    services: Services, owner: Holder | User, password: str, flow: Flow, turn: Turn | None
) -> None:
    """Hash a password with the current parameters. One that was changed meanwhile is left alone."""
    renewed = await services.passwords.hash(password, flow, turn)

    async def work() -> None:
        await renew_password_hash(owner, renewed)

    await services.transactions.run(work)
