"""Logs of tests: without the source code and the variables that structlog shows beside a traceback by default."""

import structlog


def log_plainly() -> None:
    """Print what is logged as lines; a traceback as Python prints it, which costs a hundredth."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
    )
