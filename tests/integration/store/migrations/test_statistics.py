"""A database that already has messages gets their statistics."""

import asyncio
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from server.store.database import Database
from server.store.models import Account, Holder, Message, User
from tests.conftest import NOON_US
from tests.factories.statistics.recount import check_statistics
from tests.factories.store.old_tables import insert_as_then, migrate_to

ENDS = ((0, None), (4, 3), (8, 1), (1, 4), (1, None), (2, 24), (2, None), (16, 25), (16, None))
WAITED_US = ((None, None), (1, None), (None, 3_000_000), (3_000_000, 1))
"""How long messages were deferred, and held back for advertising hours."""

TOOK_US = (-1, 1_500_000, 90_000_000_000, 2_000_000_000_000)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of this test's own database, without tables."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/chappe.db"
        return
    postgres: str = request.getfixturevalue("postgres_url")
    name = f"chappe_statistics_{request.getfixturevalue('worker_id')}"
    asyncio.run(_execute(postgres, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))
    asyncio.run(_execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


async def test_messages_of_before_are_counted(url: str) -> None:
    """Whatever their status, their sender, when they were accepted, when they could go and how long they took."""
    database = Database(url)
    await database.open()
    try:
        await migrate_to(database, "0003_audit_log")
        await insert_as_then(
            [Holder(id=1, email="a@example.com", name="", password_hash="", created_at_us=0)]
        )
        accounts = [
            Account(id=number, name=f"sms-{name}-1", holder_id=1, created_at_us=0)
            for number, name in enumerate("ab", start=1)
        ]
        await insert_as_then(accounts)
        await insert_as_then(
            [User(id=1, account_id=1, login="ann", login_key="ann", password_hash="", created_at_us=0)]
        )
        await insert_as_then(
            [
                Message(
                    id=number, account_id=account.id, user_id=user_id, batch_id=number, sender="Chappe",
                    receiver="+33612345678", country="FR", body="Hello", coding="GSM_7BIT", parts=1 + number % 3,
                    credits=1_000 * (1 + number % 3), from_quota=False, created_at_us=at_us, due_at_us=0,
                    deferred_until_us=None if deferred is None else at_us + deferred,
                    held_until_us=None if held is None else at_us + held,
                    status=status, ptt=ptt, status_changed_at_us=at_us + took,
                )
                for number, ((account, user_id), at_us, (status, ptt), (deferred, held), took) in enumerate(
                    product(
                        [(accounts[0], None), (accounts[0], 1), (accounts[1], None)],
                        (NOON_US, NOON_US + 899_999_999, NOON_US + 86_400_000_000),
                        ENDS, WAITED_US, TOOK_US,
                    ),
                    start=1,
                )
            ]
        )  # fmt: skip
        assert "0004_statistics" in await database.migrate()
        for account in accounts:
            await check_statistics(account.id, await Message.filter(account_id=account.id))
    finally:
        await database.close()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
