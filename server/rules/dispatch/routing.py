"""Which link takes a message: decided by its receiver, the kind of its sender, and the links' priorities."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from server.rules.senders.senders import SenderKind, sender_kind

DEFAULT_PRIORITY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One way in which messages fit a link; an empty field restricts nothing.

    A receiver fits if it starts with one of the prefixes, which all have the same length, or is in one of the
    countries; only one of the two is given. NUMERIC and VIRTUAL senders count as the same kind.
    """

    link: str
    prefixes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sender_kinds: tuple[SenderKind, ...] = ()

    def fits(self, receiver: str, country: str, kind: SenderKind) -> bool:
        """Tell whether a message fits."""
        if self.sender_kinds and as_told(kind) not in map(as_told, self.sender_kinds):
            return False
        if self.prefixes:
            return receiver.startswith(self.prefixes)
        return not self.countries or country in self.countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What a link takes. An empty tuple restricts nothing; a lower priority number is used first.

    A receiver fits if it starts with one of the prefixes (E.164 with its plus, like `+447`) or is in one of
    the countries (ISO 3166-1 alpha-2). To an operator, a virtual number is a number like any other, so
    NUMERIC and VIRTUAL senders count as the same kind.
    """

    link: str
    priority: int = DEFAULT_PRIORITY
    prefixes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    sender_kinds: tuple[SenderKind, ...] = ()

    def criteria(self) -> dict[int, Criterion]:
        """Return the ways in which messages fit, by closeness: the length of the prefix."""
        by_length: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        for prefix in self.prefixes:
            by_length[len(prefix)] += (prefix,)
        found = {
            length: Criterion(link=self.link, prefixes=prefixes, sender_kinds=self.sender_kinds)
            for length, prefixes in by_length.items()
        }
        if self.countries:
            found[1] = Criterion(link=self.link, countries=self.countries, sender_kinds=self.sender_kinds)
        return found or {0: Criterion(link=self.link, sender_kinds=self.sender_kinds)}


def criteria(routes: Sequence[Route]) -> list[Criterion]:
    """Return the ways in which messages fit links; the first that a message fits is the link to try first.

    The lowest priority number comes first. Among equals, the closest fit: the longest prefix, then a country,
    then a link that takes anything. After that, the name decides.
    """
    ranked = [
        ((route.priority, -closeness, route.link), criterion)
        for route in routes
        for closeness, criterion in route.criteria().items()
    ]
    return [criterion for _, criterion in sorted(ranked, key=itemgetter(0))]


def route(routes: Sequence[Route], *, sender: str, receiver: str, country: str) -> list[str]:
    """Return the links that may take a message, in the order in which to try them."""
    kind = sender_kind(sender)
    fitting = (criterion.link for criterion in criteria(routes) if criterion.fits(receiver, country, kind))
    return list(dict.fromkeys(fitting))


def as_told(kind: SenderKind) -> SenderKind:
    """Return a sender's kind as an operator sees it: a virtual number is a number like any other."""
    return SenderKind.NUMERIC if kind is SenderKind.VIRTUAL else kind
