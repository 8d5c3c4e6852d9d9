"""Claims due messages, hands them to the operator, and records its answers."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from server.gateways.protocol import Lane, OperatorGateway, SubmitOutcome, Submitted, TryLater
from server.operations.core.leases import Claims
from server.operations.core.services import Services
from server.operations.dispatch.claims import Claim, SubmitAttempt, claim_due, record_attempts
from server.store.queries.core import MESSAGES
from server.store.queries.dispatch.claims import Doubts

BATCH = 200
PATIENCE_SECONDS = 1.0
LOOK_SECONDS = 0.25
MAX_UNDER_WAY = 16
"""The most batches of one lane."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A running batch: its lane, and when it began, by the loop's clock."""

    link: str
    at: float
    claim: Claim
    doubtful: bool


class Sender:
    """Sends one worker's messages to the operator."""

    claimable = MESSAGES

    def __init__(self, services: Services, gateway: OperatorGateway) -> None:
        self._services = services
        self._gateway = gateway
        self._under_way: dict[asyncio.Task[bool], _Begun] = {}
        self._look_again: dict[str, float] = {}

    @property
    def claims(self) -> Claims:
        """The messages that are being handed over, or whose answers are being recorded."""
        return {begun.claim.id: begun.claim.account_ids for begun in self._under_way.values()}

    async def step(self) -> bool:
        """Submit a batch in each lane, up to its capacity; return whether to look again at once.

        A slow batch keeps running in the background, so that a link without answers does not hold up the
        others.
        """
        self._end([task for task in self._under_way if task.done()])
        found = False
        for lane in self._gateway.lanes:
            if self._is_free(lane):
                found |= await self._begin(lane)
            if lane.singly:
                found |= await self._begin_doubtful(lane)
        if not found or not self._under_way:
            return found
        ended, _ = await asyncio.wait(
            self._under_way, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        return not ended or self._end(ended)

    async def finish(self) -> None:
        """Wait for the answers to running batches, and record them."""
        if self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        for task in self._under_way:
            if not task.cancelled() and task.exception() is not None:
                log.error("answers not recorded", exc_info=task.exception())
        self._under_way.clear()

    def _end(self, tasks: Collection[asyncio.Task[bool]]) -> bool:
        """Remove ended batches; return whether one of them is a reason to look again at once."""
        again = False
        for task in tasks:
            if self._under_way.pop(task, None) is not None:
                again |= task.result()
        return again

    def _is_free(self, lane: Lane) -> bool:
        """Tell whether the lane's last batch has ended or is slow: one after each answer would be small."""
        begun = [
            batch.at for batch in self._under_way.values() if batch.link == lane.link and not batch.doubtful
        ]
        now = asyncio.get_running_loop().time()
        return not begun or (len(begun) < MAX_UNDER_WAY and now - max(begun) >= PATIENCE_SECONDS)

    async def _begin(self, lane: Lane) -> bool:
        """Claim a batch of a lane and begin to submit it; return whether there was anything to claim."""
        doubts = Doubts.LEFT_OUT if lane.singly else Doubts.INCLUDED
        return await self._claim(lane, limit=min(BATCH, lane.capacity), doubts=doubts)

    async def _begin_doubtful(self, lane: Lane) -> bool:
        """Claim one message of a lane with an unknown outcome, and begin to submit it, unless one is running.

        There are few, so it is enough to look for another now and then.
        """
        now = asyncio.get_running_loop().time()
        if any(batch.link == lane.link and batch.doubtful for batch in self._under_way.values()):
            return False
        if now < self._look_again.get(lane.link, 0):
            return False
        found = await self._claim(lane, limit=1, doubts=Doubts.ALONE)
        self._look_again[lane.link] = now if found else now + LOOK_SECONDS
        return found

    async def _claim(self, lane: Lane, *, limit: int, doubts: Doubts) -> bool:
        loop = asyncio.get_running_loop()
        began = loop.time()
        claim = await claim_due(self._services, limit=limit, lane=lane, doubts=doubts)
        if claim.submissions:
            task = asyncio.create_task(self._submit(claim, lane.link, began), name="submission of a batch")
            self._under_way[task] = _Begun(lane.link, loop.time(), claim, doubts is Doubts.ALONE)
        return bool(claim.account_ids)

    async def _submit(self, claim: Claim, link: str, began: float) -> bool:
        """Submit the claimed messages, and record the answers; return whether to look again at once."""
        if asyncio.get_running_loop().time() - began >= self._services.policy.claim_lease_seconds / 2:
            # This process stood still, and another may have claimed the messages by now.
            await self._record(
                claim, {submission.message_id: TryLater(0) for submission in claim.submissions}
            )
            return True
        told: set[int] = set()

        async def tell(outcomes: Mapping[int, Submitted]) -> None:
            await self._record(claim, outcomes)
            told.update(outcomes)

        with self._services.meters.submit_seconds.labels(link or self._gateway.name).time():
            outcomes = await self._gateway.submit(claim.submissions, tell)
        late = {
            submission.message_id: outcome
            for submission, outcome in zip(claim.submissions, outcomes, strict=True)
            if submission.message_id not in told
        }
        await self._record(claim, late)
        # Behind many messages that have to wait there may be some that need not.
        waits = all(isinstance(outcome, TryLater) for outcome in outcomes)
        return not waits or len(claim.account_ids) >= BATCH

    async def _record(self, claim: Claim, outcomes: Mapping[int, SubmitOutcome]) -> None:
        attempts = [
            SubmitAttempt(submission, outcomes[submission.message_id])
            for submission in claim.submissions
            if submission.message_id in outcomes
        ]
        if attempts:
            await record_attempts(self._services, claim, self._gateway.name, attempts)
