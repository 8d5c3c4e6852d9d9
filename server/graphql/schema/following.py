"""What all subscriptions share: an account's log, followed from a cursor on."""

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
    "With `after` it first gives what has come since that cursor, without a gap or a repeat; without it, what "
    f"comes from now on. Who takes in less than is written, and so falls {MAX_BEHIND:,} entries behind, is ended "
    "with LAGGING and the `cursor` to resume from. Where the server can't tell you of an entry, even after some "
    "tries, it ends with an error that bears the `cursor` of the last one that you were told of: none is left out."
)


class Followed(Protocol):
    """What can be followed: each entry shows its cursor."""

    cursor: str


S = TypeVar("S", bound=Followed)

After = Annotated[
    str | None,
    strawberry.argument(description="The cursor of the last one that you know; null for from now on."),
]


async def followed(
    info: Info, selection: Selection[M], order: Order, after: str | None, show: Callable[[M], S]
) -> AsyncGenerator[S, None]:
    """Yield what a log has behind a cursor of this order, as it is shown to whoever may still see it.

    The context's cursor stands at what has been told: whoever asks for the next has been told the one before.

    Raises:
        InvalidInput: the cursor is malformed, of another list, or beyond the log's end.
        NotFound: CURSOR_EXPIRED.
        Lagging: with the cursor to resume from.
        Denied: the caller's rights have gone.
    """
    context = info.context
    # A client that reconnects to its stream names the last entry it saw in a header of its own.
    resume = context.resume_after or after
    log, account_id = selection.log, selection.account_id
    if resume is None:
        position = (await ride_out(lambda: bounds(log, account_id))).last
        context.cursor = await ride_out(lambda: cursor_of(log, account_id, order, position))
    else:
        position, at_us = order.row(resume).values()
        await ride_out(lambda: check_entry(log, account_id, position, at_us))
        context.cursor = resume
    try:
        async with aclosing(context.services.followers.follow(selection, after=position)) as entries:
            async for entry in entries:
                await ride_out(context.confirm)
                shown = show(entry)
                yield shown
                context.cursor = shown.cursor
    except Lagging as error:
        error.cursor = await cursor_of(log, account_id, order, error.position)
        raise


async def cursor_of(log: Log[M], account_id: int, order: Order, position: int) -> str:
    """Return the cursor of a log's entry; of one that is no longer kept, the only one that there can be."""
    entry = await find_entry(log.table, account_id, position)
    return order.cursor_at(position, 0) if entry is None else order.cursor(entry)
