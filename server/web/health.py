"""Health: whether this process lives, and whether it is ready for requests."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.models.database import Database
from server.models.outages import OUTAGES

CHECK_SECONDS = 3.0
"""How long one check may take before it counts as failed."""

log = structlog.get_logger()

_HEADERS = {"Cache-Control": "no-store"}


def health_routes(database: Database, *, stopping: Callable[[], bool]) -> list[Route]:
    """Return `/healthz` (liveness) and `/readyz` (readiness); `stopping` tells whether a shutdown has begun.

    Liveness looks at nothing but the event loop: a restart mends no database.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok", headers=_HEADERS)

    async def readyz(_: Request) -> Response:
        checks = {
            "database": await _passes("database", lambda: _answers(database)),
            "migrations": await _passes("migrations", lambda: _is_migrated(database)),
            "running": not stopping(),
        }
        ready = all(checks.values())
        return JSONResponse(
            {"ready": ready, "checks": checks}, status_code=200 if ready else 503, headers=_HEADERS
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _passes(name: str, check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except OUTAGES as error:
        log.warning("readiness check failed", check=name, error=repr(error))
        return False


async def _answers(database: Database) -> bool:
    await database.client.execute_query("SELECT 1")
    return True


async def _is_migrated(database: Database) -> bool:
    return not await database.missing_migrations()
