"""Lanes in SQL: the database decides which messages a worker may claim, so that no others are touched."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from server.rules.dispatch.routing import Criterion, as_told
from server.rules.senders.senders import SenderKind
from server.store.sql import placeholders

# As `sender_kind` decides, from the stored form: a number has a plus, a name a letter.
_OF_KIND: Mapping[SenderKind, str] = MappingProxyType(
    {
        SenderKind.ALPHANUMERIC: "LTRIM(sender, '+0123456789') <> ''",
        SenderKind.NUMERIC: "sender LIKE '+%'",
        SenderKind.SHORT_CODE: "LTRIM(sender, '0123456789') = ''",
    }
)

# As in `age_us`: the latest of these. Most messages fail the first.
_COULD_GO = ("created_at_us", "COALESCE(deferred_until_us, 0)", "COALESCE(held_until_us, 0)")


def lane_condition(
    criteria: Sequence[Criterion], link: str, overdue_us: int, *, after: int
) -> tuple[str, list[object]]:
    """Return a condition on `messages`, beginning with AND, and its parameters, which follow `$after`.

    It holds for messages for which the first fitting criterion is the link's; with an empty link, for those
    that fit none, and without criteria for all. It also holds for messages whose worker let the lease end,
    and for those that could go by `overdue_us`, whenever their next try is: these must not wait for a link. A
    message that an operator has parts of goes by its link.
    """
    if not criteria:
        return "", []
    values: list[object] = [overdue_us, link]

    def listed(texts: Sequence[str]) -> str:
        values.extend(texts)
        return f"IN ({placeholders(texts, after=after + len(values) - len(texts))})"

    ways = []
    for criterion in criteria:
        condition = _condition(criterion, listed)
        ways.append(f"WHEN {condition} THEN ${after + len(values) + 1}")
        values.append(criterion.link)
    first = f"CASE WHEN sent_at_us IS NOT NULL THEN gateway {' '.join(ways)} ELSE '' END"
    overdue = " AND ".join(f"{column} <= ${after + 1}" for column in _COULD_GO)
    return f"AND (state = 'claimed' OR ({overdue}) OR {first} = ${after + 2})", values


def _condition(criterion: Criterion, listed: Callable[[Sequence[str]], str]) -> str:
    conditions = []
    if criterion.prefixes:
        length = len(criterion.prefixes[0])
        conditions.append(f"SUBSTR(receiver, 1, {length}) {listed(criterion.prefixes)}")
    if criterion.countries:
        conditions.append(f"country {listed(criterion.countries)}")
    if criterion.sender_kinds:
        kinds = dict.fromkeys(map(as_told, criterion.sender_kinds))
        conditions.append(f"({' OR '.join(_OF_KIND[kind] for kind in kinds)})")
    return " AND ".join(conditions) or "1 = 1"
