"""The database's address."""

from typing import ClassVar

from pydantic import Field, field_validator

from server.settings.section import Section


class DatabaseSettings(Section):
    """Database: one for the server, shared by all its processes."""

    prefix: ClassVar[str] = "CHAPPE_DATABASE_"

    url: str = Field(
        "sqlite://var/chappe.db", description="sqlite://path or postgres://user:password@host/name"
    )

    @field_validator("url")
    @classmethod
    def _names_a_file(cls, value: str) -> str:
        # SQLite's name for a database in memory: each command would have its own, and keep nothing.
        if value in {"sqlite://", "sqlite://:memory:"}:
            raise ValueError("an SQLite database is a file, like sqlite://var/chappe.db")
        return value
