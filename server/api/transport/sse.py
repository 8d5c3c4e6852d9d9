"""GraphQL over server-sent events, in the mode of distinct connections (graphql-sse protocol)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import orjson

from server.api.context import Context
from server.api.transport.engine import Answer, refuse_denied
from server.api.transport.streams import Streams

PING_SECONDS = 15.0
COMPLETE = b"event: complete\ndata:\n\n"
PING = b": ping\n\n"


async def event_stream(
    answers: AsyncGenerator[Answer, None],
    context: Context,
    streams: Streams,
    *,
    ping_seconds: float = PING_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """Yield the events of a stream: one for each answer, a comment now and then, and the end.

    An answer that stands at a cursor has it as the event's id, so that a client that reconnects with
    `Last-Event-ID` goes on from there. A shutdown ends the stream without the event that would tell
    the client that there is no more. Who may no longer hear it is told so, and the stream ends.
    """
    with context.ending() as ended:
        async with aclosing(_events(answers, context, streams, ended, ping_seconds)) as events:
            async for event in events:
                yield event


async def _events(
    answers: AsyncGenerator[Answer, None],
    context: Context,
    streams: Streams,
    ended: asyncio.Event,
    ping_seconds: float,
) -> AsyncGenerator[bytes, None]:
    yield PING  # so that the headers go out before there is anything to tell
    stopping = asyncio.ensure_future(streams.stopping.wait())
    ending = asyncio.ensure_future(ended.wait())
    following: asyncio.Future[Answer | None] = asyncio.ensure_future(_next(answers))
    async with aclosing(answers):
        try:
            while not stopping.done():
                either: list[asyncio.Future[Any]] = [following, stopping, ending]
                await asyncio.wait(either, timeout=ping_seconds, return_when=asyncio.FIRST_COMPLETED)
                if ending.done() or not following.done():
                    refusal = await context.still_refused()
                    if refusal is not None:
                        yield _event(refuse_denied(refusal), None)
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
                yield _event(answer, context.cursor)
                following = asyncio.ensure_future(_next(answers))
        finally:
            stopping.cancel()
            ending.cancel()
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


def single_event(answer: Answer) -> bytes:
    """Return the whole stream of an operation that has one answer."""
    return _event(answer, None) + COMPLETE


async def _next(answers: AsyncGenerator[Answer, None]) -> Answer | None:
    return await anext(answers, None)


def _event(answer: Answer, cursor: str | None) -> bytes:
    identifier = b"id: " + cursor.encode() + b"\n" if cursor else b""
    return b"event: next\n" + identifier + b"data: " + orjson.dumps(answer.payload) + b"\n\n"
