"""Where the database is."""

from typing import ClassVar

from pydantic import Field

from server.settings.section import Section


class DatabaseSettings(Section):
    """Database: one for a server, shared by all its processes."""

    prefix: ClassVar[str] = "CHAPPE_DATABASE_"

    url: str = Field(
        "sqlite://var/chappe.db", description="sqlite://path or postgres://user:password@host/name"
    )
