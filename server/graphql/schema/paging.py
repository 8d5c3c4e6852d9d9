"""Connections with keyset cursors: a page starts after a row's key, so each page costs the same."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.errors import InvalidInput
from server.graphql.schema.access import Access, field, object_type, resolved
from server.kit.ids import decode_cursor, encode_cursor
from server.logs.reader import cursor_expired
from server.store.queries.pages import Window, count_each, read_page, read_pages

T = TypeVar("T")
M = TypeVar("M", bound=Model)
C = TypeVar("C", bound="Connection[Any]")

DEFAULT_PAGE = 50
MAX_COUNTED = 10_000
"""Counting stops here, because it reads each entry and a list may have millions."""
COUNT, COUNT_COST = "totalCount", 25
"""The cost of counting a list, in points: about as much work as that many objects of an answer."""
COUNTED_AT_ONCE = 100
MAX_PAGE = 100
MAX_PREFIX = 41
"""One more than the longest name or login: such a prefix matches nothing, and SQLite limits its patterns."""

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many entries from the start, 1 to 100. 50 if neither `first` nor `last` is given."
    ),
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="A cursor. The page starts after its entry; null for the start of the list."
    ),
]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many entries from the end, 1 to 100. Not together with `first`."),
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="A cursor. The page ends before its entry; null for the end of the list."
    ),
]


@dataclass(frozen=True, slots=True)
class Order:
    """Columns that sort a list's rows without ties, all in one direction.

    A cursor has the list's name and the values of the columns, so that no other list accepts it. If numbers
    can be reused, as after a backup was restored, a `mark` of the row (its time) shows whether it is still
    the same row.
    """

    of: str
    columns: tuple[str, ...]
    types: tuple[type, ...]
    descending: bool = False
    mark: str | None = None

    def cursor(self, row: Model) -> str:
        """Return the cursor of a row."""
        return self.cursor_at(*(getattr(row, column) for column in self._kept))

    def cursor_at(self, *values: int | str) -> str:
        """Return the cursor of a row with these values in the order's columns, and this mark."""
        return encode_cursor(self._name, *values)

    def values(self, cursor: str) -> tuple[Any, ...]:
        """Return the key in a cursor.

        Raises:
            InvalidInput: the cursor is malformed, of another list, or of another order of this list.
        """
        return self._parts(cursor)[: len(self.columns)]

    def row(self, cursor: str) -> dict[str, Any]:
        """Return the values of a cursor's row by column, including the mark.

        Raises:
            InvalidInput: as `values`.
        """
        return dict(zip(self._kept, self._parts(cursor), strict=True))

    def _parts(self, cursor: str) -> tuple[Any, ...]:
        types = self.types if self.mark is None else (*self.types, int)
        parts: tuple[Any, ...] = decode_cursor(cursor, str, *types)
        if parts[0] != self._name:
            raise InvalidInput("This is not a cursor of this list.")
        return parts[1:]

    @property
    def _kept(self) -> tuple[str, ...]:
        return self.columns if self.mark is None else (*self.columns, self.mark)

    @property
    def _name(self) -> str:
        return f"{self.of}.{self.columns[0]}"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page: the first entries after a cursor, or the last ones before a cursor."""

    size: int
    after: str | None = None
    before: str | None = None
    backward: bool = False

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> "PageRequest":
        """Check a connection's arguments.

        Raises:
            InvalidInput: both directions are given, or the size is not 1 to 100.
        """
        if last is not None and (first is not None or after is not None):
            raise InvalidInput("Ask for `first` and `after`, or for `last` and `before`.")
        size = last if last is not None else first if first is not None else DEFAULT_PAGE
        if not 1 <= size <= MAX_PAGE:
            raise InvalidInput(f"A page has 1 to {MAX_PAGE} entries.")
        return cls(size=size, after=after, before=before, backward=last is not None)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows in the list's order, and whether there are more on each side."""

    rows: list[T]
    has_next: bool
    has_previous: bool
    count: Callable[[], Awaitable[int]]


class _Counts:
    """The lengths of some lists, all counted when the first one is requested."""

    def __init__(self, lists: Mapping[int, QuerySet[Any]]) -> None:
        self._lists = lists
        self._counting: asyncio.Task[dict[int, int]] | None = None

    async def of(self, key: int) -> int:
        """Return how many entries a list has, at most one more than the limit of counting."""
        if self._counting is None:
            self._counting = asyncio.create_task(self._count())
        return (await asyncio.shield(self._counting))[key]

    async def _count(self) -> dict[int, int]:
        lists = list(self._lists.values())
        counts: list[int] = []
        for start in range(0, len(lists), COUNTED_AT_ONCE):
            counts += await count_each(lists[start : start + COUNTED_AT_ONCE], max_count=MAX_COUNTED + 1)
        return dict(zip(self._lists, counts, strict=True))


