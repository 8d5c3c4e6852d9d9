"""What calling a URL outside looks like from above: one GET, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.rules.callbacks.callbacks import TryVerdict

MAX_CALLS = 200
"""Callbacks that a worker ever makes at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """How one try ended.

    `address` is where the connection went, None if there was none; `status` the HTTP status, if one
    came; `retry_after_seconds` what the endpoint asked for.
    """

    verdict: TryVerdict
    latency_us: int
    address: str | None = None
    status: int | None = None
    retry_after_seconds: int | None = None


class CallbackCaller(Protocol):
    """Calls URLs that strangers chose; it never raises for what they answer, and never waits for long."""

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Make one GET, follow no redirect, and tell how it ended."""

    async def close(self) -> None:
        """Close the connections that are kept open."""
