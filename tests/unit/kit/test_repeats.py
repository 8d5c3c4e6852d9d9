"""An error with a known cause takes one line a second, with a count; a bug is logged fully, each time."""

import errno
import json
import logging
from typing import Any

import pytest
import structlog

from server.kit.logging import configure_logging
from server.kit.repeats import OncePerSecond

FLOOD = 500


def _cause_of(error: BaseException) -> str | None:
    return "full" if isinstance(error, OSError) else None


class Clock:
    """A clock for the logs that stands still until a test moves it."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    @staticmethod
    def configure() -> None:
        """Send all logs from now on to the capture of the test's output."""
        configure_logging(json=True, level="info", cause_of=_cause_of)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Logging that recognizes full disks, with a clock that stands still."""
    clock = Clock()
    monkeypatch.setattr("server.kit.logging.OncePerSecond", lambda cause_of: OncePerSecond(cause_of, clock))
    return clock


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def _fail(error: Exception) -> None:
    try:
        raise error
    except type(error):
        structlog.get_logger().exception("it failed", of="one")


def test_a_flood_of_one_cause_is_a_line_a_second(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Without traceback, and the next line of any kind adds the count."""
    clock.configure()
    for _ in range(FLOOD):
        _fail(OSError(errno.ENOSPC, "No space left on device"))
    clock.now += 1
    structlog.get_logger().info("hello")
    first, count, hello = _lines(capsys)
    assert (first["event"], first["cause"], first["error"]) == (
        "it failed", "full", "OSError(28, 'No space left on device')",
    )  # fmt: skip
    assert "exception" not in first
    assert count["event"] == f"it failed (full): {FLOOD - 1} more times"
    assert hello["event"] == "hello"


def test_what_libraries_log_is_no_exception(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Asyncio logs each connection that it could not accept, with a traceback."""
    clock.configure()
    for number in range(FLOOD):
        logging.getLogger("asyncio").error(
            "socket.accept() out of system resource\nsocket: %s",
            number,
            exc_info=OSError(errno.EMFILE, "Many"),
        )
    [line] = _lines(capsys)
    assert line["event"] == "socket.accept() out of system resource (full)"
    assert "exception" not in line


def test_several_counts_are_told_together(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Each once, with any line."""
    clock.configure()
    log = structlog.get_logger()
    for _ in range(3):
        for what in ("a", "b", "c"):
            log.warning(what, cause="away")
    clock.now += 1
    log.warning("a", cause="away")
    lines = [line["event"] for line in _lines(capsys)]
    assert sorted(lines[:3]) == ["a", "b", "c"]
    assert sorted(lines[3:]) == ["a", *(f"{what} (away): 2 more times" for what in ("a", "b", "c"))]


def test_each_kind_and_cause_has_a_line_of_its_own(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines that name their cause themselves count too."""
    clock.configure()
    log = structlog.get_logger()
    for cause in ("away", "full") * 3:
        log.warning("readiness check failed", cause=cause)
        log.warning("unavailable", cause=cause)
    lines = [(line["event"], line["cause"]) for line in _lines(capsys)]
    assert sorted(lines) == [
        ("readiness check failed", "away"), ("readiness check failed", "full"), ("unavailable", "away"),
        ("unavailable", "full"),
    ]  # fmt: skip


def test_a_fault_of_ours_is_told_whole(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    """Each time, with the traceback."""
    clock.configure()
    for _ in range(3):
        _fail(ZeroDivisionError("oops"))
    lines = _lines(capsys)
    assert len(lines) == 3
    assert all("ZeroDivisionError: oops" in line["exception"] for line in lines)
