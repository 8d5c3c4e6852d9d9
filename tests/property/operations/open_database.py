"""A database that stays open during many examples."""

import asyncio
import itertools

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.store.database import Database
from server.store.models import MessagePart, User
from server.wiring import build_services
from tests.conftest import NOON_US
from tests.factories.accounts.accounts import World
from tests.factories.running.settings import quick_settings


class OpenDatabase:
    """An open database for a state machine, and its people."""

    def __init__(self, runner: asyncio.Runner, url: str) -> None:
        """Open the database."""
        self.runner = runner
        self.database = Database(url)
        self.clock = ManualClock(NOON_US)
        self.services: Services = build_services(quick_settings(url), self.clock)
        self.runner.run(self.database.open())
        self.world = self.runner.run(World.create(self.services))
        self.counter = itertools.count()

    def close(self) -> None:
        """Close the database."""
        self.runner.run(self.database.close())
        self.services.passwords.close()


async def quotas_of(account_id: int) -> dict[str, int | None]:
    """Return the credits in the quota of each user of an account (None if it is off)."""
    users = await User.filter(account_id=account_id, deleted_at_us=None)
    return {user.login: user.quota_left if user.quota_on else None for user in users}


async def count_parts(number: int) -> int:
    """Return how many parts of a message the operator has accepted."""
    return await MessagePart.filter(message_id=number).exclude(operator_id="").count()
