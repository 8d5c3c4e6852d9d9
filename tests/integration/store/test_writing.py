"""Rows written past the ORM equal those that the ORM would write."""

from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from server.errors import InvalidInput
from server.operations.core.services import Services
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.credits.ledger import EntryKind
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding
from server.store import orm
from server.store.models import (
    CallbackDelivery,
    CallbackKind,
    CallbackState,
    CallbackTry,
    DeliveryEvent,
    LedgerEntry,
    Message,
    MessagePart,
    MessageState,
    Receipt,
)
from server.store.writing import insert, new, update
from tests.factories.accounts.accounts import World
from tests.factories.store.population import populate
from tests.factories.store.statements import counted

UNUSUAL = "é€😀 'a' \"b\" \\n \n\t\r $1 ?1 %s {} ~0 NULL \u2028"
LONG = "x" * 100_000
FAR = 2**62

# Of each table the fewest columns that a row takes, and all that it has; their unique ones are given below.
FEWEST: dict[type[Model], dict[str, Any]] = {
    Message: {
        "account_id": 1, "batch_id": 1, "sender": "Chappe", "receiver": "+33612345678", "country": "FR",
        "body": "Hello", "coding": Coding.GSM_7BIT, "parts": 1, "credits": 0, "from_quota": False,
        "created_at_us": 0, "due_at_us": 0, "status_changed_at_us": 0,
    },
    MessagePart: {
        "message_id": 10_000_000, "account_id": 1, "gateway": "link", "operator_id": "a",
        "status": DeliveryStatus.CREATED,
    },
    Receipt: {"gateway": "link", "operator_id": "", "status": DeliveryStatus.SUCCESS, "received_at_us": 0},
    DeliveryEvent: {
        "account_id": 1, "message_id": 10_000_000, "previous_status": DeliveryStatus.CREATED,
        "status": DeliveryStatus.PENDING, "at_us": 0,
    },
    LedgerEntry: {
        "account_id": 1, "kind": EntryKind.GRANT, "account_delta": 1, "account_balance": 1, "caused_by": "x",
        "at_us": 0,
    },
    CallbackDelivery: {
        "account_id": 1, "target_id": 1, "kind": CallbackKind.TEST, "query": "", "due_at_us": 0,
        "created_at_us": 0,
    },
    CallbackTry: {"delivery_id": 1, "at_us": 0, "latency_us": 0, "verdict": TryVerdict.TIMED_OUT},
}  # fmt: skip
ALL: dict[type[Model], dict[str, Any]] = {
    Message: {
        "account_id": 1, "user_id": 1, "user_login": "User-000", "batch_id": FAR, "sender": "Größe 'x'",
        "receiver": "+33612345678", "country": "FR", "body": UNUSUAL + LONG, "coding": Coding.UNICODE,
        "message_class": 0, "parts": 6, "credits": FAR, "from_quota": True, "tag": "$1 ?1 'é😀\\",
        "created_at_us": FAR, "deferred_until_us": FAR, "bears_clause": True, "held_until_us": FAR,
        "due_at_us": FAR, "state": MessageState.SUBMITTED, "attempts": 3, "claim_id": FAR,
        "outcome_unknown": True, "times_unknown": 3, "times_refused": 16, "gateway": "link", "sent_at_us": FAR, "status": DeliveryStatus.NOT_BILLED,
        "ptt": 202, "status_changed_at_us": FAR, "confidential": True,
    },
    MessagePart: {
        "message_id": 10_000_000, "account_id": 1, "gateway": "link", "operator_id": "0'Aé",
        "operator_raw_id": UNUSUAL, "status": DeliveryStatus.BUFFERED, "ptt": 0,
    },
    Receipt: {
        "gateway": "link", "operator_id": UNUSUAL, "operator_raw_id": "", "hex_id": "ff", "decimal_id": "255",
        "receiver_digits": "0612345", "unread": UNUSUAL, "status": DeliveryStatus.FAILED, "ptt": 24,
        "received_at_us": FAR, "message_part_id": None, "as_message": UNUSUAL,
    },
    DeliveryEvent: {
        "account_id": 1, "message_id": 10_000_000, "user_id": 1, "previous_status": DeliveryStatus.BUFFERED,
        "status": DeliveryStatus.FAILED, "previous_ptt": 0, "ptt": 24, "at_us": FAR,
    },
    LedgerEntry: {
        "account_id": 1, "kind": EntryKind.QUOTA_SET, "account_delta": -FAR, "quota_delta": FAR, "user_id": 1,
        "user_login": "User-000", "account_balance": 0, "quota_balance": FAR, "caused_by": UNUSUAL,
        "reason": UNUSUAL, "at_us": FAR,
    },
    CallbackDelivery: {
        "account_id": 1, "user_id": 1, "target_id": 1, "message_id": 10_000_000, "kind": CallbackKind.STATUS,
        "event_sequence": FAR, "query": UNUSUAL + LONG, "state": CallbackState.FAILED, "attempts": 9,
        "due_at_us": FAR, "claim_id": FAR, "created_at_us": FAR, "ended_at_us": FAR,
    },
    CallbackTry: {
        "delivery_id": 1, "at_us": FAR, "address": "2001:db8::1", "status": 599, "latency_us": FAR,
        "verdict": TryVerdict.FORBIDDEN_ADDRESS,
    },
}  # fmt: skip
UNIQUE: dict[type[Model], dict[str, Any]] = {
    Message: {"id": int},
    MessagePart: {"part": int},
    DeliveryEvent: {"sequence": int},
    LedgerEntry: {"sequence": int, "reference": str},
    CallbackDelivery: {"webhook_id": str},
}


