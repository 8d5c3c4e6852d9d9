"""An account's logs, narrowed by filters and read in either direction."""

import logging
import re
from typing import Any

import pytest

from server.rules.credits.ledger import EntryKind
from server.store.models import AuditEntry, CallbackDelivery, CallbackState, IncomingMessage, LedgerEntry
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.store.population import populate

EACH = 9  # three at each of 12:00:00 (two of them), :01, :02 and :03 (one)
LOGS = {
    "creditEntries": ("CreditEntryFilter", "sequence", "occurred"),
    "limitAlerts": ("LimitAlertFilter", "remaining", "raised"),
    "incomingMessages": ("IncomingMessageFilter", "sender", "received"),
    "callbackDeliveries": ("CallbackDeliveryFilter", "webhookId", "created"),
    "auditEntries": ("AuditEntryFilter", "subject", "occurred"),
}
TABLES = {
    "creditEntries": "ledger_entries", "limitAlerts": "limit_alerts", "incomingMessages": "incoming_messages",
    "callbackDeliveries": "callback_deliveries", "auditEntries": "audit_entries",
}  # fmt: skip
NOON = "2026-09-21T12:00:{:02d}Z"


def _document(log: str) -> str:
    type_, field, _ = LOGS[log]
    return (
        f'query($filter: {type_}, $direction: OrderDirection! = DESC) {{ account(name: "sms-many-000") '
        f"{{ {log}(filter: $filter, direction: $direction, first: 100) {{ nodes {{ {field} }} }} }} }}"
    )


async def _read(api: Api, world: World, log: str, **variables: Any) -> list[str]:
    data = await api.data(world.holder, _document(log), **variables)
    return [str(next(iter(node.values()))) for node in data["account"][log]["nodes"]]


@pytest.mark.parametrize("log", LOGS)
async def test_a_log_is_read_in_either_direction_and_for_a_time(api: Api, world: World, log: str) -> None:
    """Oldest first is newest first turned round; spans of time that touch make up the whole, each entry once."""
    await populate(world, accounts=1, each=EACH)
    newest = await _read(api, world, log)
    assert len(newest) == len(set(newest)) >= EACH
    assert await _read(api, world, log, direction="ASC") == newest[::-1]
    since, until = (f"{LOGS[log][2]}{end}" for end in ("After", "Before"))
    spans = [{until: NOON.format(1)}, {since: NOON.format(1), until: NOON.format(3)}, {since: NOON.format(3)}]
    pieces = [await _read(api, world, log, filter=span, direction="ASC") for span in spans]
    assert all(pieces)
    assert sum(map(len, pieces)) == len(newest)
    assert set().union(*pieces) == set(newest)
    assert await _read(api, world, log, filter={since: NOON.format(30)}) == []
    assert await _read(api, world, log, filter={until: "2026-01-01T00:00:00Z"}) == []
    assert await _read(api, world, log, filter={until: NOON.format(30)}) == newest


@pytest.mark.parametrize(
    ("log", "narrowed", "count"),
    [
        ("creditEntries", {"kind": "GRANT"}, 1),
        ("creditEntries", {"kind": "GRANT", "login": "user-003"}, 0),
        ("creditEntries", {"login": "USER-003"}, 1),
        ("creditEntries", {"login": "nobody"}, 0),
        ("creditEntries", {"kind": "REFUND"}, 0),
        ("limitAlerts", {"login": "user-003"}, 1),
        ("incomingMessages", {"sender": "+33600000002"}, 1),
        ("incomingMessages", {"sender": "+33612340002"}, 0),
        ("incomingMessages", {"isStop": True}, EACH - 1),
        ("incomingMessages", {"isStop": False}, 1),
        ("callbackDeliveries", {"state": "FAILED"}, 1),
        ("callbackDeliveries", {"state": "DELIVERED", "login": "user-003"}, 1),
        ("auditEntries", {"action": "addToBlacklist"}, 1),
        ("auditEntries", {"subject": "+33600000002"}, 1),
        ("auditEntries", {"causedBy": "nobody"}, EACH),
        ("auditEntries", {"causedBy": "x" * 5_000}, 0),
    ],
)
async def test_a_log_is_narrowed(
    api: Api, world: World, log: str, narrowed: dict[str, Any], count: int
) -> None:
    """By what its entries are, and whom they concern; by what it is not, nothing is found."""
    [account] = await populate(world, accounts=1, each=EACH)
    await LedgerEntry.filter(account_id=account.id, sequence=2).update(kind=EntryKind.GRANT)
    await IncomingMessage.filter(account_id=account.id, sequence=2).update(is_stop=False)
    await AuditEntry.filter(account_id=account.id, subject="+33600000005").update(action="addToBlacklist")
    first = await CallbackDelivery.filter(account_id=account.id).order_by("id").first()
    await CallbackDelivery.filter(id=first.id if first else 0).update(state=CallbackState.FAILED)
    assert len(await _read(api, world, log, filter=narrowed)) == count


