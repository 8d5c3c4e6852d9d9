"""Calling a URL outside, as the rest of the server sees it: one GET, and its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.rules.callbacks.callbacks import TryVerdict

MAX_CALLS = 200
"""The most callbacks that a worker makes at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """The outcome of one try.

    `address` is the connection's peer, or None without a connection; `status` the HTTP status, if one came;
    `retry_after_seconds` is what the endpoint asked for.
    """

    verdict: TryVerdict
    latency_us: int
    address: str | None = None
    status: int | None = None
    retry_after_seconds: int | None = None


class CallbackCaller(Protocol):
    """Calls URLs that others chose. It never raises because of the answer, and never waits for long."""

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Make one GET without following redirects, and return its outcome."""

    async def close(self) -> None:
        """Close the connections that are kept open."""
