"""The server as a process of its own, as whoever installs it runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0
"""How long a condition is waited for: longer than a busy machine needs, shorter than a test may take."""


def eventually(check: Callable[[], T]) -> T:
    """Return what `check` returns as soon as that is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


class Process:
    """A command that goes on running, and what it has printed so far."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start it in a folder, which also gets what it prints."""
        self._out, self._err = folder / f"{id(self)}.out", folder / f"{id(self)}.err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self._popen = subprocess.Popen(  # noqa: S603 our own program
                command, stdout=out, stderr=err, cwd=folder, env={"PATH": os.environ["PATH"], **environment}
            )

    @property
    def out(self) -> str:
        """Return what it has printed on standard output."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """Return what it has printed on standard error."""
        return self._err.read_text()

    def url(self) -> str:
        """Wait until it answers requests, and return the URL that it printed."""

        def served() -> str:
            assert self._popen.poll() is None, self.err
            banner = re.search(r"serves at (\S+).*\n\n$", self.out, re.DOTALL)
            return banner[1] if banner else ""

        return eventually(served)

    def says(self, text: str) -> None:
        """Wait until it has logged this."""
        eventually(lambda: text in self.err)

    def terminate(self) -> int:
        """Ask it to end (SIGTERM), and return its exit status."""
        self._popen.terminate()
        return self._popen.wait(PATIENCE_SECONDS)

    def interrupt(self) -> int:
        """Ask it to end as Ctrl+C does, and return its exit status."""
        self._popen.send_signal(signal.SIGINT)
        return self._popen.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it without notice."""
        self._popen.kill()
        self._popen.wait(PATIENCE_SECONDS)


@contextmanager
def started(
    *arguments: str, environment: Mapping[str, str], folder: Path, program: list[str] | None = None
) -> Iterator[Process]:
    """Run a command of ours beside the test; it never outlives the block."""
    process = Process([*(program or [sys.executable, "-m", "server"]), *arguments], environment, folder)
    try:
        yield process
    finally:
        process.kill()
