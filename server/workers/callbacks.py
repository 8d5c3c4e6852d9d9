"""Makes due callbacks in parallel, and records their results in groups."""

import asyncio
from collections import Counter, defaultdict, deque

import structlog

from server.bus.bus import Queue
from server.operations.callbacks.claims import Call, claim_calls, give_back
from server.operations.callbacks.results import CallAttempt, settle_calls
from server.operations.core.leases import Claims
from server.operations.core.services import Services
from server.outbound.webhooks import CallbackCaller
from server.rules.callbacks.callbacks import call_capacity
from server.store.queries.core import CALLBACKS

IDLE_SECONDS = 1.0
QUICK_US = 100_000
"""For a host that answers faster than this, callbacks are claimed ahead, to save waiting for the database."""

log = structlog.get_logger()


class CallbackDispatcher:
    """One worker's calls. If it dies, its unsettled claims are called again after their lease."""

    claimable = CALLBACKS

    def __init__(self, services: Services, caller: CallbackCaller) -> None:
        self._services = services
        self._caller = caller
        self._ahead: defaultdict[str, deque[Call]] = defaultdict(deque)
        self._under_way: dict[asyncio.Task[None], Call] = {}
        self._ended: list[CallAttempt] = []
        self._unbegun: list[Call] = []
        self._finishing = False

    @property
    def claims(self) -> Claims:
        """The calls that are running, claimed ahead, or still to be settled or given back."""
        ahead = [call for queue in self._ahead.values() for call in queue]
        ended = [attempt.call for attempt in self._ended]
        claims: defaultdict[int, list[int]] = defaultdict(list)
        for call in (*self._under_way.values(), *ahead, *ended, *self._unbegun):
            claims[call.claim_id].append(call.delivery_id)
        return claims

    async def step(self) -> bool:
        """Settle ended calls and make due ones, or wait for either while calls are running.

        Return whether there was anything to do.
        """
        settled = await self._settle()
        given_back = await self._give_back()
        quick = {attempt.call.host for attempt in settled} - {
            attempt.call.host for attempt in settled if not _is_quick(attempt)
        }
        # Ended calls that are not settled count too: their results may argue against more calls.
        open_calls = [*self._under_way.values(), *(attempt.call for attempt in self._ended)]
        ahead = [call for queue in self._ahead.values() for call in queue]
        calls = await claim_calls(self._services, under_way=open_calls, ahead=ahead, quick=quick)
        for call in calls:
            self._ahead[call.host].append(call)
        self._begin()
        if calls or settled or given_back or self._ended:
            await asyncio.sleep(0)  # lets the calls begin before looking for the next ones
            return True
        if not self._under_way:
            return False
        await self._news()
        return True

    async def finish(self) -> None:
        """Let running calls end, settle them, give back the others, and close the caller.

        If cancelled, it abandons running calls: they are made again after their lease.
        """
        self._finishing = True
        try:
            while self._under_way:
                await asyncio.wait([*self._under_way])
        finally:
            given_up = [*self._under_way]
            for task in given_up:
                task.cancel()
            await asyncio.gather(*given_up, return_exceptions=True)
            self._unbegun += [call for queue in self._ahead.values() for call in queue]
            self._ahead.clear()
            try:
                await self._settle()
                await self._give_back()
            finally:
                await self._caller.close()

    def _begin(self) -> None:
        """Begin the calls that have capacity now, host by host."""
        for host in [*self._ahead]:
            self._begin_at(host)

    def _begin_at(self, host: str) -> None:
        policy, queue = self._services.policy, self._ahead[host]
        at_host = sum(call.host == host for call in self._under_way.values())
        of_accounts = Counter(call.account_id for call in self._under_way.values())
        kept: deque[Call] = deque()
        while queue and at_host < policy.callback_parallel_per_host:
            call = queue.popleft()
            if call.begin_by_us < self._services.clock.now_us():
                self._unbegun.append(call)
            elif not call_capacity(
                parallel=policy.callback_parallel,
                per_host=policy.callback_parallel_per_host,
                in_all=len(self._under_way),
                of_account=of_accounts[call.account_id],
            ):
                kept.append(call)  # another account's call behind it may have capacity
            else:
                task = asyncio.create_task(self._call(call))
                self._under_way[task] = call
                task.add_done_callback(self._has_ended)
                of_accounts[call.account_id] += 1
                at_host += 1
        kept.extend(queue)
        if kept:
            self._ahead[host] = kept
        else:
            del self._ahead[host]

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        call = self._under_way.pop(task)
        if not self._finishing and call.host in self._ahead:
            self._begin_at(call.host)

    async def _call(self, call: Call) -> None:
        at_us = self._services.clock.now_us()
        try:
            outcome = await self._caller.get(call.url, call.headers)
        except Exception:
            # A bug that concerns this URL: the others go on, and this call is made again after the lease.
            log.exception("callback failed", delivery_id=call.delivery_id)
            return
        attempt = CallAttempt(call, outcome, at_us)
        self._ended.append(attempt)
        if not _is_quick(attempt):
            # The result may argue against more calls.
            self._unbegun += self._ahead.pop(call.host, ())
        self._services.meters.callback_attempts.labels(str(outcome.verdict)).inc()

    async def _settle(self) -> list[CallAttempt]:
        ended = self._ended[:]
        if ended:
            await settle_calls(self._services, ended)
            # Only now: if settling fails, these are settled with the next ones.
            del self._ended[: len(ended)]
        return ended

    async def _give_back(self) -> bool:
        unbegun = self._unbegun[:]
        if unbegun:
            await give_back(self._services, unbegun)
            del self._unbegun[: len(unbegun)]
        return bool(unbegun)

    async def _news(self) -> None:
        """Wait until a call ends or there may be a new callback."""
        with self._services.bus.listen(Queue.CALLBACKS) as event:
            news = asyncio.create_task(event.wait())
            try:
                await asyncio.wait(
                    [*self._under_way, news], timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                news.cancel()


def _is_quick(attempt: CallAttempt) -> bool:
    return attempt.delivered and attempt.outcome.latency_us < QUICK_US
