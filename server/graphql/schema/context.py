"""What a resolver knows about its request: the caller, its address, and the loaders that batch its reads."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.types import Info as StrawberryInfo

from server.bus.bus import caller_topic
from server.errors import Denied, Unauthenticated
from server.graphql.loader import Loader
from server.kit.clock import SECOND_US
from server.kit.ip_address import network_of
from server.kit.passes import Pace
from server.operations.access.authentication import principal_of_secret
from server.operations.core.principals import Principal
from server.operations.core.rate_budget import RateLimit
from server.operations.core.services import Services

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
D = TypeVar("D")

CONFIRMED_US = 5 * SECOND_US
NO_BUDGET = RateLimit(0, 0, 0)


class Reached(Protocol):
    """Is told up to which entry of its log a stream has sent everything, and whether that is the log's end."""

    def __call__(self, position: int, *, at_end: bool) -> bool:
        """Return whether somebody else goes on from there: the stream ends."""


def _go_on(position: int, *, at_end: bool) -> bool:  # noqa: ARG001 the signature is given
    return False


def _nobodys_request() -> Request:
    return Request({"type": "http", "headers": []})


@dataclass
class Context:
    """One operation of one caller.

    `cost` is its price in points: `kept` of them are never given back, and `paid` of them are charged but not
    settled yet. `cursor` is the last entry that a stream's client got. `resume_after` is where the client
    left the stream earlier, if its transport has a way to say so. `position` is the number of the entry where the
    stream stands; one that has it already goes on from there. `pace` spreads a query or mutation over the event loop.
    """

    services: Services
    request: Request | WebSocket
    response: Response | WebSocket
    address: str | None
    secure_cookies: bool
    caller: Principal | None = None
    refusal: Denied | None = None
    cost: int = 0
    kept: int = 0
    paid: int = 0
    rate_limit: RateLimit = NO_BUDGET
    cursor: str | None = None
    resume_after: str | None = None
    position: int | None = None
    reached: Reached = _go_on
    code: str | None = None
    pace: Pace | None = None
    _secret: str | None = None
    _identified_at_us: int = 0
    _loaders: dict[Hashable, Loader[Any, Any]] = field(default_factory=dict)

    @classmethod
    def of_rights(cls, services: Services, caller: Principal) -> "Context":
        """Return the context of what is executed once for all who have these rights: nothing of a request is in it."""
        return cls(services, _nobodys_request(), Response(), None, secure_cookies=True, caller=caller)

    def without_request(self) -> "Context":
        """Return the context of the same caller beyond this request."""
        return replace(self, request=_nobodys_request(), response=Response(), _loaders={})

    @property
    def credential(self) -> tuple[str | None, str | None]:
        """What the caller is known by: a secret, and the address that it comes from."""
        return self._secret, self.address

    @property
    def principal(self) -> Principal:
        """The caller. The right to the field was checked before.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.caller is None:
            raise self.refusal or Unauthenticated("Sign in first.")
        return self.caller

    async def identify(self, secret: str) -> None:
        """Find out whose secret this is. A wrong one is only refused if a field needs a caller."""
        self._secret, self._identified_at_us = secret, self.services.clock.now_us()
        try:
            self.caller, self.refusal = await principal_of_secret(self.services, secret, self.address), None
        except Denied as refusal:
            self.caller, self.refusal = None, refusal

    async def still_refused(self) -> Denied | None:
        """Identify the caller again, who may have lost the right; return the reason, or None."""
        if self._secret is not None:
            await self.identify(self._secret)
        return self.refusal

    @contextmanager
    def ending(self) -> Iterator[asyncio.Event]:
        """Give an event that is set when something of the caller's ends: a session, a token or a right."""
        if self.caller is None:
            yield asyncio.Event()
            return
        topic = caller_topic(holder_id=self.caller.holder_id, user_id=self.caller.user_id)
        with self.services.bus.listen(topic) as event:
            yield event

    @property
    def user_agent(self) -> str | None:
        """The user agent of the caller's program."""
        return self.request.headers.get("user-agent")

    def count_error(self, code: str) -> None:
        """Count an error or refusal in the answer; the log shows the first."""
        self.services.meters.graphql_errors.labels(code).inc()
        self.code = self.code or code

    @property
    def budget_key(self) -> str:
        """Whose budget pays: the caller's, or without a caller that of the network."""
        return self.caller.key if self.caller is not None else f"address:{network_of(self.address)}"

    async def confirm(self) -> Principal:
        """Return the subscriber, and check every few seconds that it may still listen.

        Raises:
            Denied: it may not any more.
        """
        if self.is_stale and self._secret is not None:
            await self.identify(self._secret)
        return self.principal

    @property
    def is_stale(self) -> bool:
        """Whether it is some seconds since the caller was identified."""
        return self.services.clock.now_us() - self._identified_at_us >= CONFIRMED_US

    def loader(
        self, key: Hashable, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], default: D
    ) -> Loader[K, V | D]:
        """Return this request's loader for a key, created at its first use.

        `load` gets many keys at once and returns the values that it found; the other keys get the default.
        """
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = Loader(load, default, self.pace)
        return loader


Info = StrawberryInfo[Context, None]
