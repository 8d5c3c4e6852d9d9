"""Processes forked from one that has imported the server: a new process would take seconds to import it."""

import multiprocessing
import os
import random
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
"""Its processes have everything imported, and nothing else done."""
FORKS.set_forkserver_preload(
    ["server.app", "server.cli.program", "server.cli.serving", "tests.factories.running.crash"]
)


class ForkedCommand:
    """One of our commands in a separate process, with methods like `subprocess.Popen`."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, out: Path, err: Path
    ) -> None:
        """Start it in a folder, with its output in files."""
        self._process = FORKS.Process(
            target=_run, args=(list(arguments), dict(environment), folder, out, err), daemon=True
        )
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return its exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait until it has ended, and return its exit status: for a signal, its negative number."""
        self._process.join(seconds)
        status = self._process.exitcode
        assert status is not None, "it has not ended"
        return status


def _run(arguments: list[str], environment: dict[str, str], folder: Path, out: Path, err: Path) -> None:
    """Run as `python -m server` with these arguments, like a new process."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for path, descriptor in (out, 1), (err, 2):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", buffering=1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["chappe", *arguments]
    random.seed()
    from server.cli import main  # noqa: PLC0415 only after the environment is set

    main()
