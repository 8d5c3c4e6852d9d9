"""Keeps the links to operators in line with their settings, and reports their state."""

import asyncio
import secrets
from collections.abc import Sequence

from server.bus.bus import Queue
from server.gateways.link_state import LinkState, LinkStatus
from server.gateways.pool import Links
from server.gateways.protocol import LinkSetup
from server.operations.core.services import Services
from server.operations.links.links import link_versions, load_links, report_states

LOOK_SECONDS = 0.5
REPORT_SECONDS = 5.0


class LinkKeeper:
    """One worker's links: those of the database, and those from settings."""

    def __init__(self, services: Services, links: Links, given: Sequence[LinkSetup] = ()) -> None:
        """`given` are links from settings: each overrides a link of its name in the database."""
        self._services = services
        self._links = links
        self._given = given
        self._worker_id = secrets.token_hex(8)
        self._look_at = 0.0
        self._report_at = 0.0
        self._reported: list[LinkState] = []
        self._seen: dict[int, int] | None = None
        self._open: frozenset[str] | None = None

    async def step(self) -> bool:
        """Check for changed links, and report their states; return False: there is no more to do at once."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            await self._configure()
            await self._report(now)
        return False

    async def finish(self) -> None:
        """Close the links."""
        await self._links.close()
        if self._reported:
            await report_states(self._services, self._worker_id, [])

    async def _configure(self) -> None:
        versions = await link_versions()
        if versions != self._seen:
            loaded = await load_links(self._services)
            settings: dict[str, LinkSetup] = {setup.name: setup for setup in (*loaded, *self._given)}
            # If there are links but none is usable, messages wait: the simulator would only pretend to send
            # them.
            self._links.configure(
                list(settings.values()),
                falls_back=not settings and not versions,
                complete=len(loaded) >= len(versions),
            )
            self._seen = versions
        open_links = frozenset(
            state.name for state in self._links.states() if state.status is LinkStatus.BOUND
        )
        if open_links != self._open:
            # Messages may wait for this link, and no transaction sends a wake-up about it.
            self._open = open_links
            self._services.bus.publish(Queue.MESSAGES)

    async def _report(self, now: float) -> None:
        states = self._links.states()
        if states == self._reported and (not states or now < self._report_at):
            return
        await report_states(self._services, self._worker_id, states)
        self._reported, self._report_at = states, now + REPORT_SECONDS
