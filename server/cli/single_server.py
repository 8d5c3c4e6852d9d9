"""On SQLite one process serves: its wake-ups and its limits are in memory, and another would not hear them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.cli.terminal import CommandRefused
from server.models.database import Database
from server.settings import Settings


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """Be the only `serve` or `worker` on this SQLite database for the length of the block.

    The operating system drops the lock with the process, however that ends. PostgreSQL takes any
    number of servers.

    Raises:
        CommandRefused: another process has the lock, or its file can't be made.
    """
    path = Database(settings.database_url).sqlite_path
    if path is None:
        yield
        return
    with _lock(path):
        yield


def _lock(database_path: Path) -> IO[str]:
    """Return the locked file; closing it unlocks it."""
    path = database_path.with_name(f"{database_path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise CommandRefused(f"Can't write {path}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CommandRefused(
            f"Another serve or worker runs on {database_path}; stop it first, or use PostgreSQL for several."
        ) from error
    return lock
