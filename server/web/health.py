"""Health: whether this process is alive, and ready for requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server.operations.core.transactions import Transactions
from server.store.database import Database
from server.store.outages import outage_of

CHECK_SECONDS = 3.0
"""How long one check may take before it counts as failed."""
EVERY_SECONDS = 1.0
"""How long the result of a check is reused."""
TROUBLE_SECONDS = 10.0
"""How long a transaction counts that failed because the database can't store data."""

OK = "ok"
log = structlog.get_logger()

_HEADERS = {"Cache-Control": "no-store"}


class Readiness:
    """Checks whether the database stores what is written, once for all requests within a second."""

    def __init__(
        self, database: Database, transactions: Transactions, *, every_seconds: float = EVERY_SECONDS
    ) -> None:
        """A result is reused for `every_seconds`."""
        self._database = database
        self._transactions = transactions
        self._every_seconds = every_seconds
        self._began = 0.0
        self._checking: asyncio.Task[dict[str, str]] | None = None

    async def checks(self) -> dict[str, str]:
        """Return "ok" for each check, or in a word what is wrong."""
        now = time.monotonic()
        if self._checking is None or (self._checking.done() and now - self._began >= self._every_seconds):
            self._began, self._checking = now, asyncio.create_task(self._check())
        return await asyncio.shield(self._checking)

    async def _check(self) -> dict[str, str]:
        database = await _word("database", self._writes)
        # If the database is away, the ORM finds no migrations, which would look like another fault.
        migrations = await _word("migrations", self._is_migrated) if database == OK else "unknown"
        return {"database": database, "migrations": migrations}

    async def _writes(self) -> str:
        await self._database.check_writing()
        return self._transactions.trouble(within_seconds=TROUBLE_SECONDS) or OK

    async def _is_migrated(self) -> str:
        return "missing" if await self._database.missing_migrations() else OK


def health_routes(readiness: Readiness, *, stopping: Callable[[], bool]) -> list[Route]:
    """Return `/healthz` (liveness) and `/readyz` (readiness); `stopping` tells whether a shutdown began.

    Liveness only checks the event loop: a restart does not repair a database.
    """

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok", headers=_HEADERS)

    async def readyz(_: Request) -> Response:
        checks = {**await readiness.checks(), "process": "stopping" if stopping() else OK}
        ready = all(word == OK for word in checks.values())
        return JSONResponse(
            {"ready": ready, "checks": checks}, status_code=200 if ready else 503, headers=_HEADERS
        )

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def _word(name: str, check: Callable[[], Awaitable[str]]) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return "slow"
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            raise
        log.warning("readiness check failed", check=name, cause=outage, error=repr(error))
        return outage
