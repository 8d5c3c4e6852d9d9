"""Following credits, limits and incoming messages: like deliveries, with other logs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from server.graphql.audit.types import AUDIT_ORDER
from server.graphql.credits.types import ENTRY_ORDER
from server.graphql.notifications.types import ALERT_ORDER
from server.graphql.schema.paging import Order
from server.graphql.senders.types import INCOMING_ORDER
from server.operations.access.authentication import principal_of_secret, sign_out
from server.operations.core.services import Services
from server.store.models import DeliveryEvent
from tests.client import PEER, Client, Socket, graphql_app, serving, socket_to
from tests.factories.access.callers import ALL_CALLERS, Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, START, listening
from tests.factories.graphql.transport.site import Site, site
from tests.factories.graphql.transport.sse import reading
from tests.factories.logs.entries import stir_logs

READERS = {"holder", "holder:read", "operator"}
STRANGERS = {"neighbour", "holder:bound", "operator:read"}


@dataclass(frozen=True)
class Kind:
    """A subscription, and the list of an account that has the same entries."""

    subscription: str
    connection: str
    order: Order
    by_login: bool = True

    @property
    def text(self) -> str:
        """Write the subscription."""
        login, given = ("$login: String, ", "login: $login, ") if self.by_login else ("", "")
        return (
            f"subscription ($account: String!, {login}$after: String) "
            f"{{ {self.subscription}(account: $account, {given}after: $after) {{ id cursor }} }}"
        )

    @property
    def query(self) -> str:
        """Write the query for the whole list, oldest first."""
        return (
            f"query ($account: String!) {{ account(name: $account) {{ {self.connection}(last: 100) "
            "{ edges { cursor node { id cursor } } } } }"
        )


KINDS = [
    Kind("creditsChanged", "creditEntries", ENTRY_ORDER),
    Kind("limitReached", "limitAlerts", ALERT_ORDER),
    Kind("incomingMessage", "incomingMessages", INCOMING_ORDER, by_login=False),
    Kind("auditEntryAdded", "auditEntries", AUDIT_ORDER, by_login=False),
]
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.subscription)


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def host(services: Services) -> AsyncIterator[str]:
    """Where GraphQL is served."""
    async with serving(graphql_app(services)) as host:
        yield host


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port, to be read as a stream."""
    async with site(services) as here:
        yield here


async def _listed(services: Services, callers: Callers, kind: Kind) -> list[dict[str, str]]:
    """Return all entries of the list, oldest first, each with the cursor of its edge."""
    answer = await Client(graphql_app(services), await callers.secret("holder")).ask(kind.query, DEMO)
    edges = answer.data["account"][kind.connection]["edges"]
    assert all(edge["cursor"] == edge["node"]["cursor"] for edge in edges)
    return [edge["node"] for edge in reversed(edges)]


async def _heard(socket: Socket, kind: Kind, count: int) -> list[dict[str, str]]:
    messages = [await socket.receive() for _ in range(count)]
    assert not any(message["payload"].get("errors") for message in messages), messages
    return [message["payload"]["data"][kind.subscription] for message in messages]


@EACH
async def test_they_are_the_holders_and_the_operators(callers: Callers, host: str, kind: Kind) -> None:
    """Everybody else is refused: API users, tokens without the right to read, and strangers."""
    beginning = (await _listed_cursors(callers, kind))[0]
    outcomes: dict[str, str] = {}
    for caller in ALL_CALLERS:
        async with socket_to(host) as socket:
            await socket.initialise(await callers.secret(caller))
            await socket.subscribe(kind.text, {**DEMO, "after": beginning})
            message = await socket.receive()
            errors = message["payload"] if message["type"] == "error" else message["payload"].get("errors")
            outcomes[caller] = errors[0]["extensions"]["code"] if errors else "heard"
    assert outcomes.pop("anonymous") == "UNAUTHENTICATED"
    assert {outcomes.pop(caller) for caller in STRANGERS} == {"UNKNOWN_ACCOUNT"}
    assert {outcomes.pop(caller) for caller in READERS} == {"heard"}
    assert set(outcomes.values()) == {"FORBIDDEN"}


async def _listed_cursors(callers: Callers, kind: Kind) -> list[str]:
    """Return the cursor before the first entry of a log, and those of all entries."""
    entries = await _listed(callers.world.services, callers, kind)
    return [kind.order.cursor(DeliveryEvent(sequence=0, at_us=0)), *(entry["cursor"] for entry in entries)]


