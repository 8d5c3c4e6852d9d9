"""What all subscriptions share: following an account's log from a cursor on."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Protocol, TypeVar

import strawberry

from server.errors import Lagging
from server.graphql.schema.context import Info
from server.graphql.schema.paging import Order
from server.logs.reader import Log, M, Selection, bounds, check_entry
from server.logs.tail import MAX_BEHIND
from server.store.outages import ride_out
from server.store.queries.logs import find_entry

RULES = (
    "With `after` it first sends everything since that cursor, without gaps or repeats; without it, everything "
    f"from now on. A client that reads too slowly and falls {MAX_BEHIND:,} entries behind gets LAGGING, with the "
    "`cursor` to resume from. If the server can't send an entry, even after some tries, the stream ends with an "
    "error that has the `cursor` of the last entry sent, so that you miss none."
)


class Followed(Protocol):
    """An entry that can be followed: it shows its cursor."""

    cursor: str


S = TypeVar("S", bound=Followed)

After = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the last entry that you have; null to start from now."),
]


async def followed(
    info: Info, selection: Selection[M], order: Order, after: str | None, show: Callable[[M], S]
) -> AsyncGenerator[S, None]:
    """Yield the entries of a log after a cursor, as long as the caller may see them and nobody takes over.

    The context's cursor is the last entry that was sent: asking for the next one means that it was. Its position is the
    entry that is being sent, or else the last one that was read.

    Raises:
        InvalidInput: the cursor is malformed, of another list, or beyond the log's end.
        NotFound: CURSOR_EXPIRED.
        Lagging: with the cursor to resume from.
        Denied: the caller has lost the right.
    """
    context, log, account_id = info.context, selection.log, selection.account_id
    # A client that reconnects to its stream sends the last entry that it saw in a header.
    resume = context.resume_after or after
    if context.position is not None:
        position = context.position
    elif resume is None:
        position = (await ride_out(lambda: bounds(log, account_id))).last
        context.cursor = await ride_out(lambda: cursor_of(log, account_id, order, position))
    else:
        position, at_us = order.row(resume).values()
        await ride_out(lambda: check_entry(log, account_id, position, at_us))
        context.cursor = resume
    try:
        async with aclosing(context.services.followers.chunks(selection, after=position)) as chunks:
            async for chunk in chunks:
                for entry in chunk.entries:
                    await ride_out(context.confirm)
                    shown, context.position = show(entry), entry.sequence
                    yield shown
                    context.cursor = shown.cursor
                    if context.reached(entry.sequence, at_end=False):
                        return
                context.position = chunk.position
                if context.reached(chunk.position, at_end=chunk.at_end):
                    return
    except Lagging as error:
        error.cursor = await cursor_of(log, account_id, order, error.position)
        raise


async def cursor_of(log: Log[M], account_id: int, order: Order, position: int) -> str:
    """Return the cursor of a log's entry; if the entry is not there, the cursor's time is 0."""
    entry = await find_entry(log.table, account_id, position)
    return order.cursor_at(position, 0) if entry is None else order.cursor(entry)
