"""On SQLite only one process serves: wake-ups and limits are in its memory, out of another's reach."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from server.cli.terminal import CommandRefused
from server.settings import Settings
from server.store.database import Database


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """Be the only `serve` or `worker` on this SQLite database during the block.

    The operating system releases the lock with the process, however it ends. PostgreSQL takes any number of
    servers.

    Raises:
        CommandRefused: another process has the lock, or its file can't be made.
    """
    path = Database(settings.database.url).sqlite_path
    if path is None:
        yield
        return
    with ExitStack() as locks:
        real = Path(os.path.realpath(path))  # whatever name it is given by: a link, or from another folder
        locks.enter_context(_lock(real.with_name(f"{real.name}.lock"), "w", path))
        # The file itself too, as it may have several names (hard links, mounts). Only on Linux: elsewhere
        # such a lock would conflict with SQLite's own.
        if sys.platform == "linux" and real.is_file():
            locks.enter_context(_lock(real, "rb", path))
        yield


def _lock(path: Path, mode: str, database_path: Path) -> IO[Any]:
    """Return the locked file; closing it unlocks it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open(mode)
    except OSError as error:
        raise CommandRefused(f"Can't open {path}: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise CommandRefused(
            f"Another serve or worker runs on {database_path}; stop it first. Only PostgreSQL takes several."
        ) from error
    return lock
