"""An HTTP request and its answer, and what makes the one of the other: without any socket in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What is to be sent. The URL, the headers and the body may bear secrets, and are in no log."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """What came back: header names are in lower case. A body that was too long is cut off."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NotReached(Exception):
    """Nothing of the request was sent; the message says why, without any secret."""


class NoAnswer(Exception):
    """The request may have been read, and no whole answer came; the message says why, without any secret."""


class HttpCaller(Protocol):
    """Makes requests, with bounds on all that may come back."""

    async def exchange(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Send a request once, follow no redirect, and return its answer, waited for so long.

        Raises:
            NotReached: nothing was sent.
            NoAnswer: it may have been read.
        """

    async def close(self) -> None:
        """Close the connections that are kept open."""
