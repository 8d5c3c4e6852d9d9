"""Who may read what: each field of the schema, tried by every kind of caller."""

from collections.abc import Iterator, Mapping, Sequence

import pytest
import strawberry
from graphql import OperationDefinitionNode, parse

from server.errors import Forbidden
from server.graphql.schema.access import Access, AccessMap, object_type, resolved
from server.graphql.schema.access import field as declared_field
from server.graphql.schema.ids import node_id
from server.graphql.schema.schema import accesses, schema
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from tests.client import Client, graphql_app
from tests.factories.access.callers import ALL_CALLERS, Callers
from tests.factories.access.tenants import Tenant
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.schema.operations import Operations, Path, Step

CORE = schema._schema
DENIED = {"UNAUTHENTICATED", "FORBIDDEN"}

# What each kind of caller may pass, written down here a second time, by hand.
NOBODY = {Access.ANYONE}
ANY_SCOPE = NOBODY | {Access.SIGNED_IN_ANY_SCOPE}
USER_READER = ANY_SCOPE | {Access.SIGNED_IN}
HOLDER_ANY = ANY_SCOPE | {Access.HOLDER_ANY_SCOPE}
HOLDER_READER = USER_READER | HOLDER_ANY | {Access.HOLDER}
HOLDER = HOLDER_READER | {
    Access.SENDER, Access.MANAGER, Access.MANAGING_READER, Access.MAKER, Access.TREASURER,
}  # fmt: skip
RIGHTS: Mapping[str, set[Access]] = {
    "anonymous": NOBODY,
    "script": USER_READER | {Access.SENDER},
    "colleague": USER_READER | {Access.SENDER},
    "script:read": USER_READER,
    "script:send": ANY_SCOPE | {Access.SENDER},
    "holder": HOLDER,
    "neighbour": HOLDER,
    "holder:bound": HOLDER,
    "operator": HOLDER | {Access.OPERATOR},
    "operator:operate": HOLDER_ANY | {Access.OPERATOR},
    **{
        f"{name}:{scope}": rights
        for name in ("holder", "operator")
        for scope, rights in {
            "read": HOLDER_READER,
            "send": HOLDER_ANY | {Access.SENDER},
            "manage": HOLDER_ANY | {Access.MANAGER},
            "credits": HOLDER_ANY | {Access.TREASURER},
        }.items()
    },
}

GROUPS = {
    "script": [caller for caller in ALL_CALLERS if caller.startswith(("anonymous", "script", "colleague"))],
    "holder": [caller for caller in ALL_CALLERS if caller.startswith(("holder", "neighbour"))],
    "operator": [caller for caller in ALL_CALLERS if caller.startswith("operator")],
}

# Tokens make no tokens and no persons, and those without the right to manage end no other.
IN_SESSION = {
    "createAccessToken", "createHolder", "changePassword", "resetHolderPassword", "keepUser", "updateProfile",
}  # fmt: skip
ENDING = {"revokeAccessToken", "revokeSession", "revokeSessions"}
NO_TOKEN_MAKERS = {caller for caller in ALL_CALLERS if ":" in caller}
NO_TOKEN_ENDERS = NO_TOKEN_MAKERS - {"holder:manage", "holder:bound", "operator:manage"}

# All that an API user may see of an account, and of what hangs on it.
USERS_VIEW = {"Account": {"id", "name", "user", "senders"}}
REFERENCE = {
    "PttCode",
    "DeliveryStatusDetails",
    "Rate",
    "PageInfo",
    "StopLanguageDetails",
    "UserError",
    "About",
    "DemoSignIn",
}
USERS_OWN = {
    "User", "Quota", "Limit", "Callback", "CallbackDelivery", "CallbackTry", "Message", "DeliveryEvent", "Sender",
    "AccessToken", "Session", "Viewer", "Holder",
    "StatisticsBucket", "DeliveryTimes", "PttShare", "RateLimit",
    "MessageEstimate", "ReceiverVerdict", "Node",
}  # fmt: skip


