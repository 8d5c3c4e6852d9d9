"""The server as a separate process, as an installation runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tests.factories.running import plain_http
from tests.factories.running.forks import ForkedCommand

T = TypeVar("T")

AS_SHIPPED = (sys.executable, "-m", "server")
"""The installed program, with nothing imported yet."""

PATIENCE_SECONDS = 60.0
"""How long to wait for a condition: longer than a busy machine needs, shorter than a test may take."""


def eventually(check: Callable[[], T]) -> T:
    """Return what `check` returns as soon as that is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
    return found


def inherited() -> dict[str, str]:
    """Return the part of the environment that a command inherits: no settings, but the coverage options."""
    return {name: value for name, value in os.environ.items() if name.startswith(("PATH", "COVERAGE_"))}


class Process:
    """A running command, and its output so far."""

    def __init__(
        self,
        *arguments: str,
        environment: Mapping[str, str],
        folder: Path,
        program: Sequence[str] | None = None,
    ) -> None:
        """Start it in a folder, which also gets its output; without a program it is one of our commands."""
        self._out, self._err = folder / f"{id(self)}.out", folder / f"{id(self)}.err"
        self._out.touch()
        self._err.touch()
        environment = {**inherited(), **environment}
        # Coverage does not measure forked processes.
        if program is None and not any(name.startswith("COVERAGE_") for name in environment):
            self._popen: ForkedCommand | subprocess.Popen[bytes] = ForkedCommand(
                arguments, environment, folder, self._out, self._err
            )
            return
        with self._out.open("w") as out, self._err.open("w") as err:
            self._popen = subprocess.Popen(
                [*(program or AS_SHIPPED), *arguments],
                stdout=out, stderr=err, cwd=folder, env=environment, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Return its id."""
        return self._popen.pid

    @property
    def out(self) -> str:
        """Return its standard output so far."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """Return its standard error so far."""
        return self._err.read_text()

    def url(self) -> str:
        """Wait until it answers requests (all output is printed by then), and return its URL."""

        def served() -> str:
            assert self._popen.poll() is None, self.err
            banner = re.search(r"serves at (\S+)", self.out)
            return banner[1] if banner else ""

        url = eventually(served)
        plain_http.get(f"{url}/healthz", timeout=PATIENCE_SECONDS).raise_for_status()
        return url

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def says(self, text: str) -> None:
        """Wait until it has logged this text."""
        eventually(lambda: text in self.err)

    def terminate(self) -> int:
        """Ask it to end (SIGTERM), and return its exit status."""
        return self._end(signal.SIGTERM)

    def interrupt(self) -> int:
        """Ask it to end as Ctrl+C does, and return its exit status."""
        return self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill it."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        """Send a signal to the process and its children, as a terminal does, and return the exit status."""
        if self._popen.poll() is None:
            try:
                os.killpg(self._popen.pid, number)
            except ProcessLookupError:
                # It was just forked, and has no process group yet; or it has ended meanwhile.
                with suppress(ProcessLookupError):
                    os.kill(self._popen.pid, number)
        return self._popen.wait(PATIENCE_SECONDS)


@contextmanager
def started(
    *arguments: str, environment: Mapping[str, str], folder: Path, program: Sequence[str] | None = None
) -> Iterator[Process]:
    """Run one of our commands during the block; it never outlives it."""
    process = Process(*arguments, environment=environment, folder=folder, program=program)
    try:
        yield process
    finally:
        process.kill()
