"""GraphQL over server-sent events, in the mode of distinct connections (graphql-sse protocol)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from graphql import GraphQLError

from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse, count_refusal, end_stream, refuse_denied
from server.graphql.transport.streams import Streams
from server.store.outages import is_outage, ride_out

PING_SECONDS = 15.0
COMPLETE = b"event: complete\ndata:\n\n"
PING = b": ping\n\n"


async def event_stream(
    answers: AsyncGenerator[GraphqlResponse, None],
    context: Context,
    streams: Streams,
    *,
    ping_seconds: float = PING_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """Yield the events of a stream: one for each answer, a comment now and then, and the end.

    An answer that tells of an entry has its cursor as the event's id, so that a client that reconnects with
    `Last-Event-ID` goes on from there; one that tells why the stream ends has none. A shutdown ends the stream
    without the event that would tell the client that there is no more. Who may no longer hear it is told so,
    and the stream ends.
    """
    with context.ending() as ended:
        async with aclosing(_events(answers, context, streams, ended, ping_seconds)) as events:
            async for event in events:
                yield event


async def _events(
    answers: AsyncGenerator[GraphqlResponse, None],
    context: Context,
    streams: Streams,
    ended: asyncio.Event,
    ping_seconds: float,
) -> AsyncGenerator[bytes, None]:
    yield PING  # so that the headers go out before there is anything to tell
    stopping = asyncio.ensure_future(streams.stopping.wait())
    ending = asyncio.ensure_future(ended.wait())
    following: asyncio.Future[GraphqlResponse | None] = asyncio.ensure_future(_next(answers))
    async with aclosing(answers):
        try:
            while not stopping.done():
                either: list[asyncio.Future[Any]] = [following, stopping, ending]
                await asyncio.wait(either, timeout=ping_seconds, return_when=asyncio.FIRST_COMPLETED)
                if ending.done() or not following.done():
                    refusal = await _refusal(context)
                    if refusal is not None:
                        count_refusal(context.services, refusal)
                        yield _event(refusal)
                        yield COMPLETE
                        return
                    if ending.done():
                        ended.clear()
                        ending = asyncio.ensure_future(ended.wait())
                if not following.done():
                    yield PING
                    continue
                answer = following.result()
                if answer is None:
                    yield COMPLETE
                    return
                if answer.refused:
                    count_refusal(context.services, answer)
                yield _event(answer)
                following = asyncio.ensure_future(_next(answers))
        finally:
            stopping.cancel()
            ending.cancel()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


def single_event(answer: GraphqlResponse) -> bytes:
    """Return the whole stream of an operation that has one answer."""
    return _event(answer) + COMPLETE


async def _refusal(context: Context) -> GraphqlResponse | None:
    """Return why somebody may no longer listen, or can't be looked up; None for whoever may."""
    try:
        refusal = await ride_out(context.still_refused)
    except Exception as error:
        if not is_outage(error):
            raise
        return end_stream(context, GraphQLError("The caller can't be looked up.", original_error=error))
    return None if refusal is None else refuse_denied(refusal)


async def _next(answers: AsyncGenerator[GraphqlResponse, None]) -> GraphqlResponse | None:
    return await anext(answers, None)


def _event(answer: GraphqlResponse) -> bytes:
    identifier = b"id: " + answer.cursor.encode() + b"\n" if answer.cursor else b""
    return b"event: next\n" + identifier + b"data: " + answer.json + b"\n\n"
