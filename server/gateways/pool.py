"""All links to operators as one: each message goes by its first link, or by the next."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

import structlog

from server.gateways.link_state import LinkState
from server.gateways.protocol import (
    UNTRIED_SECONDS,
    Gateway,
    Lane,
    LinkSetup,
    OpenLink,
    OperatorGateway,
    OperatorMessage,
    OperatorReceipt,
    PooledLink,
    Submission,
    SubmitOutcome,
    Tell,
    TryLater,
)
from server.gateways.routes import Ways

log = structlog.get_logger()

MAX_NAP_SECONDS = 1.0
SETTLE_SECONDS = 5.0
"""How long a closing link stays open so that what it handed up can be recorded and answered."""

_LOOK_SECONDS = 0.02

Item = OperatorReceipt | OperatorMessage


class Links:
    """The configured links, which may change at any time, and a fallback for when there is none.

    It takes nothing until it knows the links.
    """

    def __init__(
        self,
        fallback: OperatorGateway,
        kinds: Mapping[type[LinkSetup], OpenLink],
        *,
        lease_seconds: int,
        may_fall_back: bool = True,
    ) -> None:
        """`fallback` takes the messages if no link is set and it is allowed to.

        `kinds` has the maker of each kind of link, by the class of its setup.
        """
        self._kinds = kinds
        self._fallback = fallback
        self._may_fall_back = may_fall_back
        self._falls_back = False
        self._without_any = False
        self._complete = False
        # A message is written within three quarters of a lease from its claim, and the sender and one link
        # may use up half a lease. Another link is asked before then or not at all: a process that stood
        # still must not hand over a message that is another worker's by now.
        self._failover_seconds = lease_seconds / 4
        self._links: dict[str, PooledLink] = {}
        self._ways = Ways(self._links)
        self._leaving: list[PooledLink] = []
        self._changing: dict[str, asyncio.Task[None]] = {}
        self._receiving: dict[Gateway, asyncio.Task[Sequence[Item]]] = {}
        self._closed = False

    @property
    def name(self) -> str:
        """Return the fallback's name, which is used if a link's own is missing."""
        return self._fallback.name

    @property
    def lanes(self) -> Sequence[Lane]:
        """Return a lane for each link with room, and one for the messages that no link fits.

        Messages that fit only a closed link wait without being claimed, however many there are.
        """
        if self._falls_back:
            return self._fallback.lanes
        return self._ways.lanes(complete=self._complete)

    def states(self) -> list[LinkState]:
        """Return the state of each link."""
        return [link.state for link in self._links.values()]

    def configure(self, settings: Sequence[LinkSetup], *, falls_back: bool, complete: bool = True) -> None:
        """Open new links, close removed ones, and close and reopen changed ones.

        With `falls_back` there is no link at all, and the fallback takes the messages, or they wait if it may
        not. If the settings are not `complete`, other links exist that can't be used at present, and messages
        wait for those.
        """
        if falls_back and not self._may_fall_back and not self._without_any:
            log.warning("no link to an operator is set: messages wait for one")
        self._without_any = falls_back
        self._falls_back = falls_back and self._may_fall_back
        self._complete = complete
        wanted = {setup.name: setup for setup in settings}
        for name in [*self._links.keys() - wanted.keys()]:
            self._replace(self._links.pop(name), None)
        for name, setup in wanted.items():
            old = self._links.get(name)
            if old is None or old.version != setup.version:
                self._links[name] = self._kinds[type(setup)](setup, old)
                self._replace(old, self._links[name])

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> list[SubmitOutcome]:
        """Hand each message to the first of its links that takes it; return the outcomes, in order.

        A link gets no more than it has room for. The rest waits, so that it does not hold up other links.
        """
        if self._falls_back:
            return [*await self._fallback.submit(submissions, tell)]
        loop = asyncio.get_running_loop()
        fail_over_until = loop.time() + self._failover_seconds
        outcomes: dict[int, SubmitOutcome] = {}
        ways = {submission.message_id: self._ways.of(submission) for submission in submissions}
        pending = list(submissions)
        while pending:
            batches: defaultdict[str, list[Submission]] = defaultdict(list)
            for submission in pending:
                if ways[submission.message_id]:
                    batches[ways[submission.message_id].pop(0)].append(submission)
                else:
                    outcomes.setdefault(
                        submission.message_id, self._ways.nowhere(submission, complete=self._complete)
                    )
            tried = await self._by_each(batches, outcomes, tell)
            if loop.time() > fail_over_until:
                break
            pending = [
                submission
                for submission in tried
                if isinstance(outcomes[submission.message_id], TryLater) and ways[submission.message_id]
            ]
        return [outcomes[submission.message_id] for submission in submissions]

    async def receive(self, limit: int) -> list[Item]:
        """Return what any operator sent; if there is nothing, wait at most a second."""
        gateways: list[Gateway] = [self._fallback, *self._links.values()]
        for gateway in gateways:
            if gateway not in self._receiving:
                self._receiving[gateway] = asyncio.create_task(_listen(gateway, limit))
        await asyncio.wait(
            self._receiving.values(), timeout=MAX_NAP_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        done = [gateway for gateway, task in self._receiving.items() if task.done()]
        tasks = [self._receiving.pop(gateway) for gateway in done]
        failed = [task for task in tasks if task.exception() is not None]
        items = [item for task in tasks if task not in failed for item in task.result()]
        for task in failed:
            if not items:
                task.result()
            # Other links' receipts must not wait for it. The next call tries it again.
            log.error("link not listened to", exc_info=task.exception())
        return items

    async def acknowledge(self, received: Sequence[Item]) -> None:
        """Tell each operator that these are recorded. An operator whose link is gone sends them again."""
        by_link: defaultdict[str | None, list[Item]] = defaultdict(list)
        for item in received:
            by_link[item.link].append(item)
        for name, items in by_link.items():
            if name is None:
                await self._fallback.acknowledge(items)
            # Both may have the name; each picks what it handed up itself.
            for gateway in (*self._links.values(), *self._leaving):
                if gateway.name == name:
                    await gateway.acknowledge(items)

    async def close(self) -> None:
        """Close all links, within their bounds."""
        self._closed = True
        self.configure([], falls_back=False)
        await asyncio.gather(*self._changing.values())
        await asyncio.gather(*self._receiving.values(), return_exceptions=True)

    def _cut_to_room(self, name: str, batch: list[Submission]) -> list[Submission]:
        """Remove from a link's batch what it has no room for, and return that."""
        link = self._links.get(name)
        room = len(batch) if link is None else link.capacity
        rest = batch[room:]
        del batch[room:]
        return rest

    async def _by_each(
        self, batches: Mapping[str, list[Submission]], outcomes: dict[int, SubmitOutcome], tell: Tell | None
    ) -> list[Submission]:
        """Hand each link its batch, store the outcomes, and return what there was room for."""
        for name, batch in batches.items():
            for submission in self._cut_to_room(name, batch):
                outcomes.setdefault(submission.message_id, TryLater(UNTRIED_SECONDS))
        submitting = [self._by(name, batch, tell) for name, batch in batches.items()]
        tried = [submission for batch in batches.values() for submission in batch]
        answered = [outcome for answers in await asyncio.gather(*submitting) for outcome in answers]
        for submission, outcome in zip(tried, answered, strict=True):
            # A message that one link refused and the next did not try counts as refused.
            if outcomes.setdefault(submission.message_id, outcome) != outcome and not _is_untried(outcome):
                outcomes[submission.message_id] = outcome
        return tried

    async def _by(self, name: str, batch: Sequence[Submission], tell: Tell | None) -> Sequence[SubmitOutcome]:
        link = self._links.get(name)
        if link is None:
            return [TryLater(UNTRIED_SECONDS) for _ in batch]
        return await link.submit(batch, tell)

    def _replace(self, old: PooledLink | None, new: PooledLink | None) -> None:
        """Close one link before opening another of its name, since many operators refuse a second bind."""
        name = (old or new).name  # type: ignore[union-attr] # one of them is there
        before = self._changing.get(name)
        if old is not None:
            self._leaving.append(old)

        async def change() -> None:
            if before is not None:
                await asyncio.wait([before])
            if old is not None:
                await self._settle(old)
                await old.stop()
                self._leaving.remove(old)
            if new is not None and self._links.get(name) is new and not self._closed:
                new.start()

        self._changing[name] = asyncio.create_task(change(), name=f"change of link {name}")

    async def _settle(self, leaving: PooledLink) -> None:
        """Wait until what a link handed up is recorded and answered; nothing more is taken from it.

        What is recorded but not answered the operator sends again, and it looks like a new message then.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLE_SECONDS
        while (leaving in self._receiving or leaving.unacknowledged) and loop.time() < until:
            # Once all are closed, nobody records anything.
            if self._closed:
                return
            await asyncio.sleep(_LOOK_SECONDS)


def _is_untried(outcome: SubmitOutcome) -> bool:
    return isinstance(outcome, TryLater) and outcome.ptt is None


async def _listen(gateway: Gateway, limit: int) -> Sequence[Item]:
    return await gateway.receive(limit)
