"""The live catalogue: every constraint and index of the models and migrations exists and works."""

from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from server.gateways.protocol import OperatorMessage
from server.kit.ids import secret_digest
from server.operations.core.services import Services
from server.operations.credits.credits import transfer_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.dispatch.inbound import add_to_blacklist, store_incoming
from server.rules.credits.thresholds import AlertChannel
from server.store import models
from server.store.database import Database, tortoise_config
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.links.links import report, set_up_link
from tests.factories.messages.messages import DELIVERED, receive, send, submit
from tests.factories.store.catalogue import CatalogueIndex, checks, indexes, is_sqlite
from tests.factories.store.old_tables import column_names

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
    "messages_by_tag": (
        "messages",
        ("account_id", "tag", "created_at_us", "id"),
        "tag IS NOT NULL",
        "(tag IS NOT NULL)",
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


async def test_the_migrations_make_what_the_models_say() -> None:
    """Nothing is left that the ORM would write a migration for."""
    async with TortoiseContext() as context:
        config = tortoise_config("sqlite://:memory:")
        await context.init(config=config)
        assert context.apps
        left = await MigrationAutodetector(context.apps, config["apps"]).changes()
        assert [writer.as_string() for writer in left] == []


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
        columns = [name for name in await column_names(index.table) if name != "id"]
        values = [f"'another ' || {c}" if c in changed and c != "sequence" else c for c in columns]
        values = [f"{c} + 1000" if c == "sequence" and "sequence" in changed else c for c in values]
        with pytest.raises(IntegrityError) as caught:
            await fetch(
                f"INSERT INTO {index.table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {index.table} LIMIT 1"
            )
        assert _names(name, index, str(caught.value)), str(caught.value)


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
    await receive(services, ("a", DELIVERED))
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
