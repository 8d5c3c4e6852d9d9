"""Pages of a list by its keys: a page begins after a row's key, however many rows come before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from tortoise.expressions import Q, RawSQL
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.kit.passes import slices
from server.store.orm import render
from server.store.reading import load
from server.store.sql import fetch_rendered, shifted

M = TypeVar("M", bound=Model)

MAX_ROWS = 2_000
"""How many rows one statement reads for the pages of several lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of a list to read: `columns` order it without ties, all in one direction.

    The rows lie between the keys `after` and `before` (None for no bound). A window read `backward` begins at
    its end.
    """

    columns: tuple[str, ...]
    descending: bool
    backward: bool
    after: tuple[Any, ...] | None
    before: tuple[Any, ...] | None

    def order(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return rows in the order of reading."""
        return rows.order_by(*[("-" if self._falls else "") + column for column in self.columns])

    def rank_within(self, parent: str) -> RawSQL:
        """Return a row's rank among those of its parent."""
        keys = ", ".join(f"{column} {'DESC' if self._falls else 'ASC'}" for column in self.columns)
        return RawSQL(f"ROW_NUMBER() OVER (PARTITION BY {parent} ORDER BY {keys})")  # columns of our own

    def of(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the rows of the window, in order."""
        for key, is_after in ((self.after, True), (self.before, False)):
            if key is not None:
                operator = "gt" if is_after is not self.descending else "lt"
                rows = rows.filter(_beyond(self.columns, key, operator))
        return self.order(rows)

    @property
    def _falls(self) -> bool:
        return self.descending is not self.backward


async def read_page(rows: QuerySet[M], window: Window, *, limit: int) -> list[M]:
    """Return the first rows of a list's window, with one statement."""
    return await load(window.of(rows).limit(limit))


async def read_pages(
    rows: QuerySet[M], parent: str, parents: Sequence[int], window: Window, *, limit: int
) -> dict[int, list[M]]:
    """Return the first rows of the window for each parent, with two statements for any number of parents.

    If there are thousands of rows, each two thousand take a statement. They have to be ranked first, while
    the rows of a single parent are read in order from an index (`read_page`).
    """
    ranked = window.of(rows.filter(**{f"{parent}__in": list(parents)})).annotate(
        rank=window.rank_within(parent)
    )
    ids = await _best_ranked_ids(ranked, limit)
    pages: defaultdict[int, list[M]] = defaultdict(list)
    # The best ranked ids come first, so that rows read later come later in each list.
    async for some in slices(ids, MAX_ROWS):
        for row in await load(window.order(rows.filter(id__in=some))):
            pages[getattr(row, parent)].append(row)
    return pages


async def count_each(lists: Sequence[QuerySet[Any]], *, max_count: int) -> list[int]:
    """Return how many rows each of these lists has, or `max_count` if it has more, with one statement."""
    parts, parameters = [], list[Any]()
    for place, rows in enumerate(lists):
        sql, values = render(rows.limit(max_count).values("id"))
        text = shifted(sql, len(parameters))
        parts.append(f"SELECT {place:d} AS place, COUNT(*) AS entries FROM ({text}) counted")  # noqa: S608 ours
        parameters += values
    counted = await fetch_rendered(" UNION ALL ".join(parts), parameters)
    counts = {row["place"]: int(row["entries"]) for row in counted}
    return [counts[place] for place in range(len(lists))]


async def _best_ranked_ids(ranked: QuerySet[Any], max_rank: int) -> list[int]:
    """Return the ids of the rows up to a rank, by rank.

    A rank over a window can't be filtered where it is computed, and the ORM can't express the outer query.
    """
    sql, parameters = render(ranked.values("id", "rank"))
    rows = await fetch_rendered(
        f'SELECT ranked."id" FROM ({sql}) ranked WHERE ranked."rank" <= {max_rank:d} ORDER BY ranked."rank"',  # noqa: S608
        parameters,
    )
    return [row["id"] for row in rows]


def _beyond(columns: Sequence[str], values: Sequence[Any], operator: str) -> Q:
    """Return the condition that a row's key lies beyond these values."""
    column, value = columns[0], values[0]
    strictly = Q(**{f"{column}__{operator}": value})
    if len(columns) == 1:
        return strictly
    tied = Q(**{column: value}) & _beyond(columns[1:], values[1:], operator)
    # The first condition follows from the second, but it lets the database begin at the key.
    return Q(**{f"{column}__{operator}e": value}) & (strictly | tied)
