"""Structured logs on standard error, with the request id in every line and no secrets."""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson
import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from server.kit.redaction import is_sensitive, redact_query, redact_text, redact_url, redact_value
from server.kit.repeats import CauseOf, OncePerSecond

__all__ = [
    "RedactingFilter",
    "bind_request_id",
    "bind_to_log",
    "clear_context",
    "configure_logging",
    "is_sensitive",
    "log_request",
    "redact",
    "redact_query",
    "redact_url",
]

REQUEST = "request"
_CHATTY_LOGGERS = ("tortoise", "tortoise.db_client", "aiosqlite", "asyncpg")
_UVICORN_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


class RedactingFilter(logging.Filter):
    """Removes secrets from a record's text and arguments; lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact in place, so that all later handlers and formatters see the redacted record."""
        if isinstance(record.msg, str):
            record.msg = redact_text(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_redact_argument(arg) for arg in record.args)
        elif record.args:
            record.args = redact_value(record.args)
        return True


def _redact_argument(argument: object) -> object:
    """Redact an argument; an object with its own `str` (such as a URL) becomes that text."""
    if argument is None or isinstance(argument, int | float | str | bytes | Mapping | list | tuple | set):
        return redact_value(argument)
    return redact_text(str(argument))


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Redact an event: a structlog processor, the last one before the renderer."""
    redacted: MutableMapping[str, Any] = redact_value(event)
    return redacted


def configure_logging(*, json: bool, level: str, cause_of: CauseOf = lambda _: None) -> None:
    """Send all logs, ours and the libraries', to standard error: as JSON lines, or as text for a terminal.

    The level is one of the standard library, like "INFO", in any case. A second call replaces the
    configuration. uvicorn must run without its own log configuration. Errors with a cause that `cause_of`
    knows take one line a second.

    Raises:
        ValueError: there is no such level.
    """
    handler = LogHandler(sys.stderr, json=json)
    handler.addFilter(OncePerSecond(cause_of))
    handler.addFilter(RedactingFilter())
    handler.setFormatter(_formatter(json=json))
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.handlers = [handler]
    for name in _CHATTY_LOGGERS:
        # At debug level they log every statement with its values: password hashes, texts of messages.
        logging.getLogger(name).setLevel(max(root.level, logging.INFO))
    for name in _UVICORN_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            *_common_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class LogHandler(logging.StreamHandler[TextIO]):
    """Writes all lines, and those of requests without what other lines pass through: a tenth of their time.

    The lines of requests that end in the same pass of the event loop are written together, at its end.
    """

    def __init__(self, stream: TextIO, *, json: bool) -> None:
        super().__init__(stream)
        self._json = json
        self._waiting: list[str] = []

    def write_request(self, logger: str, facts: Mapping[str, str | float | None]) -> None:
        """Write the line of a request, with what is bound to the context.

        `facts` must hold no secrets; what is bound is redacted here.
        """
        event = {
            **{name: redact_text(value) for name, value in get_contextvars().items()},
            **facts,
            "event": REQUEST,
            "level": "info",
            "logger": logger,
            "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        self._waiting.append(_as_json(event) if self._json else _as_text(None, "", event))
        asyncio.get_running_loop().call_soon(self._write_waiting)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, behind those that came before it."""
        self._write_waiting()
        super().emit(record)

    def flush(self) -> None:
        """Write the lines that wait; the library does so at the end of the process too."""
        self._write_waiting()
        super().flush()

    def _write_waiting(self) -> None:
        with self.lock or nullcontext():
            if not self._waiting:
                return
            lines, self._waiting = self._waiting, []
            try:
                self.stream.write("".join([line + self.terminator for line in lines]))
                self.stream.flush()
            except (OSError, ValueError):
                self.handleError(logging.makeLogRecord({"msg": REQUEST}))  # as with every other line


def log_request(logger: str, **facts: str | float | None) -> None:
    """Log a request in one line, at the level INFO. The facts must hold no secrets."""
    root = logging.getLogger()
    handler = root.handlers[0] if root.handlers else None
    if not isinstance(handler, LogHandler):
        structlog.get_logger(logger).info(REQUEST, **facts)
    elif root.isEnabledFor(logging.INFO):
        handler.write_request(logger, facts)


def bind_request_id(request_id: str) -> None:
    """Add this request id to every line that the current task logs from now on."""
    bind_contextvars(request_id=request_id)


def bind_to_log(**facts: str | None) -> None:
    """Add these facts, except None values, to every line that the current task logs from now on."""
    bind_contextvars(**{name: fact for name, fact in facts.items() if fact is not None})


def clear_context() -> None:
    """Remove the request id and all other bound facts of the current task."""
    clear_contextvars()


def _common_processors() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _as_json(event: Any, default: Callable[[object], object] = repr, **_: object) -> str:
    try:
        return orjson.dumps(event, default=default, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a lone surrogate, which has no UTF-8, or a number of more than 64 bits
        return json.dumps(event, default=default)


def _as_text(_logger: object, _method: str, event: MutableMapping[str, Any]) -> str:
    """Return a line for people: time, level, event, and the facts in alphabetical order; a traceback below it."""
    facts = {**event}
    time, level, told = facts.pop("timestamp", ""), facts.pop("level", ""), facts.pop("event", "")
    logger, trace = facts.pop("logger", None), facts.pop("exception", None)
    words = [f"{time} [{level:<8}] {told!s:<30}"]
    if logger:
        words.append(f"[{logger}]")
    words += [f"{name}={_shown(facts[name])}" for name in sorted(facts)]
    line = " ".join(words).rstrip()
    return line if trace is None else f"{line}\n{trace}"


def _shown(value: object) -> str:
    """Return a value in one word: what would break the line, or be taken for another fact, is quoted."""
    text = str(value)
    return text if text and text.isprintable() and " " not in text else repr(text)


def _formatter(*, json: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_as_json) if json else _as_text
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, *_common_processors()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
    )
