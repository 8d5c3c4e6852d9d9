"""One secret key for all processes on a database, and changing it on purpose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from server.errors import ErrorCode, Unavailable
from server.kit.encryption import Cipher
from server.operations.core.services import Services
from server.operations.links.links import password_place
from server.operations.links.management import update_link
from server.operations.links.secret_key import check_secret_key
from server.store.models import AuditEntry, OperatorLink
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.cli.processes import eventually, started
from tests.factories.links.links import set_up_link
from tests.integration.cli.conftest import CommandLine

OTHER = "another secret key, of at least 32 characters"


def _own(chappe: CommandLine) -> str:
    assert chappe.settings.security.secret_key is not None
    return chappe.settings.security.secret_key.get_secret_value()


async def _link(services: Services) -> None:
    await check_secret_key(services)
    for name, cipher in (("ours", services.cipher), ("older", Cipher(b"a key that was before all that"))):
        encrypted = cipher.encrypt("s3cret", password_place(name))
        await OperatorLink.create(
            name=name, host="smsc.example.com", port=2775, tls=False, system_id="me", password_encrypted=encrypted,
            system_type="", address_range="", mode="TRANSCEIVER", binds=1, window_size=1, per_second=1, alphabet="GSM",
            long_messages="UDH", id_form="TEXT", addresses="{}", ptt_table="{}", refusal_ptts="{}", err_is_ptt=False,
            priority=0, prefixes="", countries="", sender_kinds="", version=1, created_at_us=0, updated_at_us=0,
        )  # fmt: skip


async def _passwords(_: Services) -> dict[str, str]:
    return {link.name: link.password_encrypted or "" for link in await OperatorLink.all()}


async def _changes(_: Services) -> int:
    return await AuditEntry.filter(action="changeSecretKey").count()


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker"], ["demo"]])
def test_a_process_with_another_key_is_refused(chappe: CommandLine, command: list[str]) -> None:
    """In one line that names the setting, and says what to do."""
    chappe.inside(check_secret_key)
    result = chappe(*command, CHAPPE_SECRET_KEY=OTHER)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("chappe: CHAPPE_SECRET_KEY: this database is used with another key.")
    assert OTHER not in result.output
    assert chappe("demo", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 0


def test_the_key_is_changed_on_purpose(chappe: CommandLine) -> None:
    """With the old key, the links' passwords are encrypted again; then only the new key works."""
    chappe.inside(_link)
    result = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1:3] == [
        "ours: its password is encrypted again",
        "older: set its password again",
    ]
    passwords = chappe.inside(_passwords)
    assert Cipher(OTHER.encode()).decrypt(passwords["ours"], password_place("ours")) == "s3cret"
    assert chappe("worker", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 1
    again = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
    assert again.stdout == result.stdout
    assert chappe.inside(_changes) == 2


def test_a_key_that_is_lost_can_be_replaced(chappe: CommandLine) -> None:
    """The links' passwords have to be set again, and are named."""
    chappe.inside(_link)
    result = chappe("change-secret-key", "--lost", CHAPPE_SECRET_KEY=OTHER)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:3] == [
        "older: set its password again",
        "ours: set its password again",
    ]
    assert chappe("worker", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "old", "said"),
    [
        ([], None, "Set CHAPPE_OLD_SECRET_KEY to the old key"),
        (["--lost"], OTHER, "Set CHAPPE_OLD_SECRET_KEY to the old key"),
        ([], "short", "CHAPPE_OLD_SECRET_KEY: a key has at least 32 characters."),
        ([], "x" * 32, "CHAPPE_OLD_SECRET_KEY: this database is used with another key."),
    ],
)
def test_a_key_is_not_changed_by_mistake(
    chappe: CommandLine, arguments: list[str], old: str | None, said: str
) -> None:
    """The old one has to be there and right, or said to be lost; otherwise all stays as it is."""
    chappe.inside(_link)
    before = chappe.inside(_passwords)
    result = chappe("change-secret-key", *arguments, CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=old)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert chappe.inside(_passwords) == before
    chappe.inside(check_secret_key)


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker"]])
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_process_that_runs_meanwhile_ends(chappe: CommandLine, tmp_path: Path, command: list[str]) -> None:
    """By itself and with the reason: its signatures and passwords are no longer valid."""
    environment = {**chappe.environment, "CHAPPE_CLAIM_LEASE_SECONDS": "3"}
    with started(*command, environment=environment, folder=tmp_path) as process:
        process.says("worker started" if command == ["worker"] else "serving")
        changed = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
        assert changed.exit_code == 0
        process.says("the secret key of this database is no longer")
        eventually(lambda: not process.alive)
        assert process.terminate() == 0
        assert OTHER not in process.err + process.out


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_it_is_refused_beside_a_process(chappe: CommandLine, tmp_path: Path) -> None:
    """In one line; the process goes on with the key that it has."""
    with started("worker", environment=chappe.environment, folder=tmp_path) as process:
        process.says("worker started")
        changed = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
        assert changed.exit_code == 1
        [line] = changed.stderr.splitlines()
        assert "Another serve or worker runs on" in line
        assert process.terminate() == 0
    chappe.inside(check_secret_key)


async def test_a_process_with_the_old_key_keeps_no_password(services: Services, world: World) -> None:
    """Until it ends: nobody could open it."""
    await check_secret_key(services)
    await set_up_link(world, "ours")
    await fetch("UPDATE secret_key_marks SET fingerprint = 'another' RETURNING id")
    for change in (
        set_up_link(world, "new"),
        update_link(services, world.operator, name="ours", changes={"password": "another"}),
    ):
        with pytest.raises(Unavailable) as refused:
            await change
        assert refused.value.code is ErrorCode.UNAVAILABLE
    await update_link(services, world.operator, name="ours", changes={"priority": 7})
    assert [(link.name, link.priority) for link in await OperatorLink.all()] == [("ours", 7)]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_change_that_is_killed_has_changed_nothing(chappe: CommandLine, tmp_path: Path) -> None:
    """Though only its last step was left to be done; it can be done again."""
    chappe.inside(_link)
    before = chappe.inside(_passwords)
    environment = {**chappe.environment, "CHAPPE_SECRET_KEY": OTHER, "CHAPPE_OLD_SECRET_KEY": _own(chappe)}

    async def kill() -> None:
        async with _locked(
            chappe.settings.database.url, "LOCK TABLE audit_entries IN EXCLUSIVE MODE"
        ) as waiting:
            with started("change-secret-key", environment=environment, folder=tmp_path) as process:
                while not await waiting():
                    assert process.alive, process.err
                process.kill()

    asyncio.run(kill())
    assert chappe.inside(_passwords) == before
    chappe.inside(check_secret_key)
    assert chappe("change-secret-key", **environment).exit_code == 0


@asynccontextmanager
async def _locked(url: str, statement: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Hold what a statement locks; give what tells whether somebody waits for it."""
    connection, other = await asyncpg.connect(url), await asyncpg.connect(url)

    async def waiting() -> bool:
        await asyncio.sleep(0.02)
        return bool(
            await other.fetchval(
                "SELECT count(*) FROM pg_locks JOIN pg_database ON database = pg_database.oid "
                "WHERE NOT granted AND datname = current_database()"
            )
        )

    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(statement)
    try:
        yield waiting
    finally:
        await transaction.rollback()
        await connection.close()
        await other.close()
