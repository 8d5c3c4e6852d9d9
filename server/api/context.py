"""What a resolver knows of its request: who asks, from where, and the loaders that batch its reads."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from server.errors import Denied, Unauthenticated
from server.operations.principals import Principal
from server.operations.services import Services

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
D = TypeVar("D")


@dataclass
class Context:
    """One request, or one WebSocket connection."""

    services: Services
    request: Request | WebSocket
    response: Response | WebSocket
    address: str | None
    secure_cookies: bool
    caller: Principal | None = None
    refusal: Denied | None = None
    connection_params: dict[str, object] = field(default_factory=dict)
    _loaders: dict[Hashable, DataLoader[Any, Any]] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        """Who asks; the permission of the field has been checked before.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.caller is None:
            raise self.refusal or Unauthenticated("Sign in first.")
        return self.caller

    def loader(
        self, key: Hashable, load: Callable[[Sequence[K]], Awaitable[dict[K, V]]], default: D
    ) -> DataLoader[K, V | D]:
        """Return this request's loader of that key, made at its first use.

        `load` gets all keys wanted at once and returns what it found; the rest get the default.
        """
        loader = self._loaders.get(key)
        if loader is None:

            async def load_all(keys: list[K]) -> list[V | D]:
                found = await load(keys)
                return [found.get(one, default) for one in keys]

            loader = self._loaders[key] = DataLoader(load_fn=load_all, cache=False)
        return loader


Info = StrawberryInfo[Context, None]