def _given(model: type[Model], values: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the values of a row, with this number in unique columns."""
    return {**values, **{name: kind(number) for name, kind in UNIQUE.get(model, {}).items()}}


async def _written(model: type[Model], number: int, among: set[int]) -> dict[str, Any]:
    """Return what the one row holds that is not among those before, but for what is its own alone."""
    [row] = [found for found in await model.all() if found.pk not in among]
    own = UNIQUE.get(model, {})
    assert all(getattr(row, name) == kind(number) for name, kind in own.items())
    return {name: (type(value), value) for name, value in vars(row).items() if name not in {*own, "id"}}


async def _ids(model: type[Model]) -> set[int]:
    return {row.pk for row in await model.all()}


@pytest.fixture(params=[True, False], ids=["past the ORM", "by the ORM"])
def switch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: the same comes of either."""
    monkeypatch.setattr(orm, "PAST_THE_ORM", request.param)


@pytest.mark.parametrize("given", [FEWEST, ALL], ids=["fewest", "all"])
@pytest.mark.parametrize("model", [*FEWEST], ids=lambda model: model.__name__)
async def test_a_row_is_written_as_by_the_orm(
    world: World, model: type[Model], given: dict[type[Model], dict[str, Any]]
) -> None:
    """Defaults, enums, switches, what is absent, and texts of any characters and length read back the same."""
    await populate(world, accounts=1, each=3)
    before = await _ids(model)
    await model.create(**_given(model, given[model], 101))
    expected = await _written(model, 101, before)
    before = await _ids(model)
    await insert([new(model, **_given(model, given[model], 102))])
    assert await _written(model, 102, before) == expected
    assert {name: expected[name][1] for name in given[model]} == given[model]


def test_all_columns_are_given_once() -> None:
    """What is compared as a whole row is one: a column that is added to a table is to be added here."""
    for model, values in ALL.items():
        columns = model._meta.fields_db_projection.keys() - model._meta.generated_db_fields
        assert {*values, *UNIQUE.get(model, {})} == columns


@pytest.mark.usefixtures("switch")
async def test_many_rows_are_written_in_their_order(world: World) -> None:
    """Each with its own values, whatever order they were given in; the database numbers them as they come."""
    await populate(world, accounts=1, each=1)
    rows = [
        new(
            Receipt,
            received_at_us=number,
            status=DeliveryStatus.PENDING,
            operator_id=str(number),
            gateway="x",
        )
        if number % 2
        else new(Receipt, gateway="x", operator_id=str(number), status=1, ptt=number, received_at_us=number)
        for number in range(500)
    ]
    await insert(rows)
    found = [
        (receipt.operator_id, receipt.status, receipt.ptt, receipt.received_at_us)
        for receipt in await Receipt.all().order_by("id")
    ]
    assert found == [(str(n), 4, None, n) if n % 2 else (str(n), 1, n, n) for n in range(500)]


async def test_a_row_that_breaks_a_rule_takes_the_others_with_it(world: World) -> None:
    """A duplicate or missing value: the database refuses, and nothing is written."""
    await populate(world, accounts=1, each=1)
    twice = [new(DeliveryEvent, **_given(DeliveryEvent, FEWEST[DeliveryEvent], 9)) for _ in range(2)]
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await insert(twice)
    incomplete = {**FEWEST[DeliveryEvent], "status": None}
    with pytest.raises(IntegrityError, match=r"(?i)null"):
        await insert([twice[0], new(DeliveryEvent, **_given(DeliveryEvent, incomplete, 10))])
    assert await DeliveryEvent.filter(sequence__gte=9).count() == 0


@pytest.mark.usefixtures("switch")
async def test_what_is_written_belongs_to_the_transaction(services: Services, world: World) -> None:
    """A transaction that is rolled back leaves neither a new row nor a changed one."""
    await populate(world, accounts=1, each=1)
    before = [vars(event) for event in await DeliveryEvent.all()]

    async def work() -> None:
        await insert([new(DeliveryEvent, **_given(DeliveryEvent, FEWEST[DeliveryEvent], 9))])
        rows = await DeliveryEvent.all()
        assert len(rows) == len(before) + 1
        for row in rows:
            row.ptt = 99
        await update(rows, ["ptt"])
        assert await DeliveryEvent.filter(ptt=99).count() == len(rows)
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        await services.transactions.run(work)
    assert [vars(event) for event in await DeliveryEvent.all()] == before


@pytest.mark.usefixtures("switch")
async def test_the_columns_that_are_named_are_written_and_no_others(world: World) -> None:
    """For many rows, from their objects: enums, numbers and nulls; the rest is unchanged."""
    await populate(world, accounts=2, each=120)
    rows = await CallbackDelivery.all().order_by("id")
    changed, columns = rows[5:400], ["state", "attempts", "due_at_us", "ended_at_us", "claim_id"]
    expected = {row.id: dict(vars(row)) for row in rows}
    for number, row in enumerate(changed):
        row.state = [CallbackState.WAITING, CallbackState.FAILED][number % 2]
        row.attempts, row.due_at_us, row.ended_at_us = number, number + 7, None if number % 3 else number
        row.claim_id = number if number % 5 else None
        expected[row.id] |= {name: getattr(row, name) for name in columns}
        row.query, row.webhook_id, row.created_at_us = "not named", "not named", 0
    assert len(rows) > len(changed) == 395
    await update(changed[::-1], columns)
    assert {row.id: vars(row) for row in await CallbackDelivery.all()} == expected


async def test_one_column_of_an_unusual_text_is_written(world: World) -> None:
    """As it is, in one row of those there are; and it is taken away again."""
    await populate(world, accounts=1, each=3)
    _, row, _ = await Message.all().order_by("id")
    for text in (UNUSUAL + LONG, ""):
        row.body = text
        await update([row], ["body"])
        assert [message.body for message in await Message.all().order_by("id")] == ["Hello", text, "Hello"]
    row.user_login = None
    await update({row.id: row}.values(), ["user_login"])
    assert [message.user_login for message in await Message.all().order_by("id")] == [
        "User-000",
        None,
        "User-002",
    ]


@pytest.mark.usefixtures("database")
async def test_for_no_rows_nothing_is_asked_of_the_database() -> None:
    """Neither to insert nor to update."""
    with counted() as statements:
        await insert([])
        await update([], ["status"])
        await update({}.values(), ["status"])
    assert statements.count == 0
