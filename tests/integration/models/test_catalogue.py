"""The live catalogue: every constraint and index that the models and migrations speak of is there, and works."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.executor import MigrationTarget
from tortoise.models import Model

from server import models
from server.gateways.gateway import OperatorMessage
from server.gateways.link_scalars import USUAL
from server.kit.ids import secret_digest
from server.models import Account, Message, MessagePart, OperatorLink, Receipt
from server.models.database import Database
from server.models.sql import fetch
from server.operations.credits import transfer_credits
from server.operations.incoming import add_to_blacklist, store_incoming
from server.operations.limits import set_user_limit
from server.operations.quotas import set_user_quota
from server.operations.services import Services
from server.rules.thresholds import AlertChannel
from tests.factories.catalogue import CatalogueIndex, checks, indexes, is_sqlite
from tests.factories.messages import send, submit
from tests.factories.operator_links import report, set_up_link
from tests.factories.world import World

A_STEP = 4
"""As many migrations as an upgrade brings: each go takes seconds."""
TABLES: list[type[Model]] = [
    value
    for name in models.__all__
    if isinstance(value := getattr(models, name), type) and issubclass(value, Model)
]

# Name: table, columns, and the condition as SQLite and as PostgreSQL write it.
PARTIAL: dict[str, tuple[str, tuple[str, ...], str, str]] = {
    "users_login_live": (
        "users",
        ("account_id", "login_key"),
        "deleted_at_us IS NULL",
        "(deleted_at_us IS NULL)",
    ),
    "users_with_limit": ("users", ("account_id",), "limit_on", "limit_on"),
    "messages_due": (
        "messages",
        ("due_at_us", "id"),
        "state IN ('queued', 'claimed')",
        "((state)::text = ANY ((ARRAY['queued'::character varying, 'claimed'::character varying])::text[]))",
    ),
    "messages_doubtful": (
        "messages",
        ("due_at_us", "id"),
        "state = 'queued' AND outcome_unknown",
        "(((state)::text = 'queued'::text) AND outcome_unknown)",
    ),
    "messages_queued": (
        "messages",
        ("account_id", "user_id", "id"),
        "state = 'queued'",
        "((state)::text = 'queued'::text)",
    ),
    "receipts_waiting": ("receipts", ("id",), "message_part_id IS NULL", "(message_part_id IS NULL)"),
    "receipts_doubtful": (
        "receipts",
        ("received_at_us",),
        "as_message IS NOT NULL AND message_part_id IS NULL",
        "((as_message IS NOT NULL) AND (message_part_id IS NULL))",
    ),
    "callback_deliveries_due": (
        "callback_deliveries",
        ("target_id", "due_at_us", "id"),
        "state = 'waiting'",
        "((state)::text = 'waiting'::text)",
    ),
    "callback_deliveries_open": (
        "callback_deliveries",
        ("message_id", "event_sequence"),
        "state = 'waiting'",
        "((state)::text = 'waiting'::text)",
    ),
    "callback_deliveries_ended": (
        "callback_deliveries",
        ("ended_at_us",),
        "state <> 'waiting'",
        "((state)::text <> 'waiting'::text)",
    ),
    "notifications_due": (
        "notifications",
        ("due_at_us", "id"),
        "state = 'waiting'",
        "((state)::text = 'waiting'::text)",
    ),
    "sweeps_open": ("sweeps", ("account_id",), "finished_at_us IS NULL", "(finished_at_us IS NULL)"),
    "messages_unconfirmed": (
        "messages",
        ("sent_at_us", "id"),
        "state = 'submitted'",
        "((state)::text = 'submitted'::text)",
    ),
}
PARTIAL_UNIQUE = {"users_login_live"}

# For each CHECK, an UPDATE of a sound row that it must refuse.
VIOLATIONS = {
    "holders_email_is_lower_case": "UPDATE holders SET email = 'X' || email",
    "accounts_credits_left_not_negative": "UPDATE accounts SET credits_left = -1",
    "accounts_alert_on_is_complete": "UPDATE accounts SET alert_on = (1 = 1), alert_threshold = 999",
    "rates_are_positive": "UPDATE rates SET credits = 0",
    "users_quota_left_not_negative": "UPDATE users SET quota_left = -1",
    "users_quota_off_holds_nothing": "UPDATE users SET quota_on = (1 = 0), quota_left = 1",
    "users_deleted_holds_no_quota": "UPDATE users SET quota_on = (1 = 1), deleted_at_us = 1",
    "users_limit_on_is_complete": "UPDATE users SET limit_threshold = 999",
    "access_tokens_have_a_principal": "UPDATE access_tokens SET holder_id = NULL, user_id = NULL",
    "ledger_entries_account_not_negative": "UPDATE ledger_entries SET account_balance = -1",
    "ledger_entries_quota_not_negative": "UPDATE ledger_entries SET quota_balance = -1",
    "ledger_entries_move_something": "UPDATE ledger_entries SET account_delta = 0, quota_delta = 0",
    "messages_have_parts": "UPDATE messages SET parts = 0",
    "messages_credits_not_negative": "UPDATE messages SET credits = -1",
    "messages_status_is_known": "UPDATE messages SET status = 3",
    "messages_class_is_known": "UPDATE messages SET message_class = 4",
    "links_port_is_one": "UPDATE links SET port = 0",
    "links_bounds_are_positive": "UPDATE links SET window_size = 0",
    "links_have_one_password": "UPDATE links SET password_variable = 'CHAPPE_LINK_PASSWORD'",
    "link_states_in_flight_not_negative": "UPDATE link_states SET in_flight = -1",
}


def _expected_indexes() -> dict[str, CatalogueIndex]:
    """Return the indexes that the models declare, and the partial ones that only the migrations can say."""
    expected = {}
    for model in TABLES:
        meta, table = model._meta, str(model._meta.db_table)
        for constraint in meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                expected[str(constraint.name)] = CatalogueIndex(table, tuple(constraint.fields), True, None)  # noqa: FBT003
        for index in meta.indexes:
            assert not isinstance(index, tuple)
            expected[str(index.name)] = CatalogueIndex(table, tuple(index.fields), False, None)  # noqa: FBT003
        for name, field in meta.fields_map.items():
            if field.unique and not field.pk:
                expected[f"{table}.{name}"] = CatalogueIndex(table, (name,), True, None)  # noqa: FBT003
    for name, (table, columns, sqlite, postgres) in PARTIAL.items():
        condition = sqlite if is_sqlite() else postgres
        expected[name] = CatalogueIndex(table, columns, name in PARTIAL_UNIQUE, condition)
    return expected


def _expected_checks() -> dict[str, str]:
    return {
        str(constraint.name): str(constraint.check)
        for model in TABLES
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    }


async def _look_over() -> None:
    """Compare the open database with what is expected of it."""
    assert await indexes() == _expected_indexes()
    found = await checks()
    assert found.keys() == _expected_checks().keys()
    if is_sqlite():
        assert found == _expected_checks()


async def test_a_fresh_database_has_every_constraint_and_index(database: Database) -> None:
    """By name, columns, uniqueness and condition; and none that nobody speaks of."""
    assert await database.missing_migrations() == []
    await _look_over()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/folder/empty.db"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"chappe_steps_{worker_id}"
    asyncio.run(_execute(server, f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    asyncio.run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


@pytest.mark.timeout(300)  # the library builds all tables' state anew for each step
async def test_a_database_migrated_step_by_step_is_the_same(empty_url: str) -> None:
    """Migrations find what others before them left, as at an upgrade, and the last leaves nothing out."""
    database = Database(empty_url)
    await database.open()
    names = await database.missing_migrations()
    for position in range(0, len(names), A_STEP):
        assert await database.missing_migrations() == names[position:]
        last = names[min(position + A_STEP, len(names)) - 1]
        await database._migrations().migrate([MigrationTarget("models", last)])
    assert await database.migrate() == []
    await _look_over()
    await database.close()


async def test_what_limits_name_before_the_upgrade_counts_as_confirmed(empty_url: str) -> None:
    """Addresses in whatever case and numbers, of users and accounts, once each; not those that are off or gone."""
    database = Database(empty_url)
    await database.open()
    await database._migrations().migrate([MigrationTarget("models", "0011_narrowed_lists")])
    account_id = await _add_account(database)
    await fetch(
        "UPDATE accounts SET alert_on = true, alert_threshold = 1000, alert_channel = 'BOTH', "
        "alert_email = 'A@example.com', alert_phone_number = '+33612340000'"
    )
    for number, (email, on, deleted) in enumerate(
        [("a@example.com", "true", "NULL"), ("b@example.com", "true", "NULL"), ("c@example.com", "false", "NULL"),
         ("d@example.com", "true", "7")]
    ):  # fmt: skip
        await fetch(
            "INSERT INTO users (account_id, login, login_key, password_hash, enabled, created_at_us, "
            "deleted_at_us, quota_on, quota_left, quota_assigned, limit_on, limit_threshold, limit_channel, "
            "limit_email, limit_armed, ip_restrictions, callback_key_version) VALUES "
            f"({account_id}, 'u{number}', 'u{number}', 'x', true, 0, {deleted}, false, 0, 0, {on}, 1000, 'MAIL', "
            f"'{email}', true, '', 1)"
        )
    await database.migrate()
    rows = await models.Contact.all().order_by("address")
    assert [(row.account_id, row.channel, row.address, row.state) for row in rows] == [
        (account_id, "SMS", "+33612340000", "CONFIRMED"),
        (account_id, "MAIL", "a@example.com", "CONFIRMED"),
        (account_id, "MAIL", "b@example.com", "CONFIRMED"),
    ]
    await database.close()


async def test_every_check_refuses_what_it_forbids(services: Services, world: World) -> None:
    """A row that breaks one is not written, whatever the code above did."""
    await _populate(services, world)
    assert VIOLATIONS.keys() == _expected_checks().keys()
    for name, update in VIOLATIONS.items():
        with pytest.raises(IntegrityError) as caught:
            await fetch(update)
        assert name in str(caught.value)


async def test_every_unique_index_refuses_a_second_row(services: Services, world: World) -> None:
    """A copy of a row that differs in everything else is not written."""
    await _populate(services, world)
    found = await indexes()
    unique = {name: index for name, index in found.items() if index.unique}
    for name, index in unique.items():
        others = [other for other in unique.values() if other.table == index.table and other != index]
        changed = {next(c for c in reversed(other.columns) if c not in index.columns) for other in others}
        columns = [row["name"] for row in await _columns(index.table) if row["name"] != "id"]
        values = [f"'another ' || {c}" if c in changed and c != "sequence" else c for c in columns]
        values = [f"{c} + 1000" if c == "sequence" and "sequence" in changed else c for c in values]
        with pytest.raises(IntegrityError) as caught:
            await fetch(
                f"INSERT INTO {index.table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {index.table} LIMIT 1"
            )
        assert _names(name, index, str(caught.value)), str(caught.value)


async def _columns(table: str) -> list[dict[str, Any]]:
    if is_sqlite():
        return await fetch(f"SELECT name FROM pragma_table_info('{table}')")
    return await fetch(
        f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
    )


def _names(name: str, index: CatalogueIndex, error: str) -> bool:
    """Tell whether an error is about this index (SQLite names its columns, PostgreSQL the index)."""
    if is_sqlite():
        return error.endswith(", ".join(f"{index.table}.{column}" for column in index.columns))
    return (f"{index.table}_{index.columns[0]}_key" if "." in name else name) in error


async def _populate(services: Services, world: World) -> None:
    """Put a sound row into each table that has a constraint."""
    account, other = await world.account("sms-a-1"), await world.account("sms-b-1")
    user = await world.user(account)
    given: dict[str, Any] = {"account": account.name, "login": user.login, "enabled": True}
    await set_user_quota(services, world.holder, **given, credits=2_000)
    await set_user_limit(
        services, world.holder, **given, threshold=1_000, channel=AlertChannel.MAIL, email="a@example.com"
    )
    await send(services, world.as_user(user), account)
    await submit(services, "a")
    await transfer_credits(services, world.holder, source=account.name, target=other.name, credits=1, key="k")
    await add_to_blacklist(services, world.holder, account=account.name, number="+33612345000")
    await store_incoming(services, "link", [OperatorMessage(None, "1", "+33612345000", "Chappe", "Hi")])
    await store_incoming(services, "link", [OperatorMessage(None, "2", "+33612345000", "Nobody", "Hi")])
    target = await models.CallbackTarget.create(
        account_id=account.id, url="https://a.example/", host="a.example"
    )
    await models.CallbackDelivery.create(
        account_id=account.id, target_id=target.id, kind=models.CallbackKind.TEST, webhook_id="x", query="",
        due_at_us=0, created_at_us=0,
    )  # fmt: skip
    await set_up_link(world)
    await report(services)
    await models.AccessToken.create(
        digest=secret_digest("x"), user_id=user.id, is_session=True, label="x", scopes="read",
        created_at_us=0, expires_at_us=0,
    )  # fmt: skip


async def test_links_come_to_a_database_that_has_messages(empty_url: str) -> None:
    """Parts and receipts from before keep what they say; there was no other form of their ids."""
    database = Database(empty_url)
    await database.open()
    await database._migrations().migrate([MigrationTarget("models", "0003_delivery")])
    account_id = await _add_account(database)
    # Not by the model, which has columns that are not there yet.
    await database.client.execute_script(f"""
        INSERT INTO messages (id, account_id, batch_id, sender, receiver, country, body, coding, parts, credits,
            from_quota, created_at_us, bears_clause, due_at_us, state, attempts, outcome_unknown, gateway, status,
            status_changed_at_us)
        VALUES (7, {account_id}, 1, 'Chappe', '+33612345678', 'FR', 'Hello', 'GSM_7BIT', 1, 0,
            false, 1, false, 1, 'queued', 1, true, 'link', 0, 1);
        INSERT INTO message_parts (message_id, account_id, part, gateway, operator_id, status)
        VALUES (7, {account_id}, 1, 'link', 'a', 4);
        INSERT INTO receipts (gateway, operator_id, status, ptt, received_at_us, message_part_id)
        SELECT 'link', 'a', 8, 1, 2, id FROM message_parts;
    """)
    await database.migrate()
    part, receipt = await MessagePart.get(), await Receipt.get()
    assert (part.operator_id, part.operator_raw_id, part.status) == ("a", None, 4)
    assert (receipt.message_part_id, receipt.hex_id, receipt.decimal_id) == (part.id, None, None)
    message = await Message.get()
    assert (message.outcome_unknown, message.times_unknown, message.times_refused) == (True, 1, 0)
    await _look_over()
    await database.close()


async def test_new_settings_come_to_rows_that_are_there(empty_url: str) -> None:
    """Links and accounts from before have the usual ones; no column is in the way of rows that are there."""
    database = Database(empty_url)
    await database.open()
    await database._migrations().migrate([MigrationTarget("models", "0006_incoming_parts")])
    account_id = await _add_account(database)
    await database.client.execute_script("""
        INSERT INTO throttles (key, failures, blocked_until_us, updated_at_us) VALUES ('a', 1, 1, 1);
        INSERT INTO links (
            name, enabled, host, port, tls, system_id, password_variable, system_type, address_range, mode, binds,
            window_size, per_second, alphabet, long_messages, id_form, addresses, ptt_table, refusal_ptts, err_is_ptt,
            priority, prefixes, countries, sender_kinds, version, created_at_us, updated_at_us
        ) VALUES (
            'old', TRUE, 'smsc.example', 2775, FALSE, 'chappe', 'CHAPPE_LINK_OLD', '', '', 'TRANSCEIVER', 1, 10, 20,
            'GSM_7BIT', 'UDH', 'ANY', '{}', '[]', '{}', FALSE, 100, '', '', '', 1, 1, 1
        )
    """)
    await database.migrate()
    link = await OperatorLink.get()
    assert {column: getattr(link, column) for column in USUAL} == USUAL
    account = await Account.get(id=account_id)
    assert (account.stop_languages, account.stop_words) == (None, "[]")
    await _look_over()
    await database.close()


async def _add_account(database: Database) -> int:
    """Put an account into a database whose tables are not those of today."""
    await database.client.execute_script("""
        INSERT INTO holders (email, name, is_operator, enabled, password_hash, created_at_us)
        VALUES ('a@example.com', 'A', FALSE, TRUE, 'x', 1);
        INSERT INTO accounts (
            name, holder_id, status, time_zone, stop_clause, credits_left, ledger_sequence, event_sequence,
            alert_sequence, incoming_sequence, created_at_us, alert_armed, alert_on, callback_key_version,
            events_purged, keeps_advertising_hours
        ) SELECT 'sms-a', id, 'enabled', 'UTC', '', 0, 0, 0, 0, 0, 1, TRUE, FALSE, 1, 0, FALSE FROM holders;
    """)
    [account] = await fetch("SELECT id FROM accounts")
    return int(account["id"])
