"""What goes wrong for a known cause is told in one line a second, with a count; a fault of ours whole, each time."""

import errno
import json
import logging
from typing import Any

import pytest
import structlog

from server.kit.logging import configure_logging
from server.kit.repeats import OncePerSecond

FLOOD = 500


pytestmark = pytest.mark.usefixtures("restored_logging")


def _cause_of(error: BaseException) -> str | None:
    return "full" if isinstance(error, OSError) else None


class Clock:
    """A clock that stands until a test moves it, and by which things are logged."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    @staticmethod
    def configure() -> None:
        """Have what is logged from now on go to what captures a test's output."""
        configure_logging(json=True, level="info", cause_of=_cause_of)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Logging that knows of full disks, by a clock that stands."""
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
    """Without its traceback, and the next line of any kind brings the count."""
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
    """Asyncio tells of each connection that it could not accept, in a traceback."""
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
    """Each once, whichever line brings them."""
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
    """What names its cause itself counts as well."""
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
    """Each time, with its traceback."""
    clock.configure()
    for _ in range(3):
        _fail(ZeroDivisionError("oops"))
    lines = _lines(capsys)
    assert len(lines) == 3
    assert all("ZeroDivisionError: oops" in line["exception"] for line in lines)