@pytest.mark.parametrize(
    ("log", "narrowed", "code"),
    [
        ("creditEntries", {"login": "not a login"}, "INVALID_LOGIN"),
        ("incomingMessages", {"sender": "nobody"}, "INVALID_PHONE_NUMBER"),
        ("auditEntries", {"occurredAfter": "yesterday"}, "INVALID_DATE"),
    ],
)
async def test_a_filter_that_fits_nothing_is_refused(
    api: Api, world: World, log: str, narrowed: dict[str, Any], code: str
) -> None:
    """What no entry could have is said, rather than found nowhere."""
    await populate(world, accounts=1, each=1)
    assert await api.code(world.holder, _document(log), filter=narrowed) == code


async def test_several_accounts_are_narrowed_each_by_itself(api: Api, world: World) -> None:
    """The same span of time is another piece of each account's log; users of one login are not mixed up."""
    accounts = await populate(world, accounts=3, each=EACH)
    late, early = accounts[1].id, accounts[2].id
    await LedgerEntry.filter(account_id=late, sequence__lte=5).update(at_us=1)
    await LedgerEntry.filter(account_id=early).update(at_us=1)
    query = (
        "query($filter: CreditEntryFilter) { accounts { nodes { name creditEntries(filter: $filter, direction: ASC) "
        "{ nodes { sequence userLogin } } } } }"
    )
    data = await api.data(world.holder, query, filter={"occurredAfter": NOON.format(0)})
    found = [
        [node["sequence"] for node in account["creditEntries"]["nodes"]]
        for account in data["accounts"]["nodes"]
    ]
    assert found == [[str(number) for number in range(1, 10)], ["6", "7", "8", "9"], []]
    data = await api.data(world.holder, query, filter={"occurredBefore": NOON.format(0)})
    found = [
        [node["sequence"] for node in account["creditEntries"]["nodes"]]
        for account in data["accounts"]["nodes"]
    ]
    assert found == [[], ["1", "2", "3", "4", "5"], [str(number) for number in range(1, 10)]]
    data = await api.data(world.holder, query, filter={"login": "user-004"})
    logins = [
        [node["userLogin"] for node in account["creditEntries"]["nodes"]]
        for account in data["accounts"]["nodes"]
    ]
    assert logins == [["User-004"]] * 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize(
    ("log", "narrowed"),
    [
        ("creditEntries", {"kind": "GRANT"}),
        ("creditEntries", {"login": "user-003"}),
        ("limitAlerts", {"login": "user-003"}),
        ("incomingMessages", {"sender": "+33600000002"}),
        ("incomingMessages", {"isStop": True}),
        ("callbackDeliveries", {"state": "FAILED"}),
        ("auditEntries", {"action": "addToBlacklist"}),
        ("auditEntries", {"subject": "+33600000002"}),
        ("auditEntries", {"causedBy": "nobody"}),
        *((log, {f"{time}After": NOON.format(1), f"{time}Before": NOON.format(2)}) for log, (_, _, time) in LOGS.items()),
    ],
)  # fmt: skip
async def test_a_page_is_read_from_an_index_in_its_order(
    api: Api,
    world: World,
    caplog: pytest.LogCaptureFixture,
    log: str,
    narrowed: dict[str, Any],
    direction: str,
) -> None:
    """Nothing is sorted, and no more than the page is read, however long the log is."""
    await populate(world, accounts=1, each=EACH)
    log_table = TABLES[log]
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    await _read(api, world, log, filter=narrowed, direction=direction)
    statements = [record.getMessage() for record in caplog.records if record.name == "tortoise.db_client"]
    for statement in [sql for sql in statements if sql.startswith("SELECT")]:
        plan = await _plan(statement)
        assert "SEARCH" in plan
        assert not re.search("TEMP B-TREE|SCAN", plan), (statement, plan)
    assert any(log_table in statement for statement in statements)


async def _plan(statement: str) -> str:
    """Return how SQLite runs a statement; PostgreSQL's planner looks at how many rows there are, so it is not asked."""
    sql, _, _ = statement.partition(": [")
    rows = await fetch(f"EXPLAIN QUERY PLAN {sql}", *[1] * sql.count("?"))
    return "; ".join(str(row["detail"]) for row in rows)
