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

import httpx

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


def inherited() -> dict[str, str]:
    """Return what a command gets of this process's environment: no setting, but the measuring of coverage."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PATH", "COVERAGE_"))}


class Process:
    """A command that goes on running, and what it has printed so far."""

    def __init__(self, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        """Start it in a folder, which also gets what it prints."""
        self._out, self._err = folder / f"{id(self)}.out", folder / f"{id(self)}.err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self._popen = subprocess.Popen(
                command,
                stdout=out,
                stderr=err,
                cwd=folder,
                env={**inherited(), **environment},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return its id."""
        return self._popen.pid

    @property
    def out(self) -> str:
        """Return what it has printed on standard output."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """Return what it has printed on standard error."""
        return self._err.read_text()

    def url(self) -> str:
        """Wait until it answers requests, by when it has printed all it prints, and return its URL."""

        def served() -> str:
            assert self._popen.poll() is None, self.err
            banner = re.search(r"serves at (\S+)", self.out)
            return banner[1] if banner else ""

        url = eventually(served)
        httpx.get(f"{url}/healthz", timeout=PATIENCE_SECONDS).raise_for_status()
        return url

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def says(self, text: str) -> None:
        """Wait until it has logged this."""
        eventually(lambda: text in self.err)

    def terminate(self) -> int:
        """Ask it to end (SIGTERM), and return its exit status."""
        return self._end(signal.SIGTERM)

    def interrupt(self) -> int:
        """Ask it to end as Ctrl+C does, and return its exit status."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it without notice."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        """Send a signal to the process and its children, as a terminal does, and return the exit status."""
        if self._popen.poll() is None:
            os.killpg(self._popen.pid, number)
        return self._popen.wait(PATIENCE_SECONDS)


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
