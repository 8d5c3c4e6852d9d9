"""The cost of an answer: as many SQL statements for two entries of a list as for twenty."""

import logging
from typing import Any

import pytest

from server.graphql.schema.nodes import KINDS
from server.kit.clock import ManualClock
from server.operations.access.authentication import sign_in_holder
from server.store.models import Account, Rate
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.api import Api, mutation_text
from tests.factories.links.links import report, set_up_link
from tests.factories.messages.messages import numbers
from tests.factories.store.population import populate

FEW, MANY = 2, 20

_OF_ACCOUNT = {
    "users": "login",
    "senders": "name",
    "messages": "number",
    "creditEntries": "sequence",
    "limitAlerts": "remaining",
    "blacklist": "number",
    "incomingMessages": "body",
    "auditEntries": "action",
    "callbackDeliveries": "webhookId",
}
_FROM_TO = 'from: "2026-09-01T00:00:00Z", to: "2026-10-01T00:00:00Z"'
_SPAN = f"statistics({_FROM_TO}, by: DAY) {{ messages }}"
_SHARES = f"pttShares({_FROM_TO}) {{ ptt {{ code }} share }}"
_TIMES = f"deliveryTimes({_FROM_TO}, by: DAY) {{ delivered }}"


def _accounts(selection: str) -> str:
    return f"{{ accounts(first: $n) {{ nodes {{ {selection} }} }} }}"


def _users(selection: str) -> str:
    return f"{{ users(first: $n) {{ nodes {{ {selection} }} }} }}"


def _messages(selection: str) -> str:
    return f'{{ messages(account: "sms-many-000", first: $n) {{ nodes {{ {selection} }} }} }}'


STATEMENTS: dict[str, tuple[int, str]] = {
    "accounts": (1, _accounts("name creditsLeft limit { enabled } alertTemplates { preview { smsParts } }")),
    "accounts.creditsHeldByQuota+userQuantityWithQuota": (
        2,
        _accounts("creditsHeldByQuota userQuantityWithQuota"),
    ),
    "accounts.balanceAt": (3, _accounts('balanceAt(time: "2026-09-21T12:00:00Z")')),
    "accounts.balanceAt, before all entries": (2, _accounts('balanceAt(time: "2026-01-01T00:00:00Z")')),
    "accounts.user": (2, _accounts('user(login: "USER-001") { login }')),
    "accounts.statistics": (2, _accounts(_SPAN)),
    "accounts.statisticsByUser": (
        3,
        _accounts(f"statisticsByUser({_FROM_TO}, first: $n) {{ messages user {{ login }} }}"),
    ),
    "accounts.pttShares": (2, _accounts(_SHARES)),
    "accounts.deliveryTimes": (2, _accounts(_TIMES)),
    **{
        f"accounts.{name}": (3, _accounts(f"{name}(first: $n) {{ edges {{ cursor node {{ {field} }} }} }}"))
        for name, field in _OF_ACCOUNT.items()
    },
    "accounts.users, from their end": (3, _accounts("users(last: $n) { nodes { login } }")),
    "accounts.users twice": (5, _accounts("a: users(first: $n) { nodes { login } } b: users(last: $n) { nodes { login } }")),
    "accounts.creditEntries.user": (4, _accounts("creditEntries(first: $n) { nodes { user { login } } }")),
    "accounts.holder": (2, _accounts("holder { email }")),
    "accounts.creditEntries.message": (4, _accounts("creditEntries(first: $n) { nodes { message { number } } }")),
    "accounts.limitAlerts.notifications.message": (
        5,
        _accounts("limitAlerts(first: $n) { nodes { notifications { state message { number } } } }"),
    ),
    "accounts.users.account.users": (
        6,
        _accounts("users(first: $n) { nodes { account { users(first: 1) { nodes { login } } } } }"),
    ),
    "accounts.users.messages.events": (
        6,
        _accounts("users(first: $n) { nodes { messages(first: $n) { nodes { events { status } } } } }"),
    ),
    "users": (1, _users("login quota { left } limit { enabled } ipRestrictions callback { url }")),
    "users that are narrowed": (
        1,
        '{ users(first: $n, filter: {search: "u", restricted: false, callbackFailing: false}, orderBy: {field: LAST_USED_AT}) { nodes { login } } }',
    ),
    "users.account": (2, _users("account { name }")),
    "users.account.creditsHeldByQuota": (3, _users("account { creditsHeldByQuota }")),
    "users.messages": (3, _users("messages(first: $n) { nodes { number ptt { code } } }")),
    "users.statistics": (2, _users(_SPAN)),
    "senders.account": (2, "{ senders(first: $n) { nodes { name account { name } } } }"),
    "users.pttShares": (2, _users(_SHARES)),
    "users.deliveryTimes": (2, _users(_TIMES)),
    "messages": (2, _messages("number ptt { description } status")),
    "messages.waitReason": (3, _messages("waitReason")),
    "messages.account": (3, _messages("account { name }")),
    "messages.user": (3, _messages("user { login }")),
    "messages.events.message": (4, _messages("events { message { number } }")),
    "deliveryEvents.message.account+user": (
        5,
        '{ deliveryEvents(account: "sms-many-000", first: $n) { nodes { message { account { name } user { login } } } } }',
    ),
    "users.callback": (3, _users("callback { signingKeyId disabledAt disabledReason failingSince lastDelivery { state } }")),
    "accounts.callback": (3, _accounts("callback { signingKeyId failingSince lastDelivery { state } }")),
    "users.callbackDeliveries": (
        6,
        _users("callbackDeliveries(first: $n) { nodes { url message { number } tries { verdict } } }"),
    ),
    "messages.callbackDeliveries": (3, _messages("callbackDeliveries { state }")),
    "viewer.accessTokens": (1, "{ viewer { accessTokens(first: $n) { nodes { label } } } }"),
}  # fmt: skip


