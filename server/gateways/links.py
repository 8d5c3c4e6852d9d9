"""All links to operators as one: each message goes by the link that is to take it, or by the next."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from server.gateways.gateway import (
    NO_LINK,
    OperatorGateway,
    OperatorMessage,
    OperatorReceipt,
    Refused,
    Submission,
    Submitted,
    TryLater,
)
from server.gateways.link_settings import LinkSettings
from server.gateways.link_state import LinkState
from server.gateways.smpp.gateway import SmppGateway
from server.gateways.smpp.submitting import LONGEST_WAIT_SECONDS, pause_seconds
from server.kit.clock import Clock
from server.rules.routing import route

log = structlog.get_logger()

LONGEST_NAP_SECONDS = 1.0
NO_ROUTE_PTT = 20
WIDE_LOOK = 200

Outcome = Submitted | TryLater
Item = OperatorReceipt | OperatorMessage


class Links:
    """The links that are set, which may change at any time, and what takes the messages where none is.

    Until it has been told which links there are, it takes nothing.
    """

    def __init__(
        self, clock: Clock, fallback: OperatorGateway, *, validity_seconds: int, submit_seconds: int
    ) -> None:
        """Take what stands in where no link is set; see SmppGateway for the times."""
        self._clock = clock
        self._fallback = fallback
        self._falls_back = False
        self._complete = False
        # One link alone may use up three quarters of the time (see SmppGateway): another is asked before that
        # or not now, lest the message be somebody else's by the time that it is answered.
        self._failover_seconds = submit_seconds / 5
        self._times: Any = {"validity_seconds": validity_seconds, "submit_seconds": submit_seconds}
        self._links: dict[str, SmppGateway] = {}
        self._changing: dict[str, asyncio.Task[None]] = {}
        self._receiving: dict[OperatorGateway, asyncio.Task[Sequence[Item]]] = {}
        self._closed = False

    @property
    def name(self) -> str:
        """Return the name that stands where a link's own is missing: that of what stands in for links."""
        return self._fallback.name

    @property
    def room(self) -> int:
        """Return how many messages the links could take in the next second; one to try where none takes any.

        Where some take none, many are worth a look: those for the others may stand behind those for these.
        """
        if self._falls_back:
            return self._fallback.room
        rooms = [link.room for link in self._links.values()]
        if not any(rooms):
            return min(len(rooms), 1)
        return sum(rooms) if all(rooms) else max(sum(rooms), WIDE_LOOK)

    def states(self) -> list[LinkState]:
        """Return how each link is."""
        return [link.state for link in self._links.values()]

    def configure(self, settings: Sequence[LinkSettings], *, falls_back: bool, complete: bool = True) -> None:
        """Open the links that are new, close those that are gone, and do both with those that have changed.

        With `falls_back` there is no link at all, and the stand-in takes the messages. Unless these are
        `complete`, there are others that can't be used at present, for which messages wait.
        """
        self._falls_back = falls_back
        self._complete = complete
        wanted = {one.name: one for one in settings}
        for name in [*self._links.keys() - wanted.keys()]:
            self._replace(self._links.pop(name), None)
        for name, one in wanted.items():
            old = self._links.get(name)
            if old is None or old.settings.version != one.version:
                self._links[name] = SmppGateway(one, self._clock, **self._times)
                self._replace(old, self._links[name])

    async def submit(self, submissions: Sequence[Submission]) -> list[Outcome]:
        """Hand each message to the first of its links that takes it; return what became of each, in order.

        A link is handed no more than it has room for: the rest waits, lest it hold up what others take.
        """
        if self._falls_back:
            return [*await self._fallback.submit(submissions)]
        loop = asyncio.get_running_loop()
        fail_over_until = loop.time() + self._failover_seconds
        outcomes: dict[int, Outcome] = {}
        ways = {one.message_id: self._ways(one) for one in submissions}
        left = list(submissions)
        while left:
            by_link: defaultdict[str, list[Submission]] = defaultdict(list)
            for one in left:
                if ways[one.message_id]:
                    by_link[ways[one.message_id].pop(0)].append(one)
                else:
                    outcomes.setdefault(one.message_id, self._nowhere(one))
            for name, batch in by_link.items():
                for one in self._cut_to_room(name, batch):
                    outcomes[one.message_id] = TryLater(pause_seconds(one.attempts, LONGEST_WAIT_SECONDS))
            batches = [self._by(name, batch) for name, batch in by_link.items()]
            for batch, answered in zip(by_link.values(), await asyncio.gather(*batches), strict=True):
                for one, outcome in zip(batch, answered, strict=True):
                    outcomes[one.message_id] = outcome
            if loop.time() > fail_over_until:
                break
            left = [
                one
                for batch in by_link.values()
                for one in batch
                if isinstance(outcomes[one.message_id], TryLater) and ways[one.message_id]
            ]
        return [outcomes[one.message_id] for one in submissions]

    async def receive(self, limit: int) -> list[Item]:
        """Return what any operator has to say; wait a second at most if that is nothing."""
        for gateway in (self._fallback, *self._links.values()):
            if gateway not in self._receiving:
                self._receiving[gateway] = asyncio.create_task(_listen(gateway, limit))
        await asyncio.wait(
            self._receiving.values(), timeout=LONGEST_NAP_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        done = [gateway for gateway, task in self._receiving.items() if task.done()]
        tasks = [self._receiving.pop(gateway) for gateway in done]
        failed = [task for task in tasks if task.exception() is not None]
        items = [item for task in tasks if task not in failed for item in task.result()]
        for task in failed:
            if not items:
                task.result()
            # The others' receipts are not to wait for it: it is tried again with the next call.
            log.error("link not listened to", exc_info=task.exception())
        return items

    async def acknowledge(self, received: Sequence[Item]) -> None:
        """Tell each operator that these are recorded; one whose link is gone sends its own again."""
        by_link: defaultdict[str | None, list[Item]] = defaultdict(list)
        for item in received:
            by_link[item.link].append(item)
        for name, items in by_link.items():
            gateway = self._fallback if name is None else self._links.get(name)
            if gateway is not None:
                await gateway.acknowledge(items)

    async def close(self) -> None:
        """Close all links, within their bounds."""
        self._closed = True
        self.configure([], falls_back=False)
        await asyncio.gather(*self._changing.values())
        await asyncio.gather(*self._receiving.values(), return_exceptions=True)

    def _ways(self, submission: Submission) -> list[str]:
        """Return the links to try: those that are throttled only where no other is open, closed ones never.

        What an operator has parts of goes by its link alone, for their ids and their form are that link's.
        """
        if submission.link is not None:
            return [submission.link] if self._is_open(submission.link) else []
        fit = self._routed(submission)
        at_ease = [name for name in fit if self._is_open(name) and not self._links[name].link.throttled]
        return at_ease or [name for name in fit if self._is_open(name)][:1]

    def _is_open(self, name: str) -> bool:
        return name in self._links and self._links[name].link.bound

    def _routed(self, submission: Submission) -> list[str]:
        return route(
            [link.settings.route for link in self._links.values()],
            sender=submission.sender,
            receiver=submission.receiver,
            country=submission.country,
        )

    def _nowhere(self, submission: Submission) -> Outcome:
        """Return what becomes of a message that no open link takes: only without any route it is refused."""
        if self._links and self._complete and submission.link is None and not self._routed(submission):
            return Submitted(tuple(Refused(NO_ROUTE_PTT) for _ in submission.parts), NO_LINK)
        return TryLater(pause_seconds(submission.attempts, LONGEST_WAIT_SECONDS))

    def _cut_to_room(self, name: str, batch: list[Submission]) -> list[Submission]:
        """Take from a link's batch what it has no room for, and return that."""
        link = self._links.get(name)
        room = len(batch) if link is None else link.room
        rest = batch[room:]
        del batch[room:]
        return rest

    async def _by(self, name: str, batch: Sequence[Submission]) -> Sequence[Outcome]:
        link = self._links.get(name)
        if link is None:
            return [TryLater(1.0) for _ in batch]
        return await link.submit(batch)

    def _replace(self, old: SmppGateway | None, new: SmppGateway | None) -> None:
        """Close one link and open another of its name, in this order: many operators refuse a second bind."""
        name = (old or new).name  # type: ignore[union-attr] # one of them is there
        before = self._changing.get(name)

        async def change() -> None:
            if before is not None:
                await asyncio.wait([before])
            if old is not None:
                await old.link.stop()
            if new is not None and self._links.get(name) is new and not self._closed:
                new.link.start()

        self._changing[name] = asyncio.create_task(change(), name=f"change of link {name}")


async def _listen(gateway: OperatorGateway, limit: int) -> Sequence[Item]:
    return await gateway.receive(limit)
