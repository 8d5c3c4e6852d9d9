"""Logs errors with a known cause in one line per cause and second, with a count."""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CauseOf = Callable[[BaseException], str | None]
"""Returns in a word the cause of an exception, if it is known and not a bug."""

EVERY_SECONDS = 1.0
MAX_ERROR_CHARS = 300


@dataclass
class _Told:
    """When a line of a kind was last logged, and how many have been suppressed since."""

    at: float
    kept_back: int = 0


class OncePerSecond(logging.Filter):
    """Removes the traceback from errors with a known cause, and logs one line per kind, cause and second.

    The next logged line says how many it stands for. The last suppressed lines of a kind are counted in a
    separate line, as soon as anything is logged a second later.
    """

    def __init__(self, cause_of: CauseOf, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._cause_of = cause_of
        self._clock = clock
        self._told: dict[tuple[str, str], _Told] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass, in one line if its cause is known."""
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
        """Return the cause of a record if it is known, and shorten the record to one line."""
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
        # Collect all before logging any, since logging comes through here again.
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
