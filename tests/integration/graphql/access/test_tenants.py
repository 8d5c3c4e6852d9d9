"""Other people's objects seem not to exist: the answer is the same as for a name that never existed."""

import pytest
from graphql import GraphQLArgument, GraphQLInputField, GraphQLInputObjectType, get_named_type

from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.ids import node_id
from server.graphql.schema.schema import schema
from server.operations.core.services import Services
from server.store.models import DeliveryEvent, User
from tests.client import Client, graphql_app
from tests.factories.access.callers import Callers
from tests.factories.access.probes import (
    BY_ANYBODY,
    BY_HOLDERS,
    ERRORS,
    NAMING,
    NOBODYS,
    TRIED_ELSEWHERE,
    Probe,
    by_account,
    names_of,
)
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import snapshot

pytestmark = pytest.mark.one_database

CORE = schema._schema


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


def test_every_argument_that_names_something_is_tried() -> None:
    """No argument or input field by which a stranger's thing could be named is forgotten here."""
    tried = {probe.covers for probe in [*BY_ANYBODY, *BY_HOLDERS]} | TRIED_ELSEWHERE
    places: dict[str, GraphQLArgument | GraphQLInputField] = {}
    for type_ in CORE.type_map.values():
        if type_.name.startswith("__"):
            continue
        if isinstance(type_, GraphQLInputObjectType):
            places |= {f"{type_.name}.{name}": field for name, field in type_.fields.items()}
        else:
            for name, field in getattr(type_, "fields", {}).items():
                places |= {f"{type_.name}.{name}.{argument}": of for argument, of in field.args.items()}
    naming = {
        place
        for place, of in places.items()
        if place.rpartition(".")[2] in NAMING
        and get_named_type(of.type).name in {"ID", "String", "PhoneNumber"}
    }
    assert naming - tried == set(), "tests/factories/access/probes.py has no probe for these"


@pytest.mark.parametrize("probe", [*BY_ANYBODY, *BY_HOLDERS], ids=lambda probe: probe.covers)
async def test_a_stranger_hears_what_nobody_would(services: Services, callers: Callers, probe: Probe) -> None:
    """Another holder's and a colleague's things are answered for like things that never were; one's own are not."""
    client = Client(graphql_app(services))
    own, others, colleagues = (
        names_of(callers.demo, "script"),
        names_of(callers.other, "script"),
        names_of(callers.demo, "colleague"),
    )
    asks = [("holder", others), ("script", others), ("script", colleagues), ("neighbour", own)]
    for caller, foreign in asks:
        if caller == "script" and probe in BY_HOLDERS:
            continue
        if foreign is colleagues and probe.pick is by_account:
            continue
        client = client.having(await callers.secret(caller))
        text = probe.text(others if caller == "neighbour" else own)
        absent = await client.ask(text, {"x": probe.pick(NOBODYS)})
        before = await snapshot()
        given = await client.ask(text, {"x": probe.pick(foreign)})
        assert given.said == absent.said, (caller, text)
        assert await snapshot() == before, (caller, text)
    caller = "script" if probe in BY_ANYBODY else "holder"
    client = client.having(await callers.secret(caller))
    absent = await client.ask(probe.text(own), {"x": probe.pick(NOBODYS)})
    mine = await client.ask(probe.text(own), {"x": probe.pick(own)})
    assert mine.said != absent.said, mine.response.text


@pytest.mark.parametrize("caller", ["script", "holder", "holder:bound"])
async def test_a_strangers_id_is_no_id(services: Services, callers: Callers, caller: str) -> None:
    """Neither `node` nor `nodes` tells an id of somebody else's from one that was never given out."""
    client = Client(graphql_app(services), await callers.secret(caller))
    foreign = list(callers.other.ids.values())
    if caller == "script":
        foreign += [
            *(id for kind, id in callers.demo.ids.items() if kind not in {"Account", "User", "Message", "DeliveryEvent", "AccessToken", "Session", "Sender", "CallbackDelivery"}),
            node_id("User", callers.demo.colleague.id),
            *(node_id("Message", callers.demo.messages[who].id) for who in ("colleague", "holder")),
            callers.demo.tokens["colleague"],
            callers.demo.tokens["holder"],
        ]  # fmt: skip
    if caller == "holder:bound":
        foreign += [id for kind, id in callers.demo.ids.items() if kind != "Holder"]
    for id in foreign:
        answer = await client.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": id})
        assert answer.data == {"node": None}
    answer = await client.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": foreign})
    assert answer.data == {"nodes": [None] * len(foreign)}


async def test_a_foreign_quota_can_not_be_adjusted(services: Services, callers: Callers) -> None:
    """Whether a stranger has a quota, and what it holds, shows in no answer."""
    client = Client(graphql_app(services), await callers.secret("holder"))
    query = f"mutation ($input: AdjustUserQuotaInput!) {{ adjustUserQuota(input: $input) {{ {ERRORS} }} }}"
    for delta in ("1", "-1000000"):
        answers = set()
        for account in (callers.other.account.name, "sms-never-1"):
            for login in (callers.other.colleague.login, callers.other.script.login, "nobody"):
                answer = await client.ask(
                    query, {"input": {"account": account, "login": login, "delta": delta}}
                )
                answers.add(answer.said)
        assert len(answers) == 1
        own = [
            await client.ask(query, {"input": {"account": "sms-demo-1", "login": login, "delta": delta}})
            for login in (callers.other.colleague.login, "nobody")
        ]
        assert own[0].said == own[1].said
        assert [answer.refusals for answer in own] == [[("UNKNOWN_USER", "login")]] * 2


