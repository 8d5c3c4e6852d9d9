"""Counts the SQL statements of a block."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = logging.getLogger("tortoise.db_client")


class Statements(logging.Handler):
    """The statements that the ORM has logged, with their parameters."""

    def __init__(self) -> None:
        """Start with none."""
        super().__init__(logging.DEBUG)
        self.count = 0
        self._asked: list[tuple[str, list[object]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Count a statement, and keep its text and parameters."""
        self.count += 1
        match record.args:
            case (str() as sql, list() as values):
                self._asked.append((sql, values))

    def about(self, name: str) -> list[tuple[str, list[object]]]:
        """Return the statements that contain a name, with their parameters."""
        return [(sql, values) for sql, values in self._asked if name in sql]


@contextmanager
def counted() -> Iterator[Statements]:
    """Count the statements of this process during the block."""
    statements, level = Statements(), LOGGER.level
    LOGGER.addHandler(statements)
    LOGGER.setLevel(logging.DEBUG)
    try:
        yield statements
    finally:
        LOGGER.removeHandler(statements)
        LOGGER.setLevel(level)