async def check_cursors(rows: QuerySet[M], order: Order, request: PageRequest) -> None:
    """Check that the rows of a marked order's cursors are among these, and unchanged.

    Raises:
        NotFound: CURSOR_EXPIRED.
    """
    for name, cursor in (("after", request.after), ("before", request.before)):
        if order.mark and cursor is not None and not await rows.filter(**order.row(cursor)).exists():
            raise cursor_expired(name)


async def fetch_page(queryset: QuerySet[M], order: Order, request: PageRequest) -> Page[M]:
    """Return one page of a query, with one statement."""
    rows = await read_page(queryset, _window(order, request), limit=request.size + 1)
    return _page(rows, request, partial(_Counts({0: queryset}).of, 0))


async def fetch_pages(
    queryset: QuerySet[M], parent: str, parents: Sequence[int], order: Order, request: PageRequest
) -> dict[int, Page[M]]:
    """Return a page for each parent: two statements for any number of parents, one for a single parent."""
    lists = {key: queryset.filter(**{parent: key}) for key in parents}
    if len(parents) == 1:
        return {key: await fetch_page(rows, order, request) for key, rows in lists.items()}
    rows = await read_pages(queryset, parent, parents, _window(order, request), limit=request.size + 1)
    counts = _Counts(lists)
    return {key: _page(rows.get(key, []), request, partial(counts.of, key)) for key in parents}


def _window(order: Order, request: PageRequest) -> Window:
    return Window(
        columns=order.columns,
        descending=order.descending,
        backward=request.backward,
        after=None if request.after is None else order.values(request.after),
        before=None if request.before is None else order.values(request.before),
    )


def _page(rows: list[M], request: PageRequest, count: Callable[[], Awaitable[int]]) -> Page[M]:
    more = len(rows) > request.size
    rows = rows[: request.size]
    if request.backward:
        return Page(rows[::-1], request.before is not None, more, count)
    return Page(rows, more, request.after is not None, count)


@object_type(access=Access.SIGNED_IN, description="A page's place in its list.")
class PageInfo:
    """Relay's page info."""

    has_next_page: bool = field(description="Whether there are more entries after this page.")
    has_previous_page: bool = field(description="Whether there are entries before this page.")
    start_cursor: str | None = field(description="The first entry's cursor; null if the page is empty.")
    end_cursor: str | None = field(description="The last entry's cursor; null if the page is empty.")


@object_type(access=Access.SIGNED_IN, description="One entry of a page.")
class Edge(Generic[T]):
    """Relay's edge."""

    cursor: str = field(
        description="An opaque cursor. Pass it as `after` or `before` to continue the list from here."
    )
    node: T = field(description="The entry itself.")


@object_type(
    access=Access.SIGNED_IN, description="A page of a list. Its cursors stay valid when the list grows."
)
class Connection(Generic[T]):
    """Relay's connection; entries and cursors are only made if a query asks for them."""

    page: strawberry.Private[Page[Any]]
    order: strawberry.Private[Order]
    wrap: strawberry.Private[Callable[[Any], Any]]

    @resolved(description="The entries with their cursors.")
    def edges(self) -> list[Edge[T]]:
        """Return the entries with their cursors."""
        return [Edge(cursor=self.order.cursor(row), node=self.wrap(row)) for row in self.page.rows]

    @resolved(description="The entries without cursors.")
    def nodes(self) -> list[T]:
        """Return the entries."""
        return [self.wrap(row) for row in self.page.rows]

    @resolved(
        description=(
            "How many entries all pages have together, with the filter applied. Counting stops at 10,000: "
            "10001 means that there are more."
        )
    )
    async def total_count(self) -> int:
        """Count the list."""
        return await self.page.count()

    @resolved(description="This page's place in the list.")
    def page_info(self) -> PageInfo:
        """Return this page's place in the list."""
        rows = self.page.rows
        return PageInfo(
            has_next_page=self.page.has_next,
            has_previous_page=self.page.has_previous,
            start_cursor=self.order.cursor(rows[0]) if rows else None,
            end_cursor=self.order.cursor(rows[-1]) if rows else None,
        )


def connection(type_: type[C], page: Page[M], order: Order, wrap: Callable[[M], object]) -> C:
    """Return a page as a connection of the given type."""
    return type_(page=page, order=order, wrap=wrap)


def empty_page() -> Page[Any]:
    """Return the page of an empty list."""
    return Page([], has_next=False, has_previous=False, count=_nothing)


async def _nothing() -> int:
    return 0
