"""What goes wrong for a known cause, told in one line for each cause and second, with a count."""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CauseOf = Callable[[BaseException], str | None]
"""Tells in a word why an exception came about, where that is a known cause and no fault of the code."""

EVERY_SECONDS = 1.0
MAX_ERROR_CHARS = 300


@dataclass
class _Told:
    """When a line of a kind was last let through, and how many have been kept back since."""

    at: float
    kept_back: int = 0


class OncePerSecond(logging.Filter):
    """Takes the traceback from what has a known cause, and lets one line of a kind and cause through a second.

    The next that passes says how many it stands for. Whatever was last of its kind is counted in a line of its
    own, as soon as anything is logged a second later.
    """

    def __init__(self, cause_of: CauseOf, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._cause_of = cause_of
        self._clock = clock
        self._told: dict[tuple[str, str], _Told] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass, in one line where its cause is known."""
        now = self._clock()
        self._tell_counts(now)
        cause = self._reduce(record)
        if cause is None:
            return True
        what = record.msg["event"] if isinstance(record.msg, dict) else record.msg
        told = self._told.get((what, cause))
        if told is not None and now - told.at < EVERY_SECONDS:
            told.kept_back += 1
            return False
        self._told[what, cause] = _Told(now)
        return True

    def _reduce(self, record: logging.LogRecord) -> str | None:
        """Return why a record was logged, where that is known, and leave one line of it."""
        event: dict[str, Any] | None = record.msg if isinstance(record.msg, dict) else None
        if event is not None and "cause" in event and "exc_info" not in event:
            return str(event["cause"])
        error = _exception(record, event)
        cause = None if error is None else self._cause_of(error)
        if cause is None:
            return None
        shown = repr(error)[:MAX_ERROR_CHARS]
        if event is not None:
            event.pop("exc_info", None)
            event.update(cause=cause, error=shown)
        else:
            record.msg, record.args = f"{record.getMessage().partition(chr(10))[0]} ({cause})", ()
        record.exc_info, record.exc_text = None, None
        return cause

    def _tell_counts(self, now: float) -> None:
        over = {kind: told for kind, told in self._told.items() if now - told.at >= EVERY_SECONDS}
        # All of them before any is logged, which comes by here once more.
        for kind in over:
            del self._told[kind]
        for (what, cause), told in over.items():
            if told.kept_back:
                logging.getLogger(__name__).warning("%s (%s): %d more times", what, cause, told.kept_back)


def _exception(record: logging.LogRecord, event: dict[str, Any] | None) -> BaseException | None:
    given: object = record.exc_info if event is None else event.get("exc_info")
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None