def _operations(tenant: Tenant) -> Operations:
    """Write operations about this tenant; those that would change it name what is not there instead."""
    draft = {
        "account": tenant.account.name, "sender": "Chappe", "receivers": ["+33612345678"], "text": "Hello",
    }  # fmt: skip
    fill = {
        "name": tenant.account.name,
        "account": tenant.account.name,
        "login": tenant.script.login,
        "from": "2026-09-20T12:00:00Z",
        "to": "2026-09-22T12:00:00Z",
        "number": "1",
        "estimateMessage.input": draft,
        "SignInInput.holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD},
        "CreateAccessTokenInput.label": "",
        "CreateHolderInput.email": "none",
        "CreateHolderInput.password": HOLDER_PASSWORD,
        "ChangePasswordInput.newPassword": "short",
        "ResetHolderPasswordInput.email": "nobody@example.com",
        "SetHolderEnabledInput.email": "nobody@example.com",
        "RevokeSessionInput.id": node_id("Session", 999_999),
        "SetUserEnabledInput.enabled": False,
        "SetUserLimitInput.enabled": False,
        "SetAccountLimitInput.enabled": False,
        "CreateAccountInput.name": "sms-fresh-1",
        "SetRateInput.credits": "0",
        "RevokeAccessTokenInput.id": node_id("AccessToken", 999_999),
        "CancelMessageInput.id": node_id("Message", 999_999),
        "ReplayCallbacksInput.messageId": node_id("Message", 999_999),
        "TransferCreditsInput.source": "sms-never-1",
        "TransferCreditsInput.target": "sms-never-1",
        "CreateLinkInput.name": "Never",
        "UpdateLinkInput.name": "never",
        "DeleteLinkInput.name": "never",
    }
    for type_ in CORE.type_map.values():
        if type_.name.endswith("Input") and "account" in getattr(type_, "fields", {}):
            fill[f"{type_.name}.account"] = "sms-never-1"
    return Operations(CORE, fill, {**tenant.ids, "Node": tenant.ids["User"]})


def _access(step: Step) -> Access:
    access = accesses.access_of(step.type, step.field)
    assert access is not None, f"{step} declares no access"
    return access


def _expected(caller: str, path: Path) -> str:
    """Say what becomes of an operation: it passes, or the code with which it is refused."""
    denied = [step for step in path if _access(step) not in RIGHTS[caller]]
    if denied:
        return "UNAUTHENTICATED" if caller == "anonymous" else "FORBIDDEN"
    if path[0].field in IN_SESSION and caller in NO_TOKEN_MAKERS:
        return "FORBIDDEN"
    if path[0].field in ENDING and caller in NO_TOKEN_ENDERS:
        return "FORBIDDEN"
    return "passes"


def _paths(operations: Operations, caller: str) -> Iterator[Path]:
    """Yield a path to each field; over fields that the caller may ask for, so that it depends on the last alone."""
    permitted = operations.ways(lambda step: _access(step) in RIGHTS[caller])
    any_way = operations.ways(lambda _: True)
    for step in operations.fields():
        if step.type != "Subscription":
            yield (*permitted.get(step.type, any_way[step.type]), step)


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


def test_nobody_is_left_out() -> None:
    """Each caller is in one group."""
    assert sorted(caller for group in GROUPS.values() for caller in group) == sorted(ALL_CALLERS)


def test_every_field_declares_who_may_ask_for_it() -> None:
    """No field of any type is left to chance, and the roots' fields each say it themselves."""
    operations = Operations(CORE, {}, {})
    steps = list(operations.fields())
    assert len(steps) > 300
    assert [str(step) for step in steps if accesses.access_of(step.type, step.field) is None] == []
    for root in (CORE.mutation_type, CORE.subscription_type):
        assert root is not None
        for name, field in root.fields.items():
            own = field.extensions["strawberry-definition"].metadata.get("access")
            assert isinstance(own, Access), f"{root.name}.{name}"


