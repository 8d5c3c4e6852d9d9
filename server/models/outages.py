"""What it looks like from here when the database is away."""

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError

OUTAGES: tuple[type[Exception], ...] = (
    OperationalError,  # what Tortoise makes of some errors of both databases, SQLite's lock among them
    asyncpg.PostgresError,  # the rest of PostgreSQL's, such as a shutdown or too many connections
    asyncpg.InterfaceError,  # the driver's own, such as a connection that was lost
    asyncpg.InternalClientError,  # what the driver makes of a shutdown that it has not read to its end
    OSError,  # refused, unreachable, and timed out
)
"""The exceptions by which an edge tells "the server can't" from "the caller may not"."""

_OF_VALUES = (IntegrityError, asyncpg.DataError)


def is_outage(error: BaseException) -> bool:
    """Whether an exception tells of the database, and not of a value that it was given."""
    # Of PostgreSQL's DataError Tortoise makes an OperationalError too.
    of_value = isinstance(error, _OF_VALUES) or isinstance(error.__cause__, _OF_VALUES)
    return isinstance(error, OUTAGES) and not of_value
