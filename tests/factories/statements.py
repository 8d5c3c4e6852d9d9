"""Counting the SQL statements of a block."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("tortoise.db_client")


class Statements(logging.Handler):
    """How many statements the ORM has logged."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__(logging.DEBUG)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        del record
        self.count += 1


@contextmanager
def counted() -> Iterator[Statements]:
    """Count the statements of this process until the block is left."""
    statements, level = Statements(), LOGGER.level
    LOGGER.addHandler(statements)
    LOGGER.setLevel(logging.DEBUG)
    try:
        yield statements
    finally:
        LOGGER.removeHandler(statements)
        LOGGER.setLevel(level)
