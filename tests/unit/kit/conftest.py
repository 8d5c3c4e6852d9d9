"""Fixtures of the kit's tests."""

import logging
from collections.abc import Iterator

import pytest

from server.kit.logging import clear_context
from tests.factories.running.plain_logs import log_plainly


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Restore every logger."""
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]
    before = [(logger, logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)
    log_plainly()
    clear_context()
