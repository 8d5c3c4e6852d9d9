"""`python -m tests.bench.bare_site`: the yardsticks, on the server software that Chappe ships with.

Routes by Starlette, served by uvicorn with Chappe's loop and parser, without Chappe: no log, no middleware, no
passwords. `/bare` parses the fields of a sending and answers as one; `/page` and `/small` give the JSON of a GraphQL
query from the same tables, by the driver alone. `/shout` sends its body, so often as it says, to each WebSocket that
is open at `/listen`. Its arguments are the port and the database's URL.
"""

import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import aiosqlite
import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from server.kit.credits import format_credits

Rows = Callable[..., Awaitable[Sequence[Mapping[str, Any]]]]

PAGE = (
    "SELECT login, enabled, quota_on, quota_left, quota_assigned, limit_on, limit_threshold, callback_url "
    "FROM users WHERE account_id = (SELECT id FROM accounts WHERE name = {0}) AND deleted_at_us IS NULL "
    "ORDER BY login_key LIMIT 50"
)
SMALL = "SELECT name, credits_left FROM accounts WHERE name = {0}"


@asynccontextmanager
async def _rows(url: str) -> AsyncIterator[tuple[Rows, str]]:
    """Give a function that runs a query by the driver, and the form of a parameter."""
    if url.startswith("sqlite://"):
        async with aiosqlite.connect(url.removeprefix("sqlite://")) as connection:
            connection.row_factory = aiosqlite.Row

            async def ask(sql: str, *values: object) -> Sequence[Mapping[str, Any]]:
                return await connection.execute_fetchall(sql, values)  # type: ignore[return-value]

            yield ask, "?"
    else:
        async with asyncpg.create_pool(url) as pool:
            yield pool.fetch, "$1"


def _application(url: str) -> Starlette:
    asked: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with _rows(url) as (asked["rows"], form):
            asked["page"], asked["small"] = PAGE.format(form), SMALL.format(form)
            yield

    async def bare(request: Request) -> Response:
        fields = parse_qs(request.url.query)
        assert fields["message"]
        return PlainTextResponse("OK\n1987\n10867690\n")

    async def page(request: Request) -> Response:
        variables = (await request.json())["variables"]
        nodes = [
            {
                "login": row["login"],
                "enabled": bool(row["enabled"]),
                "quota": {
                    "enabled": bool(row["quota_on"]),
                    "left": format_credits(row["quota_left"]),
                    "assigned": format_credits(row["quota_assigned"]),
                },
                "limit": {"enabled": bool(row["limit_on"]), "threshold": row["limit_threshold"]},
                "callback": {"url": row["callback_url"]},
            }
            for row in await asked["rows"](asked["page"], variables["account"])
        ]
        return Response(orjson.dumps({"data": {"users": {"nodes": nodes}}}), media_type="application/json")

    async def small(request: Request) -> Response:
        variables = (await request.json())["variables"]
        [row] = await asked["rows"](asked["small"], variables["account"])
        account = {"name": row["name"], "creditsLeft": format_credits(row["credits_left"])}
        return Response(orjson.dumps({"data": {"account": account}}), media_type="application/json")

    routes = [Route("/bare", bare, methods=["POST"]), Route("/page", page, methods=["POST"])]
    return Starlette(
        routes=[*routes, Route("/small", small, methods=["POST"]), *_broadcast()], lifespan=lifespan
    )


def _broadcast() -> list[BaseRoute]:
    sockets: set[WebSocket] = set()

    async def listen(socket: WebSocket) -> None:
        await socket.accept(subprotocol="graphql-transport-ws")
        sockets.add(socket)
        await socket.receive()
        sockets.discard(socket)

    async def shout(request: Request) -> Response:
        text = (await request.body()).decode()
        for _ in range(int(request.query_params["times"])):
            for socket in sockets:
                await socket.send_text(text)
        return Response()

    return [WebSocketRoute("/listen", listen), Route("/shout", shout, methods=["POST"])]


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvicorn.run(
        _application(sys.argv[2]),
        port=int(sys.argv[1]),
        ws="websockets-sansio",
        access_log=False,
        log_level="warning",
    )