class Statements:
    """Counts the SQL statements that the ORM sends."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        """Have the ORM log them."""
        self._caplog = caplog
        caplog.set_level(logging.DEBUG, "tortoise.db_client")

    async def of(self, api: Api, world: World, query: str, /, **variables: Any) -> int:
        """Return how many statements a document takes."""
        # The first operation of a caller draws on its budget for many that follow.
        await api.data(world.holder, "{ viewer { name } }")
        self._caplog.clear()
        await api.data(world.holder, query, **variables)
        return sum(record.name == "tortoise.db_client" for record in self._caplog.records)


@pytest.fixture
def statements(caplog: pytest.LogCaptureFixture) -> Statements:
    """The counter."""
    return Statements(caplog)


async def test_a_list_costs_the_same_however_long_it_is(
    api: Api, world: World, clock: ManualClock, statements: Statements
) -> None:
    """Two entries, each with two below it, take as many statements as twenty with twenty."""
    await populate(world, accounts=MANY, each=MANY)
    clock.advance(seconds=MANY)  # so that all messages are due
    found = {
        name: tuple([await statements.of(api, world, f"query($n: Int!) {query}", n=n) for n in (FEW, MANY)])
        for name, (_, query) in STATEMENTS.items()
    }
    assert found == {name: (expected, expected) for name, (expected, _) in STATEMENTS.items()}


async def test_nodes_cost_one_statement_for_each_kind(api: Api, world: World, statements: Statements) -> None:
    """However many ids are asked for, their things take one statement for each kind among them."""
    await populate(world, accounts=1, each=MANY)
    for _ in range(7):
        await sign_in_holder(
            world.services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
        )
    lists = " ".join(f"{name}(first: $n) {{ nodes {{ id }} }}" for name in _OF_ACCOUNT)
    found = await api.data(
        world.holder,
        f"query($n: Int!) {{ accounts(first: 1) {{ nodes {{ id name {lists} }} }}"
        " viewer { holder { id } accessTokens(first: $n) { nodes { id } } sessions { nodes { id } } } }",
        n=7,
    )
    [account] = found["accounts"]["nodes"]
    columns = [[node["id"] for node in account[name]["nodes"]] for name in _OF_ACCOUNT]
    columns += [
        [node["id"] for node in found["viewer"][name]["nodes"]] for name in ("accessTokens", "sessions")
    ]
    log = "query($account: String!) { deliveryEvents(account: $account, first: 10) { nodes { id } } }"
    events = (await api.data(world.holder, log, account=account["name"]))["deliveryEvents"]["nodes"]
    columns.append([event["id"] for event in events])
    for each in (1, 7):
        ids = [account["id"], found["viewer"]["holder"]["id"]]
        ids += [id_ for column in columns for id_ in column[:each]]
        query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
        assert [node["id"] for node in (await api.data(world.holder, query, ids=ids))["nodes"]] == ids
        assert await statements.of(api, world, query, ids=ids) == len(
            KINDS.keys() - {"Link", "UnclaimedMessage"}
        )


async def test_an_estimate_costs_the_same_for_any_number_of_receivers(
    api: Api, world: World, statements: Statements
) -> None:
    """Two receivers are looked over with as many statements as twenty."""
    account = await world.account()
    query = (
        "query($input: EstimateMessageInput!) { estimateMessage(input: $input) { receivers { accepted } } }"
    )
    draft = {"account": account.name, "sender": "Chappe", "text": "Hello"}
    counts = {
        await statements.of(api, world, query, input={**draft, "receivers": numbers(count)})
        for count in (FEW, MANY)
    }
    assert counts == {4}


async def test_sending_costs_the_same_for_any_number_of_receivers(
    api: Api, world: World, statements: Statements
) -> None:
    """Messages to two receivers are accepted, and shown, with as many statements as messages to twenty."""
    account = await world.account()
    await api.services.message_ids.take(1)
    query = mutation_text(
        "sendMessage", "receivers { message { number account { name } events { status } } }"
    )
    draft = {"account": account.name, "sender": "Chappe", "text": "Hello"}
    counts = [
        await statements.of(
            api, world, query, input={**draft, "receivers": numbers(count), "idempotencyKey": str(count)}
        )
        for count in (FEW, MANY)
    ]
    assert counts[0] == counts[1]


async def test_rates_and_ledger_cost_the_same_however_long(
    api: Api, world: World, statements: Statements
) -> None:
    """The table of rates is one statement, and proving a ledger takes as many for two entries as for twenty."""
    assert await statements.of(api, world, "{ rates { country } }") == 1
    for index in range(MANY):
        await Rate.create(country=f"X{chr(ord('A') + index)}", credits=1, updated_at_us=0)
    assert await statements.of(api, world, "{ rates { country } }") == 1
    [few] = await populate(world, accounts=1, each=FEW)
    await Account.filter(id=few.id).update(name="sms-few")
    await populate(world, accounts=1, each=MANY)
    counts = {
        await statements.of(
            api, world, "query($n: String!) { verifyLedger(account: $n) { entries } }", n=name
        )
        for name in ("sms-few", "sms-many-000")
    }
    assert len(counts) == 1


async def test_links_cost_the_same_however_many(
    api: Api, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """One statement for what is set and one for how they are, whether there are two of them or twenty."""
    query = "{ links { name state window throttled lastError binds { state } settings { host } } }"
    await api.data(world.operator, "{ viewer { name } }")
    caplog.set_level(logging.DEBUG, "tortoise.db_client")
    counts = []
    for number in range(MANY):
        await set_up_link(world, f"link-{number}")
        await report(world.services, f"link-{number}", worker=f"worker-{number}")
        caplog.clear()
        assert len((await api.data(world.operator, query))["links"]) == number + 1
        counts.append(sum(record.name == "tortoise.db_client" for record in caplog.records))
    assert set(counts) == {2}
