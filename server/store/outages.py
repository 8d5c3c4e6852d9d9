"""Recognising errors that mean that the database is unavailable, not that the code is wrong."""

import asyncio
import errno
import sqlite3
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

import asyncpg
from tortoise.exceptions import DBConnectionError

T = TypeVar("T")

PAUSES_SECONDS = (0.05, 0.2, 0.5, 1.0, 2.0, 4.0)
"""How long a stream waits before each retry: in all long enough for a restart or a failover."""


class Outage(StrEnum):
    """Why the database, or the system below it, is unavailable, in a word for an operator."""

    AWAY = "away"
    LOCKED = "locked"
    OVERLOADED = "overloaded"
    FULL = "full"
    READ_ONLY = "read-only"
    CORRUPT = "corrupt"
    FAILING = "failing"
    DESCRIPTORS = "out of descriptors"


_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: Outage.LOCKED,
    sqlite3.SQLITE_LOCKED: Outage.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Outage.LOCKED,
    sqlite3.SQLITE_FULL: Outage.FULL,
    sqlite3.SQLITE_READONLY: Outage.READ_ONLY,
    sqlite3.SQLITE_PERM: Outage.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Outage.CORRUPT,
    sqlite3.SQLITE_NOTADB: Outage.CORRUPT,
    sqlite3.SQLITE_IOERR: Outage.FAILING,
    sqlite3.SQLITE_NOMEM: Outage.FAILING,
    sqlite3.SQLITE_CANTOPEN: Outage.AWAY,
}
"""By SQLite's primary result codes. The others concern the statement."""

_OF_POSTGRES = {
    "08": Outage.AWAY,  # the connection
    "25006": Outage.READ_ONLY,
    "25P03": Outage.AWAY,  # a transaction was idle for too long, and its connection ended
    "28": Outage.AWAY,  # the sign-in
    "3D": Outage.AWAY,  # the database's name
    "40": Outage.LOCKED,  # serialisation, and deadlocks
    "53": Outage.OVERLOADED,
    "53100": Outage.FULL,
    "55000": Outage.AWAY,  # it accepts no connections
    "55P03": Outage.LOCKED,
    "57": Outage.AWAY,  # operator intervention: a shutdown, a start, a backend that was ended
    "57014": Outage.LOCKED,  # a statement took too long
    "58": Outage.FAILING,
    "XX001": Outage.CORRUPT,
    "XX002": Outage.CORRUPT,
}
"""By PostgreSQL's error codes or their classes. The others concern the statement."""

_OF_SYSTEM = {
    errno.ENOSPC: Outage.FULL,
    errno.EDQUOT: Outage.FULL,
    errno.EFBIG: Outage.FULL,
    errno.EROFS: Outage.READ_ONLY,
    errno.EMFILE: Outage.DESCRIPTORS,
    errno.ENFILE: Outage.DESCRIPTORS,
}
_PRIMARY = 0xFF


def outage_of(error: BaseException) -> Outage | None:
    """Return why the database is unavailable, if an exception means that: the same may work later.

    None for everything else: a refused value, a wrong statement, or any fault of ours.
    """
    for cause in _told(error):
        match cause:
            case BaseExceptionGroup():
                outages = [outage_of(member) for member in cause.exceptions]
                return outages[0] if all(outages) else None
            case sqlite3.Error():
                return _OF_SQLITE.get(getattr(cause, "sqlite_errorcode", -1) & _PRIMARY)
            case asyncpg.PostgresError():
                code = getattr(cause, "sqlstate", None) or ""
                return _OF_POSTGRES.get(code) or _OF_POSTGRES.get(code[:2])
            case asyncpg.InterfaceError() | asyncpg.InternalClientError() | DBConnectionError():
                return Outage.AWAY
            case OSError():
                return _OF_SYSTEM.get(cause.errno or 0, Outage.AWAY)
    return None


def is_outage(error: BaseException) -> bool:
    """Whether an exception concerns the database, and not the statement."""
    return outage_of(error) is not None


async def ride_out(work: Callable[[], Awaitable[T]]) -> T:
    """Do work that changes nothing, and retry if the database is unavailable; raise the last error."""
    for pause_seconds in PAUSES_SECONDS:
        try:
            return await work()
        except Exception as error:
            if not is_outage(error):
                raise
        await asyncio.sleep(pause_seconds)
    return await work()


def _told(error: BaseException) -> list[BaseException]:
    """Return an exception, and the one that the ORM made it from."""
    made_of = [argument for argument in (error.__cause__, *error.args) if isinstance(argument, Exception)]
    return [error, *made_of]