@EACH
async def test_the_past_and_the_present_have_the_lists_cursors(
    services: Services, callers: Callers, host: str, kind: Kind
) -> None:
    """From the beginning, from the middle and from now on: what the list shows, in order, each once."""
    await stir_logs(services, callers, 1)
    cursors = await _listed_cursors(callers, kind)
    before = len(cursors) - 1
    assert before >= 1
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        await socket.subscribe(kind.text, {**DEMO, "after": None}, "live")
        await listening(services, 1)
        for id, after in (("all", cursors[0]), ("middle", cursors[-2])):
            await socket.subscribe(kind.text, {**DEMO, "after": after}, id)
        heard: dict[str, list[str]] = {"all": [], "middle": [], "live": []}

        async def hear(count: int) -> None:
            for _ in range(count):
                message = await socket.receive()
                heard[message["id"]].append(message["payload"]["data"][kind.subscription]["cursor"])

        await hear(before + 1)
        await stir_logs(services, callers, 2)
        cursors = await _listed_cursors(callers, kind)
        fresh = len(cursors) - 1 - before
        assert fresh >= 1
        await hear(3 * fresh)
    assert heard == {"all": cursors[1:], "middle": cursors[before:], "live": cursors[before + 1 :]}


@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.subscription)
async def test_one_users_part_of_it(services: Services, callers: Callers, host: str, kind: Kind) -> None:
    """Only what concerns that user; one that is not there is refused."""
    await stir_logs(services, callers, 1)
    cursors = await _listed_cursors(callers, kind)
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        text = kind.text.replace("{ id cursor }", "{ cursor userLogin }")
        login = callers.demo.colleague.login
        await socket.subscribe(text, {**DEMO, "login": login.upper(), "after": cursors[0]})
        [first] = await _heard(socket, kind, 1)
        assert first["userLogin"] == login
    assert await _answers(
        callers, host, kind, {"login": "nobody"}, {"login": callers.other.script.login}
    ) == {"UNKNOWN_USER"}


@EACH
async def test_a_strangers_account_is_not_there(callers: Callers, host: str, kind: Kind) -> None:
    """It is refused like one that never was."""
    foreign, never = {"account": callers.other.account.name}, {"account": "sms-never-1"}
    assert await _answers(callers, host, kind, foreign, never) == {"UNKNOWN_ACCOUNT"}


async def _answers(callers: Callers, host: str, kind: Kind, *variants: dict[str, str]) -> set[str]:
    """Let the holder's subscriptions be refused; return the codes of the answers, which all read the same."""
    answers = []
    for variables in variants:
        async with socket_to(host) as socket:
            await socket.initialise(await callers.secret("holder"))
            await socket.subscribe(kind.text, {**DEMO, **variables})
            message = await socket.receive()
            assert message["type"] == "error", message
            answers.append(message["payload"])
    assert all(answer == answers[0] for answer in answers)
    return {error["extensions"]["code"] for answer in answers for error in answer}


@EACH
async def test_a_stream_resumes_behind_the_last_event_id(
    services: Services, callers: Callers, here: Site, kind: Kind
) -> None:
    """Over server-sent events each entry's cursor is the event's id."""
    await stir_logs(services, callers, 1)
    cursors = await _listed_cursors(callers, kind)
    authorization = f"Bearer {await callers.secret('holder')}"
    heard, last = [], cursors[0]
    for _ in cursors[1:]:
        async with reading(here, kind.text, DEMO, authorization=authorization, last_event_id=last) as reader:
            [event] = await reader.take(1)
        assert event.id == event.data["data"][kind.subscription]["cursor"]
        last = event.id or ""
        heard.append(last)
    assert heard == cursors[1:]


@EACH
async def test_a_subscription_outlives_no_right(
    services: Services, callers: Callers, here: Site, kind: Kind
) -> None:
    """After its session's end the stream ends at the next entry, without the entry."""
    secret = await callers.secret("holder") or ""
    async with reading(here, kind.text, DEMO, authorization=f"Bearer {secret}") as reader:
        await listening(services, 1)
        await sign_out(services, await principal_of_secret(services, secret, PEER))
        services.clock.advance(5)  # type: ignore[attr-defined]  # tests have one that stands
        await stir_logs(services, callers, 1)
        [answer, end] = await reader.rest()
    assert [error["extensions"]["code"] for error in answer.data["errors"]] == ["UNAUTHENTICATED"]
    assert "data" not in answer.data
    assert end.name == "complete"


async def test_a_cursor_of_another_log_is_refused(callers: Callers, host: str) -> None:
    """Every log has its own cursors."""
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        for kind in KINDS:
            await socket.subscribe(kind.text, {**DEMO, "after": START}, kind.subscription)
            message = await socket.receive()
            assert "BAD_USER_INPUT" in str(message["payload"]), message
            if message["type"] == "next":
                await socket.receive()
