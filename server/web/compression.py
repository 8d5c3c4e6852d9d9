"""Compresses answers for clients that accept it."""

import asyncio
import gzip
from collections.abc import Callable, Mapping
from types import MappingProxyType

import brotli  # type: ignore[import-untyped]  # it has no types
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1_000
ASIDE_BYTES = 32_000
"""Longer answers are compressed in a thread: they take milliseconds."""

HOLDS_SECRET = "holds_secret"  # noqa: S105 the name of a mark
COMPRESSIBLE = frozenset(
    {
        "application/graphql-response+json", "application/javascript", "application/json", "application/xml",
        "image/svg+xml", "text/css", "text/html", "text/javascript", "text/plain", "text/xml",
    }
)  # fmt: skip
_ENCODED_OR_CUT = frozenset({b"content-encoding", b"content-range"})
# In our order of preference, if a client likes several equally.
CODINGS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {
        "br": lambda body: bytes(brotli.compress(body, quality=4)),
        "gzip": lambda body: gzip.compress(body, 5, mtime=0),
    }
)


class Compression:
    """Compresses answers that are complete, long enough and of a compressible type.

    A stream of events is passed on unchanged. So is an answer that holds a secret (its handler sets
    `scope["state"]["holds_secret"]`): its compressed length would tell an attacker who controls a part of the
    answer how far that part matches the secret (the BREACH attack).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_shorter(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if not _is_compressible(message):
                    await send(message)
                    return
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                start = message
                return
            if start is not None:
                first, start = start, None
                body = message.get("body", b"")
                is_long = len(body) >= MIN_BYTES and not message.get("more_body")
                marked = scope.get("state", {}).get(HOLDS_SECRET)
                coding = _best_coding_of(scope) if is_long and not marked else None
                if coding:
                    body = await _compress(coding, body)
                    headers = MutableHeaders(scope=first)
                    headers["Content-Encoding"] = coding
                    headers["Content-Length"] = str(len(body))
                    message = {**message, "body": body}
                await send(first)
            await send(message)

        await self._app(scope, receive, send_shorter)


def _best_coding_of(scope: Scope) -> str | None:
    return best_coding(", ".join(Headers(scope=scope).getlist("accept-encoding")))


def best_coding(accepted: str) -> str | None:
    """Return the client's preferred content coding among ours (RFC 9110, section 12.5.3), or None."""
    qualities: dict[str, float] = {}
    for part in accepted.split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        qualities[name] = quality
    liked = {coding: qualities.get(coding, qualities.get("*", 0.0)) for coding in CODINGS}
    best = max(liked, key=lambda coding: liked[coding])
    return best if liked[best] > 0 and liked[best] >= qualities.get("identity", 0.0) else None


async def _compress(coding: str, body: bytes) -> bytes:
    compress = CODINGS[coding]
    return compress(body) if len(body) < ASIDE_BYTES else await asyncio.to_thread(compress, body)


def _is_compressible(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    type_ = headers.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1")
    return type_ in COMPRESSIBLE and headers.keys().isdisjoint(_ENCODED_OR_CUT)
