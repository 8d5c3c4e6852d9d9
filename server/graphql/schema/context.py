"""What a resolver knows of its request: who asks, from where, and the loaders that batch its reads."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

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


@dataclass
class Context:
    """One operation of one caller.

    `cost` is its price in points, of which `kept` are never given back, and `paid` what of it has been
    charged and is not settled yet. `cursor` is how far a stream's client has been told, and
    `resume_after` where it left the stream before, for transports that have a place of their own for it.
    `pace` is how a query or mutation goes on.
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
    code: str | None = None
    pace: Pace | None = None
    _secret: str | None = None
    _identified_at_us: int = 0
    _loaders: dict[Hashable, Loader[Any, Any]] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        """Who asks; the permission of the field has been checked before.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.caller is None:
            raise self.refusal or Unauthenticated("Sign in first.")
        return self.caller

    async def identify(self, secret: str) -> None:
        """Note whose secret this is; one that is no good is refused only where somebody has to be signed in."""
        self._secret, self._identified_at_us = secret, self.services.clock.now_us()
        try:
            self.caller, self.refusal = await principal_of_secret(self.services, secret, self.address), None
        except Denied as refusal:
            self.caller, self.refusal = None, refusal

    async def still_refused(self) -> Denied | None:
        """Find out anew who asks, who may have lost the right meanwhile; return why, or None."""
        if self._secret is not None:
            await self.identify(self._secret)
        return self.refusal

    @contextmanager
    def ending(self) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever something of the caller's ends: a session, a token, a right."""
        if self.caller is None:
            yield asyncio.Event()
            return
        topic = caller_topic(holder_id=self.caller.holder_id, user_id=self.caller.user_id)
        with self.services.bus.listen(topic) as event:
            yield event

    @property
    def user_agent(self) -> str | None:
        """What the caller's program calls itself."""
        return self.request.headers.get("user-agent")

    def count_error(self, code: str) -> None:
        """Count an error or a refusal of the answer; the log shows the first."""
        self.services.meters.graphql_errors.labels(code).inc()
        self.code = self.code or code

    @property
    def budget_key(self) -> str:
        """Whose budget pays: the caller's own, or that of the network of somebody who is not signed in."""
        return self.caller.key if self.caller is not None else f"address:{network_of(self.address)}"

    async def confirm(self) -> Principal:
        """Return who is being told something, after making sure every few seconds that it may still hear it.

        Raises:
            Denied: no longer.
        """
        stale = self.services.clock.now_us() - self._identified_at_us >= CONFIRMED_US
        if stale and self._secret is not None:
            await self.identify(self._secret)
        return self.principal

    def loader(
        self, key: Hashable, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], default: D
    ) -> Loader[K, V | D]:
        """Return this request's loader of that key, made at its first use.

        `load` gets many of the keys wanted at once and returns what it found; the rest get the default.
        """
        loader = self._loaders.get(key)
        if loader is None:
            loader = self._loaders[key] = Loader(load, default, self.pace)
        return loader


Info = StrawberryInfo[Context, None]