@pytest.mark.one_database
@pytest.mark.parametrize("kind", GROUPS)
async def test_everybody_gets_what_is_declared(services: Services, callers: Callers, kind: str) -> None:
    """Each field of each type is answered or refused, for each caller, as its declared access says."""
    operations, client = _operations(callers.demo), Client(graphql_app(services))
    secrets = {caller: await callers.secret(caller) for caller in GROUPS[kind]}
    wrong = []
    for query, tries in _tries(operations, GROUPS[kind]).items():
        for caller, expected in tries.items():
            signs_out = "signOut" in query and expected == "passes"
            answer = await client.having(await callers.secret(caller) if signs_out else secrets[caller]).ask(
                query
            )
            got = next((code for code in answer.codes if code in DENIED), "passes")
            told = any((answer.body.get("data") or {}).values())
            if got != expected or (got != "passes" and told):
                wrong.append((caller, query, expected, answer.body))
            if any(ending in query for ending in ("signOut", "revokeSessions")):
                secrets = {caller: await callers.secret(caller) for caller in secrets}
    assert wrong == []


def _tries(operations: Operations, callers: Sequence[str]) -> dict[str, dict[str, str]]:
    """Say of each query who tries it, and what becomes of that: it is looked over once for all of them."""
    tries: dict[str, dict[str, str]] = {}
    for caller in callers:
        for path in _paths(operations, caller):
            tries.setdefault(operations.write(path), {})[caller] = _expected(caller, path)
    return tries


@pytest.mark.parametrize("caller", ["script", "holder", "operator"])
async def test_what_is_allowed_is_there_to_be_seen(services: Services, callers: Callers, caller: str) -> None:
    """The world of these tests has something of everything: each allowed field of a query is really reached."""
    operations, client = (
        _operations(callers.demo),
        Client(graphql_app(services), await callers.secret(caller)),
    )
    unseen = []
    for path in _paths(operations, caller):
        if path[0].type == "Query" and _expected(caller, path) == "passes":
            answer = await client.ask(operations.write(path))
            # No way leads an API user to a holder, and a server that is no demo has no sign-ins to show (test_about).
            there = path[-1].type not in {"DemoSignIn", *({"Holder"} if caller == "script" else set())}
            if answer.errors or _reached(answer.data, path) is not there:
                unseen.append((operations.write(path), answer.body))
    assert unseen == [], "\n".join(map(str, unseen))


def _reached(data: object, path: Path) -> bool:
    """Tell whether an answer goes as far as the last field, which itself may be null."""
    for step in path:
        if isinstance(data, list):
            data = next((answer for answer in data if answer), None)
        if not isinstance(data, dict) or step.field not in data:
            return False
        data = data[step.field]
    return True


def _users_may_see(step: Step) -> bool:
    """Say by hand whether an API user may see a field of an object, however it comes to it."""
    if step.type in USERS_VIEW:
        return step.field in USERS_VIEW[step.type]
    base = step.type.removesuffix("Connection").removesuffix("Edge")
    # An edge alone tells nothing: the connection round it and the node in it are both closed where need be.
    return base in USERS_OWN | REFERENCE or step.type.endswith("Edge")


@pytest.mark.one_database
@pytest.mark.parametrize("caller", ["script", "script:read"])
async def test_an_api_user_sees_itself_by_whatever_way(
    services: Services, callers: Callers, caller: str
) -> None:
    """Each field that leads to a type, tried as the last step before each field of that type: no way round."""
    operations, client = (
        _operations(callers.demo),
        Client(graphql_app(services), await callers.secret(caller)),
    )
    any_way = operations.ways(lambda _: True)
    open_ways = operations.ways(lambda step: _access(step) in RIGHTS[caller])
    wrong = []
    for before, target in operations.edges():
        way = (*open_ways.get(before.type, any_way.get(before.type, ())), before)
        if way[0].type != "Query":
            continue
        for step in operations.fields():
            if step.type != target or _users_may_see(step):
                continue
            answer = await client.ask(operations.write((*way, step)))
            if answer.codes != ["FORBIDDEN"] or answer.body.get("data") is not None:
                wrong.append((operations.write((*way, step)), answer.body))
    assert wrong == []


@pytest.mark.one_database
async def test_an_api_user_is_shown_nothing_of_others(services: Services, callers: Callers) -> None:
    """No answer contains a word of a colleague, its holder or another tenant."""
    operations, client = (
        _operations(callers.demo),
        Client(graphql_app(services), await callers.secret("script")),
    )
    foreign = [
        "colleague", "holder@", "By holder", "sms-other", "other-1", callers.demo.blacklisted, "Thanks", "Alerting",
    ]  # fmt: skip
    for path in _paths(operations, "script"):
        if path[0].type == "Query" and _expected("script", path) == "passes":
            answer = await client.ask(operations.write(path))
            found = [word for word in foreign if word in answer.response.text]
            assert not found, (operations.write(path), found)


