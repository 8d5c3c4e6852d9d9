"""The log of delivery events, written and followed, next to plain SQL; a part of the server, in this process."""

import asyncio
from pathlib import Path

from tortoise.context import require_context
from tortoise.transactions import in_transaction

from server.bus.bus import account_topic
from server.logs.reader import DELIVERY, Selection
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.database import Database
from server.store.models import Account, DeliveryEvent
from server.store.queries.accounts import lock_account_id
from server.wiring import build_services
from tests.bench.measure import Row, compare
from tests.factories.accounts.accounts import World
from tests.factories.logs.entries import MESSAGE, add_events, taken
from tests.factories.running.settings import quick_settings

BATCH = 200
CREATED, PENDING = State(DeliveryStatus.CREATED, None), State(DeliveryStatus.PENDING, 3)


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on an SQLite database in a folder."""
    settings = quick_settings(f"sqlite://{folder}/events.db")
    database, services = Database(settings.database.url), build_services(settings)
    await database.open()
    await database.migrate()
    account = await (await World.create(services)).account()
    await add_events(account, 1)
    rows = [await _log(services, account)]
    services.passwords.close()
    await database.close()
    return rows


async def _log(services: Services, account: Account) -> Row:
    events = services.followers.follow(Selection(DELIVERY, account.id), after=None)

    async def through() -> None:
        async def work() -> None:
            locked = await lock_account_id(account.id)
            message = Moved(MESSAGE, None, False, 0, 0, None, None)  # noqa: FBT003 whose quota paid
            await record_changes(locked, [Change(message, CREATED, PENDING)] * BATCH, at_us=0)
            wake(account_topic(account.id))

        reading = asyncio.ensure_future(taken(events, BATCH))
        await asyncio.sleep(0)
        await services.transactions.run(work)
        await reading

    last = 10**9

    async def plain() -> None:
        nonlocal last
        client = require_context().db()
        columns = "account_id, sequence, message_id, previous_status, status, ptt, at_us"
        async with in_transaction() as transaction:
            await transaction.execute_many(
                f"INSERT INTO delivery_events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [[account.id, last + number, MESSAGE, 0, 4, 3, 0] for number in range(1, BATCH + 1)],
            )
        rows = await client.execute_query_dict(
            f"SELECT * FROM {DeliveryEvent._meta.db_table} WHERE account_id = ? AND sequence > ? ORDER BY sequence",
            [account.id, last],
        )
        assert len(rows) == BATCH
        await client.execute_query("DELETE FROM delivery_events WHERE sequence > ?", [10**9])

    row = await compare(f"{BATCH} events through the log / plain SQL", through, plain, aim="0.2")
    await events.aclose()
    return row
