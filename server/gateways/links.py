"""All links to operators as one: each message goes by the link that is to take it, or by the next."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import structlog

from server.gateways.gateway import (
    NO_LINK,
    Lane,
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
from server.gateways.smpp.text import carries
from server.kit.clock import Clock
from server.rules.routing import Criterion, Route, criteria, route

log = structlog.get_logger()

LONGEST_NAP_SECONDS = 1.0
NO_ROUTE_PTT = 20
REFUSED_AT_ONCE = 200
SETTLE_SECONDS = 5.0
"""How long a link that is to be closed stays open for what it handed up to be recorded and answered."""
UNUSABLE = Criterion(link="(unusable)")
"""Stands for links that can't be used at present: what fits no other may fit one of them, and waits."""

_LOOK_SECONDS = 0.02

Outcome = Submitted | TryLater
Item = OperatorReceipt | OperatorMessage
Listened = OperatorGateway | SmppGateway


class Links:
    """The links that are set, which may change at any time, and what takes the messages where none is.

    Until it has been told which links there are, it takes nothing.
    """

    def __init__(
        self,
        clock: Clock,
        fallback: OperatorGateway,
        *,
        validity_seconds: int,
        lease_seconds: int,
        may_fall_back: bool = True,
    ) -> None:
        """Take what stands in where no link is set, and whether it may; see SmppGateway for the times."""
        self._clock = clock
        self._fallback = fallback
        self._may_fall_back = may_fall_back
        self._falls_back = False
        self._without_any = False
        self._complete = False
        # What is to be written at all is so within three quarters of a lease from its claim, half of which the
        # sender and a link may use up: another is asked before that or not now, lest a process that stood
        # still hand over what is somebody else's since.
        self._failover_seconds = lease_seconds / 4
        self._times: Any = {"validity_seconds": validity_seconds, "lease_seconds": lease_seconds}
        self._links: dict[str, SmppGateway] = {}
        self._leaving: list[SmppGateway] = []
        self._changing: dict[str, asyncio.Task[None]] = {}
        self._receiving: dict[Listened, asyncio.Task[Sequence[Item]]] = {}
        self._closed = False

    @property
    def name(self) -> str:
        """Return the name that stands where a link's own is missing: that of what stands in for links."""
        return self._fallback.name

    @property
    def lanes(self) -> Sequence[Lane]:
        """Return a lane for each link with room, and one for the messages that no link fits.

        Links that are throttled, and those that are closed, come after all others, as in `_ways`: what fits
        but a closed link waits without being claimed, however much of that there is.
        """
        if self._falls_back:
            return self._fallback.lanes
        ranks = {name: 0 if self._at_ease(name) else 1 if self._is_open(name) else 2 for name in self._links}
        ways = sorted(criteria(self._routes()), key=lambda one: ranks[one.link])
        if not (self._links and self._complete):
            ways.append(UNUSABLE)
        rooms = {name: link.room for name, link in self._links.items() if link.room} | {
            NO_LINK: REFUSED_AT_ONCE
        }
        return [Lane(room=room, link=name, criteria=tuple(ways)) for name, room in rooms.items()]

    def states(self) -> list[LinkState]:
        """Return how each link is."""
        return [link.state for link in self._links.values()]

    def configure(self, settings: Sequence[LinkSettings], *, falls_back: bool, complete: bool = True) -> None:
        """Open the links that are new, close those that are gone, and do both with those that have changed.

        With `falls_back` there is no link at all, and the stand-in takes the messages, or where it may not
        they wait. Unless these are `complete`, there are others that can't be used at present, for which
        messages wait.
        """
        if falls_back and not self._may_fall_back and not self._without_any:
            log.warning("no link to an operator is set: messages wait for one")
        self._without_any = falls_back
        self._falls_back = falls_back and self._may_fall_back
        self._complete = complete
        wanted = {one.name: one for one in settings}
        for name in [*self._links.keys() - wanted.keys()]:
            self._replace(self._links.pop(name), None)
        for name, one in wanted.items():
            old = self._links.get(name)
            if old is None or old.settings.version != one.version:
                expected = None if old is None else old.redeliveries
                self._links[name] = SmppGateway(one, self._clock, redeliveries=expected, **self._times)
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
        gateways: list[Listened] = [self._fallback, *self._links.values()]
        for gateway in gateways:
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
            if name is None:
                await self._fallback.acknowledge(items)
            # Each takes what it handed up itself.
            for gateway in (*self._links.values(), *self._leaving):
                if gateway.name == name:
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
        at_ease = [name for name in fit if self._at_ease(name)]
        return at_ease or [name for name in fit if self._is_open(name)][:1]

    def _is_open(self, name: str) -> bool:
        return name in self._links and self._links[name].link.bound

    def _at_ease(self, name: str) -> bool:
        return self._is_open(name) and not self._links[name].link.throttled

    def _routes(self) -> list[Route]:
        return [link.settings.route for link in self._links.values()]

    def _routed(self, submission: Submission) -> list[str]:
        """Return the links that a message fits, and whose alphabet fits it."""
        return route(
            [
                link.settings.route
                for link in self._links.values()
                if carries(submission.parts, submission.coding, link.settings.alphabet)
            ],
            sender=submission.sender,
            receiver=submission.receiver,
            country=submission.country,
        )

    def _nowhere(self, submission: Submission) -> Outcome:
        """Return what becomes of a message that no open link takes: only without any route it is refused."""
        if self._links and self._complete and submission.link is None and not self._routed(submission):
            log.warning(
                "no link for a message",
                message=submission.message_id,
                country=submission.country,
                too_many_parts_for=[
                    link.name
                    for link in self._links.values()
                    if not carries(submission.parts, submission.coding, link.settings.alphabet)
                ],
            )
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
        if old is not None:
            self._leaving.append(old)

        async def change() -> None:
            if before is not None:
                await asyncio.wait([before])
            if old is not None:
                await self._settle(old)
                await old.link.stop()
                self._leaving.remove(old)
            if new is not None and self._links.get(name) is new and not self._closed:
                new.link.start()

        self._changing[name] = asyncio.create_task(change(), name=f"change of link {name}")

    async def _settle(self, leaving: SmppGateway) -> None:
        """Let what a link handed up be recorded and answered; no more is taken from it.

        What is recorded and not answered the operator sends again, and nothing tells that from another message.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLE_SECONDS
        while (leaving in self._receiving or leaving.unacknowledged) and loop.time() < until:
            # Once all are closed, nobody records anything.
            if self._closed:
                return
            await asyncio.sleep(_LOOK_SECONDS)


async def _listen(gateway: Listened, limit: int) -> Sequence[Item]:
    return await gateway.receive(limit)
