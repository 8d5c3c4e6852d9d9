"""Calls the callbacks that are due, side by side, and settles in groups what has ended meanwhile."""

import asyncio
from collections.abc import Callable

import structlog

from server.events.bus import WORK
from server.gateways.callback_caller import CallbackCaller
from server.operations.callbacks_claiming import Call, claim_calls
from server.operations.callbacks_settling import Tried, settle_calls
from server.operations.services import Services
from server.rules.callbacks import TryVerdict

IDLE_SECONDS = 1.0

log = structlog.get_logger()

OnTry = Callable[[TryVerdict], None]


class CallbackDispatcher:
    """One worker's calls. What it has claimed and not settled when it dies is called again after the lease."""

    def __init__(self, services: Services, caller: CallbackCaller, *, on_try: OnTry | None = None) -> None:
        """Take the services, what makes the calls, and who counts the tries."""
        self._services = services
        self._caller = caller
        self._on_try = on_try
        self._under_way: dict[asyncio.Task[None], Call] = {}
        self._ended: list[Tried] = []

    async def step(self) -> bool:
        """Settle what has ended and call what is due, or wait for either while calls are under way.

        Return whether there was anything to do.
        """
        settled = await self._settle()
        # What has ended and is not settled counts too: how it ended may tell against calling more.
        open_calls = [*self._under_way.values(), *(one.call for one in self._ended)]
        calls = await claim_calls(self._services, under_way=open_calls)
        for call in calls:
            task = asyncio.create_task(self._call(call))
            self._under_way[task] = call
            task.add_done_callback(self._under_way.pop)
        if calls or settled or self._ended:
            await asyncio.sleep(0)  # the calls begin before the next ones are looked for
            return True
        if not self._under_way:
            return False
        await self._news()
        return True

    async def finish(self) -> None:
        """Let the calls under way end, settle them, and close the caller.

        Cancelled, it gives up those that have not ended: they are called again after their lease.
        """
        try:
            while self._under_way:
                await asyncio.wait([*self._under_way])
        finally:
            given_up = [*self._under_way]
            for task in given_up:
                task.cancel()
            await asyncio.gather(*given_up, return_exceptions=True)
            try:
                await self._settle()
            finally:
                await self._caller.close()

    async def _call(self, call: Call) -> None:
        at_us = self._services.clock.now_us()
        try:
            outcome = await self._caller.get(call.url, call.headers)
        except Exception:
            # A fault of ours with this one URL: the others go on, and it is tried again after the lease.
            log.exception("callback failed", delivery_id=call.delivery_id)
            return
        self._ended.append(Tried(call, outcome, at_us))
        if self._on_try is not None:
            self._on_try(outcome.verdict)

    async def _settle(self) -> bool:
        ended = self._ended[:]
        if ended:
            await settle_calls(self._services, ended)
            # Only now: what could not be settled is settled with what comes next.
            del self._ended[: len(ended)]
        return bool(ended)

    async def _news(self) -> None:
        """Wait until a call ends or there may be something new to call."""
        with self._services.bus.listen(WORK) as event:
            news = asyncio.create_task(event.wait())
            try:
                await asyncio.wait(
                    [*self._under_way, news], timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                news.cancel()
