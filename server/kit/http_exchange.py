"""An HTTP request, its answer, and the protocol of a caller: no sockets here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request. The URL, the headers and the body may contain secrets, so no log shows them."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer. Header names are in lower case; a body that is too long is cut off."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NotReached(Exception):
    """Nothing of the request was sent; the message says why, without secrets."""


class NoAnswer(Exception):
    """The request may have been read, but no complete answer came; the message says why, without secrets."""


class HttpCaller(Protocol):
    """Makes requests, with bounds on the answer."""

    async def exchange(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Send a request once, follow no redirects, and return the answer if it comes within `seconds`.

        Raises:
            NotReached: nothing was sent.
            NoAnswer: it may have been read.
        """

    async def close(self) -> None:
        """Close the open connections."""
