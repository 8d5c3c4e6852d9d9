"""The gain of planned execution (docs/adr/0006): a page next to the same page without plans, on SQLite."""

from pathlib import Path

from server.graphql.transport import plans
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.bench.measure import Row, compare
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.store.population import populate

USERS = 50
PAGE = f"""{{
    accounts(first: 1) {{
        nodes {{
            users(first: {USERS}) {{
                nodes {{ id login enabled quota {{ enabled left }} limit {{ enabled threshold }} callback {{ url }} }}
            }}
        }}
    }}
}}"""


async def run(folder: Path) -> list[Row]:
    """Request a page of users, with plans and without."""
    url = f"sqlite://{folder / 'plans.db'}"
    database, services = (
        Database(url),
        build_services(Settings(database={"url": url}, graphql={"rate_capacity": 10**9})),
    )
    await database.open()
    try:
        await database.migrate()
        world = await World.create(services)
        await populate(world, accounts=1, each=USERS)
        planned, unplanned = Api(services), Api(services)

        async def ask_planned() -> None:
            await planned.data(world.holder, PAGE)

        async def ask_unplanned() -> None:
            plans.PLANNED = False
            await unplanned.data(world.holder, PAGE)
            plans.PLANNED = True

        return [
            await compare(f"a page of {USERS} users, beside no plans", ask_planned, ask_unplanned, aim="1.5")
        ]
    finally:
        await services.drain()
        services.passwords.close()
        await database.close()
