"""Which links a message may go by, in which order, and what happens if it fits none."""

from collections.abc import Mapping

import structlog

from server.gateways.protocol import (
    NO_LINK,
    UNTRIED_SECONDS,
    Lane,
    PooledLink,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    TryLater,
)
from server.rules.dispatch.routing import Criterion, Route, criteria, route

NO_ROUTE_PTT = 20
REFUSED_AT_ONCE = 200
UNUSABLE = Criterion(link="(unusable)")
"""Stands for links that can't be used at present. What fits no other link may fit one of them, and waits."""

log = structlog.get_logger()


class Ways:
    """The ways by the links, in their present state."""

    def __init__(self, links: Mapping[str, PooledLink]) -> None:
        """The links, by name, may change at any time."""
        self._links = links

    def lanes(self, *, complete: bool) -> list[Lane]:
        """Return a lane for each link with room, and one for what fits none; others may, unless `complete`.

        Links that pause because they were too fast, and closed ones, come after all others, as in `of`.
        """
        ranks = {name: 0 if self._at_ease(name) else 1 if self._is_open(name) else 2 for name in self._links}
        ways = sorted(criteria(self._routes()), key=lambda criterion: ranks[criterion.link])
        if not (self._links and complete):
            ways.append(UNUSABLE)
        rooms = {name: link.capacity for name, link in self._links.items() if link.capacity} | {
            NO_LINK: REFUSED_AT_ONCE
        }
        return [
            Lane(
                capacity=room,
                link=name,
                criteria=tuple(ways),
                singly=True,
                max_resends=self._max_resends(name),
            )
            for name, room in rooms.items()
        ]

    def of(self, submission: Submission) -> list[str]:
        """Return the links to try: pausing ones only if no other is open, closed ones never.

        If an operator has parts of the message, only its link is tried, since the ids and the parts' form are
        that link's.
        """
        if submission.link is not None:
            return [submission.link] if self._is_open(submission.link) else []
        fit = self._routed(submission)
        at_ease = [name for name in fit if self._at_ease(name)]
        ways = at_ease or [name for name in fit if self._is_open(name)][:1]
        # A message that goes alone on one link must not meet others on the next.
        return ways[:1] if submission.times_unknown else ways

    def _is_open(self, name: str) -> bool:
        return name in self._links and self._links[name].is_open

    def _at_ease(self, name: str) -> bool:
        return self._is_open(name) and not self._links[name].pauses

    def _max_resends(self, name: str) -> int | None:
        link = self._links.get(name)
        return None if link is None else link.max_resends

    def _routes(self) -> list[Route]:
        return [link.route for link in self._links.values()]

    def _routed(self, submission: Submission) -> list[str]:
        """Return the links whose route and alphabet fit a message."""
        return route(
            [link.route for link in self._links.values() if link.carries(submission)],
            sender=submission.sender,
            receiver=submission.receiver,
            country=submission.country,
        )

    def nowhere(self, submission: Submission, *, complete: bool) -> SubmitOutcome:
        """Return the outcome of a message that no open link takes: refused only if it fits no link at all."""
        if self._links and complete and submission.link is None and not self._routed(submission):
            log.warning(
                "no link for a message",
                message=submission.message_id,
                country=submission.country,
                too_many_parts_for=[
                    link.name for link in self._links.values() if not link.carries(submission)
                ],
            )
            return Submitted(tuple(Refused(NO_ROUTE_PTT) for _ in submission.parts), NO_LINK)
        return TryLater(UNTRIED_SECONDS)
