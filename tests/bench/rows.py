"""The gain of going past the ORM (docs/adr/0005): each path next to the ORM's own, on SQLite."""

from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

from tortoise.transactions import in_transaction

from server.store.database import Database
from server.store.models import Account, DeliveryEvent, Holder, User
from server.store.reading import load
from server.store.writing import add, insert, new, update
from tests.bench.measure import Row, compare

USERS, EVENTS = 51, 200


async def run(folder: Path) -> list[Row]:
    """Read a page of rows and a single row; write many rows, and columns of many rows."""
    database = Database(f"sqlite://{folder / 'rows.db'}")
    await database.open()
    try:
        await database.migrate()
        # The disk and foreign keys have nothing to do with how rows are made.
        await database.client.execute_script("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")
        return await _compare_all(await _account())
    finally:
        await database.close()


async def _account() -> Account:
    holder = await add(
        Holder(email="a@b.example", name="A", password_hash="", is_operator=False, created_at_us=0)
    )
    account = await add(Account(name="sms-a-1", holder_id=holder.id, created_at_us=0))
    logins = [f"user-{number}" for number in range(USERS)]
    await insert(
        [
            new(User, account_id=account.id, login=login, login_key=login, password_hash="", created_at_us=0)
            for login in logins
        ]
    )
    return account


async def _compare_all(account: Account) -> list[Row]:
    page = User.filter(account_id=account.id, deleted_at_us=None).order_by("id").limit(USERS)
    single = User.filter(account_id=account.id, login_key="user-7", deleted_at_us=None).limit(1)
    users = await load(page)
    columns, numbers = ["enabled", "last_used_at_us"], count()

    def events() -> list[dict[str, int]]:
        return [
            {"account_id": account.id, "sequence": next(numbers), "message_id": 1, "status": 0, "at_us": 0}
            for _ in range(EVENTS)
        ]

    def together(work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        async def in_one() -> None:
            async with in_transaction():
                await work()

        return in_one

    return [
        await compare(f"{USERS} users read, beside the ORM", lambda: load(page.all()), page.all, aim="2"),
        await compare("one user read, beside the ORM", lambda: load(single.all()), single.all, aim="2"),
        await compare(
            f"{EVENTS} events inserted, beside the ORM",
            together(lambda: insert([new(DeliveryEvent, **event) for event in events()])),
            together(lambda: DeliveryEvent.bulk_create([DeliveryEvent(**event) for event in events()])),
            aim="2",
        ),
        await compare(
            f"two columns of {USERS} users written, beside the ORM",
            together(lambda: update(users, columns)),
            together(lambda: User.bulk_update(users, columns)),
            aim="2",
        ),
    ]
