"""After a restored backup: an old cursor keeps its meaning, or is refused."""

from collections.abc import AsyncIterator

import pytest

from server.graphql.audit.types import AUDIT_ORDER
from server.graphql.credits.types import ENTRY_ORDER
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.notifications.types import ALERT_ORDER
from server.graphql.senders.types import INCOMING_ORDER
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits
from server.store.models import Account, AuditEntry, DeliveryEvent, LedgerEntry
from tests.client import Client, graphql_app, serving, socket_to
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, SUBSCRIBE, refusal
from tests.factories.logs.entries import add_events

pytestmark = pytest.mark.one_database

EVENTS = """
query ($account: String!, $after: String) {
  deliveryEvents(account: $account, after: $after) { edges { cursor node { sequence } } }
}
"""
LISTS = "query ($account: String!) {{ account(name: $account) {{ {}(direction: ASC, {}) {{ edges {{ cursor }} }} }} }}"


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def host(services: Services) -> AsyncIterator[str]:
    """Where GraphQL is served."""
    async with serving(graphql_app(services)) as host:
        yield host


async def _put_back(account: Account) -> None:
    """Put the logs of an account back by two entries, as a backup that is older would."""
    for table, column in (
        (DeliveryEvent, "event_sequence"),
        (LedgerEntry, "ledger_sequence"),
        (AuditEntry, "audit_sequence"),
    ):
        last = getattr(await Account.get(id=account.id), column)
        await table.filter(account_id=account.id, sequence__gt=last - 2).delete()
        await Account.filter(id=account.id).update(**{column: last - 2})


async def _go_on(services: Services, world: World, callers: Callers, clock: ManualClock) -> None:
    """Have more happen than was lost."""
    account = callers.demo.account
    for number in range(4):
        clock.advance(60)
        await add_events(account, 1, at_us=clock.now_us())
        await grant_credits(
            services, world.operator, account=account.name, credits=1_000, key=f"{clock.now_us()}-{number}"
        )


async def test_a_cursor_of_what_was_lost_is_refused(
    services: Services, world: World, callers: Callers, clock: ManualClock, host: str
) -> None:
    """Before others have its number, and after; one of what was kept goes on from there."""
    client = Client(graphql_app(services), await callers.secret("holder"))
    await _go_on(services, world, callers, clock)
    edges = (await client.ask(EVENTS, DEMO)).data["deliveryEvents"]["edges"]
    kept, lost = edges[-3], edges[-2:]
    await _put_back(callers.demo.account)
    for _ in range(2):
        for edge in lost:
            variables = {**DEMO, "after": edge["cursor"]}
            assert (await client.ask(EVENTS, variables)).codes == ["CURSOR_EXPIRED"]
            async with socket_to(host) as socket:
                await socket.initialise(await callers.secret("holder"))
                assert await refusal(socket, variables) == "CURSOR_EXPIRED"
        await _go_on(services, world, callers, clock)
    page = (await client.ask(EVENTS, {**DEMO, "after": kept["cursor"]})).data["deliveryEvents"]["edges"]
    assert [int(edge["node"]["sequence"]) for edge in page][:2] == [
        int(kept["node"]["sequence"]) + 1,
        int(kept["node"]["sequence"]) + 2,
    ]
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": kept["cursor"]})
        message = await socket.receive()
        assert message["payload"]["data"]["deliveryStatusChanged"]["sequence"] == page[0]["node"]["sequence"]


@pytest.mark.parametrize("listed", ["creditEntries", "auditEntries"])
async def test_the_lists_of_logs_refuse_it_too(
    services: Services, world: World, callers: Callers, clock: ManualClock, listed: str
) -> None:
    """In either direction."""
    client = Client(graphql_app(services), await callers.secret("holder"))
    await _go_on(services, world, callers, clock)

    async def ask(cut: str) -> list[str]:
        answer = await client.ask(LISTS.format(listed, cut), DEMO)
        return answer.codes or [edge["cursor"] for edge in answer.data["account"][listed]["edges"]]

    cursors = await ask("first: 100")
    await _put_back(callers.demo.account)
    for _ in range(2):
        assert await ask(f'after: "{cursors[-1]}"') == ["CURSOR_EXPIRED"]
        assert await ask(f'last: 5, before: "{cursors[-1]}"') == ["CURSOR_EXPIRED"]
        assert await ask(f'last: 1, before: "{cursors[-3]}"') == [cursors[-4]]
        await _go_on(services, world, callers, clock)


def test_the_cursors_of_all_logs_tell_when_their_entry_was_written() -> None:
    """So that none of them can be taken for another's."""
    orders = (EVENT_ORDER, ENTRY_ORDER, ALERT_ORDER, INCOMING_ORDER, AUDIT_ORDER)
    assert {order.mark for order in orders} == {"at_us"}
