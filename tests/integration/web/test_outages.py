"""http2sms while the database is away."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from server.models import Account, Message
from server.models.database import Database
from tests.integration.web.conftest import Script, nothing_happened

REASON = "The server can't take messages at present"
FAILURES = {
    "text/plain": f"KO\n{REASON}",
    "application/json": f'{{"status":503,"message":"{REASON}"}}',
    "text/xml": f"<response><status>503</status><message>{REASON.replace(chr(39), '&#x27;')}</message></response>",
}


@pytest.fixture
async def administrator(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the PostgreSQL server beside the application's."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("signed_in_before", [True, False])
async def test_a_postgresql_that_goes_away_and_comes_back(
    administrator: asyncpg.Connection, script: Script, *, signed_in_before: bool
) -> None:
    """Meanwhile status 503 in the content type asked for, and nothing is sent; afterwards all is well."""
    if signed_in_before:
        assert (await script.send({"class": "9"})).text.startswith("KO\nInvalid class")
    name = await script_database()
    try:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        for content_type, body in FAILURES.items():
            with capture_logs() as logs:
                response = await script.send({"contentType": content_type})
            assert (response.status_code, response.text) == (503, body)
            assert "http2sms is unavailable" in [line["event"] for line in logs]
            assert "abcd1234" not in repr(logs)
    finally:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert await nothing_happened()
    assert (await script.send()).text.startswith("OK\n")


async def script_database() -> str:
    """Return the name of the database that the application uses."""
    from server.models.sql import fetch  # noqa: PLC0415

    name: str = (await fetch("SELECT current_database() AS name"))[0]["name"]
    return name


async def test_a_failure_on_the_way_rolls_everything_back(
    database: Database, script: Script, account: Account
) -> None:
    """The credits are debited first; when the messages can't be written, they are back."""
    await database.client.execute_script("ALTER TABLE messages RENAME TO away")
    try:
        response = await script.send()
    finally:
        await database.client.execute_script("ALTER TABLE away RENAME TO messages")
    assert (response.status_code, response.text) == (503, f"KO\n{REASON}")
    assert (await Account.get(id=account.id)).credits_left == 200_000
    assert not await Message.exists()
