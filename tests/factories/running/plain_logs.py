"""Logs of tests, without the source code and variables that structlog adds to a traceback by default."""

import structlog


def log_plainly() -> None:
    """Print logs as lines, and tracebacks as Python does, which costs a hundredth."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
    )