async def test_a_foreign_sender_can_not_be_used(services: Services, callers: Callers) -> None:
    """A name that another account has declared is as unknown as one that nobody has."""
    await callers.world.sender(callers.other.account, "Neighbour")
    client = Client(graphql_app(services), await callers.secret("holder"))
    draft = {"account": "sms-demo-1", "receivers": ["+33612345678"], "text": "Hello"}
    for query, more in (
        ("query ($input: EstimateMessageInput!) { estimateMessage(input: $input) { parts } }", {}),
        (
            f"mutation ($input: SendMessageInput!) {{ sendMessage(input: $input) {{ {ERRORS} }} }}",
            {"idempotencyKey": "k"},
        ),
    ):
        answers = {
            (await client.ask(query, {"input": {**draft, **more, "sender": name}})).said
            for name in ("Neighbour", "Nobody")
        }
        assert len(answers) == 1
        assert b"UNKNOWN_SENDER" in answers.pop()
    query = f"mutation ($input: DeleteSenderInput!) {{ deleteSender(input: $input) {{ {ERRORS} }} }}"
    answers = {
        (await client.ask(query, {"input": {"account": "sms-demo-1", "name": name}})).said
        for name in ("Neighbour", "Nobody")
    }
    assert len(answers) == 1


async def test_cursors_of_others_reveal_nothing(services: Services, callers: Callers) -> None:
    """A cursor of another account or of another list leads to one's own rows, or is refused; never to others'."""
    app = graphql_app(services)
    holder, neighbour = [Client(app, await callers.secret(caller)) for caller in ("holder", "neighbour")]
    lists = {
        "messages(account: $account": "number body",
        "deliveryEvents(account: $account": "sequence occurredAt",
        "users(account: $account": "login",
    }
    query = "query ($account: String!, $after: String) {{ page: {}, after: $after) {{ edges {{ cursor node {{ {} }} }} }} }}"
    cursors = set()
    for listed, selection in lists.items():
        page = await neighbour.ask(query.format(listed, selection), {"account": callers.other.account.name})
        cursors |= {edge["cursor"] for edge in page.data["page"]["edges"]}
    ledger = await neighbour.ask(
        "{ accounts { nodes { creditEntries { edges { cursor } } auditEntries { edges { cursor } } } } }"
    )
    for connection in ledger.data["accounts"]["nodes"][0].values():
        cursors |= {edge["cursor"] for edge in connection["edges"]}
    assert len(cursors) > 8
    for listed, selection in lists.items():
        full = await holder.ask(query.format(listed, selection), {"account": callers.demo.account.name})
        own = [edge["node"] for edge in full.data["page"]["edges"]]
        for cursor in cursors:
            variables = {"account": callers.demo.account.name, "after": cursor}
            answer = await holder.ask(query.format(listed, selection), variables)
            if answer.errors:
                assert answer.codes in (["BAD_USER_INPUT"], ["CURSOR_EXPIRED"])
            else:
                assert all(edge["node"] in own for edge in answer.data["page"]["edges"])
            foreign = await holder.ask(
                query.format(listed, selection), {"account": callers.other.account.name, "after": cursor}
            )
            absent = await holder.ask(
                query.format(listed, selection), {"account": "sms-never-1", "after": cursor}
            )
            assert foreign.said == absent.said


async def test_a_users_events_are_its_own(services: Services, callers: Callers) -> None:
    """The log's numbers have gaps for an API user, and every one of them is an event of somebody else's."""
    client = Client(graphql_app(services), await callers.secret("script"))
    answer = await client.ask(
        '{ deliveryEvents(account: "sms-demo-1") { edges { cursor node { sequence } } } }'
    )
    events = await DeliveryEvent.filter(account_id=callers.demo.account.id).order_by("sequence")
    own = [event for event in events if event.user_id == callers.demo.script.id]
    assert 0 < len(own) < len(events)
    edges = answer.data["deliveryEvents"]["edges"]
    assert [edge["node"]["sequence"] for edge in edges] == [str(event.sequence) for event in own]
    assert [edge["cursor"] for edge in edges] == [EVENT_ORDER.cursor(event) for event in own]


async def test_a_bound_token_lists_no_other_tokens(services: Services, callers: Callers) -> None:
    """What is bound to one account sees no token that may be used for another."""
    client = Client(graphql_app(services), await callers.secret("holder:bound"))
    answer = await client.ask("{ viewer { accessTokens { nodes { label } } } }")
    assert answer.data["viewer"]["accessTokens"]["nodes"] == []


async def test_an_api_user_is_not_told_its_accounts_credits(services: Services, callers: Callers) -> None:
    """Sending answers with what is left of its quota; without a quota that would be the account's, and is null."""
    app = graphql_app(services)
    draft = {"account": "sms-demo-1", "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello"}
    query = f"mutation ($input: SendMessageInput!) {{ sendMessage(input: $input) {{ {ERRORS} credits creditsLeft }} }}"
    left = {}
    for caller in ("script", "colleague", "holder"):
        client = Client(app, await callers.secret(caller))
        for _ in range(2):
            answer = await client.ask(query, {"input": {**draft, "idempotencyKey": "once"}})
            left[caller] = answer.data["sendMessage"]["creditsLeft"]
    colleague = await User.get(id=callers.demo.colleague.id)
    await callers.demo.account.refresh_from_db()
    assert left["script"] is None
    assert left["colleague"] == str(colleague.quota_left // 1_000)
    assert left["holder"] == str(callers.demo.account.credits_left // 1_000)