@pytest.mark.one_database
@pytest.mark.parametrize("caller", ["neighbour", "holder:bound"])
async def test_who_is_out_of_scope_sees_nothing_of_a_tenant(
    services: Services, callers: Callers, caller: str
) -> None:
    """A holder next door, and a token bound to another account, ask for everything and learn nothing."""
    operations, client = (
        _operations(callers.demo),
        Client(graphql_app(services), await callers.secret(caller)),
    )
    ids = [id for kind, id in callers.demo.ids.items() if kind != "Holder"]
    words = ["demo-1", callers.demo.blacklisted, *ids]
    for path in _paths(operations, caller):
        if path[0].type == "Query" and path[0].field != "viewer":
            answer = await client.ask(operations.write(path))
            assert not any(word in answer.response.text for word in words), operations.write(path)


async def test_a_field_that_declares_nothing_is_nobodys(world: World) -> None:
    """Not even an operator's, and not by what its type inherits from one that declares something."""

    @object_type(access=Access.ANYONE, description="Declared.")
    class Parent:
        shown: str = declared_field(description="Declared by its type.")

    @strawberry.type
    class Child(Parent):
        hidden: str = "secret"

    @strawberry.type
    class Query:
        @strawberry.field
        def child(self) -> Child:
            return Child(shown="", hidden="")

        @resolved(access=Access.ANYONE, description="Declared.")
        def open_child(self) -> Child:
            return Child(shown="", hidden="")

        @resolved(access=Access.ANYONE, description="Declared.")
        def parent(self) -> Parent:
            return Parent(shown="")

    access_map = AccessMap(strawberry.Schema(Query)._schema)
    _check(access_map, "{ parent { shown __typename } }", None)
    for query in ("{ child { __typename } }", "{ openChild { hidden } }", "{ openChild { shown } }"):
        for principal in (None, world.operator):
            with pytest.raises(Forbidden, match="Nobody may ask for"):
                _check(access_map, query, principal)


def _check(access_map: AccessMap, query: str, principal: Principal | None) -> None:
    document = parse(query)
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    for requirement in access_map.requirements(document, operation):
        requirement.check(principal)


TRICKS = {
    "an alias": '{ user: viewer { kind: name } node: account(name: "sms-demo-1") { kind: creditsLeft } }',
    "a fragment": '{ account(name: "sms-demo-1") { ...F } } fragment F on Account { creditsLeft }',
    "nested fragments": (
        '{ account(name: "sms-demo-1") { ...F } } fragment F on Account { ... { ...G } } fragment G on Account { creditsLeft }'
    ),
    "a fragment on an interface": (
        "{ users { nodes { account { ...F } } } } fragment F on Node { ... on Account { creditsLeft } }"
    ),
    "a directive that takes it out again": "{ users { nodes { account { creditsLeft @skip(if: true) } } } }",
    "a fragment that is used twice": (
        "{ a: viewer { user { account { ...F } } } b: users { nodes { account { ...F } } } } "
        "fragment F on Account { name creditsLeft }"
    ),
    "a second operation that is harmless": "{ users { nodes { account { creditsLeft } } } } query H { viewer { name } }",
}


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_trick_of_the_language_leads_round(services: Services, callers: Callers, trick: str) -> None:
    """Fragments, aliases, directives and several operations hide no field from the check."""
    client = Client(graphql_app(services), await callers.secret("script"))
    query = f"query Q {TRICKS[trick]}"
    assert (await client.ask(query, operationName="Q")).codes == ["FORBIDDEN"]
    # Of several operations one has to be named.
    assert (await client.ask(query)).codes in (["FORBIDDEN"], ["OPERATION_RESOLUTION_FAILURE"])
    for nameless in ("", "none"):
        answer = await client.ask(query, operationName=nameless)
        assert answer.response.status_code == 400 or answer.codes
