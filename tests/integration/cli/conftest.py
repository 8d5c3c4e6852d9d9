"""Fixtures of command-line tests: commands run in this process, on a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from server.cli.program import app
from server.operations.core.services import Services
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services

T = TypeVar("T")


class CommandLine:
    """Runs commands, and looks into the database that they work on."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings, which commands read from the environment."""
        self.settings = settings
        self.environment = {
            "CHAPPE_DATABASE_URL": settings.database.url,
            "CHAPPE_PASSWORD_MEMORY_KIB": str(settings.security.password_memory_kib),
            "CHAPPE_PASSWORD_TIME_COST": str(settings.security.password_time_cost),
            "CHAPPE_SIMULATOR_STEP_SECONDS": str(settings.operators.simulator_step_seconds),
            "COLUMNS": "200",
        }
        if settings.security.secret_key is not None:
            self.environment["CHAPPE_SECRET_KEY"] = settings.security.secret_key.get_secret_value()

    def __call__(self, *arguments: str, stdin: str | None = None, **environment: str | None) -> Result:
        """Run a command; a variable that is None is unset."""
        return CliRunner().invoke(app, arguments, input=stdin, env={**self.environment, **environment})

    def inside(self, work: Callable[[Services], Awaitable[T]]) -> T:
        """Do something in the database, and return what it returns."""

        async def run() -> T:
            database = Database(self.settings.database.url)
            await database.open()
            services = build_services(self.settings)
            try:
                return await work(services)
            finally:
                await services.drain()
                services.passwords.close()
                await database.close()

        return asyncio.run(run())


@pytest.fixture
def chappe(settings: Settings) -> CommandLine:
    """The command line, on a migrated and empty database of either kind."""
    return CommandLine(settings)
