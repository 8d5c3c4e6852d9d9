"""Logs of tests, without the source code and variables that structlog adds to a traceback by default."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from server.kit import logging as server_logging

_CHANGED = ("", *server_logging._UVICORN_LOGGERS, *server_logging._CHATTY_LOGGERS, "httpx")


def log_plainly() -> None:
    """Print logs as lines, and tracebacks as Python does, which costs a hundredth."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(0),
        logger_factory=structlog.PrintLoggerFactory(),
    )


@contextmanager
def plain_again() -> Iterator[None]:
    """Undo, at the end, what `configure_logging` does to the whole process."""
    loggers = [logging.getLogger(name) for name in _CHANGED]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        # Only the server's own handlers go: pytest has put handlers of its own beside them meanwhile.
        for handler in logger.handlers[:]:
            if isinstance(handler.formatter, structlog.stdlib.ProcessorFormatter):
                logger.removeHandler(handler)
        logger.setLevel(level)
    log_plainly()
    server_logging.clear_context()
