"""Which link takes a message: by its receiver, its sender's kind, and the links' priorities."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.rules.senders import SenderKind, sender_kind

DEFAULT_PRIORITY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a link takes. An empty tuple restricts nothing; the lower priority goes first.

    A receiver fits that begins with one of the prefixes (E.164 with its plus, like `+447`) or is in one of
    the countries (ISO 3166-1 alpha-2). To an operator a virtual number is a number like any other: either
    kind of sender stands for both.
    """

    link: str
    priority: int = DEFAULT_PRIORITY
    prefixes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sender_kinds: tuple[SenderKind, ...] = ()

    def fit(self, receiver: str, country: str, kind: SenderKind) -> int | None:
        """Return how closely a message fits: as many characters as its prefix has; None when it does not."""
        if self.sender_kinds and _alike(kind) not in map(_alike, self.sender_kinds):
            return None
        matched = [len(prefix) for prefix in self.prefixes if receiver.startswith(prefix)]
        if matched:
            return max(matched)
        if country in self.countries:
            return 1
        return None if self.prefixes or self.countries else 0


def route(routes: Sequence[Route], *, sender: str, receiver: str, country: str) -> list[str]:
    """Return the links that may take a message, the one to try first in front.

    The lowest priority number comes first; of equal ones the closest fit: the longest prefix, then a
    country, then what takes anything; then the name decides.
    """
    kind = sender_kind(sender)
    fits = [(one, one.fit(receiver, country, kind)) for one in routes]
    return [
        one.link
        for one, fit in sorted(fits, key=lambda pair: (pair[0].priority, -(pair[1] or 0), pair[0].link))
        if fit is not None
    ]


def _alike(kind: SenderKind) -> SenderKind:
    return SenderKind.NUMERIC if kind is SenderKind.VIRTUAL else kind
