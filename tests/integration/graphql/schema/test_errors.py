"""Errors at the edge: each has a code, none reveals what is only for the log, and the log stays clean."""

import json
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from server.operations.access.authentication import sign_in_holder
from server.operations.core.services import Services
from server.store.models import Account
from tests.client import Client, graphql_app, serving, socket_to
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.credits.ledgers import tamper

pytestmark = pytest.mark.one_database

SENDERS = '{ account(name: "sms-demo-1") { name senders { nodes { name kind } } } }'
DELETE = 'mutation { deleteSender(input: {account: "sms-demo-1", name: "Chappe"}) { userErrors { code } } }'
SEND = """
mutation ($x: String!) {
  sendMessage(
    input: {account: "sms-demo-1", sender: "Chappe", receivers: [$x], text: $x, tag: $x, idempotencyKey: $x}
  ) { userErrors { code } }
}
"""
SET_RATE = 'mutation { setRate(input: {country: "FR", credits: "1"}) { userErrors { code } } }'
VIEWER = "{ viewer { name } }"

PARSE, VALIDATE = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def client(services: Services, callers: Callers) -> Client:
    """The holder."""
    return Client(graphql_app(services), await callers.secret("holder"))


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (" ", PARSE), ("{", PARSE), ("{ viewer { name } } }", PARSE), ('query { a(b: "}', PARSE),
        ("{ nothing }", VALIDATE), ("{ viewer }", VALIDATE), ("{ node { id } }", VALIDATE),
        ("{ viewer { ...F } }", VALIDATE), ("{ node(id: 1.5) { id } }", VALIDATE),
        ("query ($x: Nothing) { viewer { name } }", VALIDATE), ("query ($x: Int) { viewer { name } }", VALIDATE),
        ('{ node(id: "x") { id } }', "BAD_USER_INPUT"), ('{ nodes(ids: ["QQ"]) { id } }', "BAD_USER_INPUT"),
        ('{ message(id: "VXNlcjox") { id } }', "BAD_USER_INPUT"), ("{ users(first: 0) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ users(first: 101) { nodes { id } } }", "BAD_USER_INPUT"),
        ("{ users(first: 1, last: 1) { nodes { id } } }", "BAD_USER_INPUT"),
        ('{ users(after: "x") { nodes { id } } }', "BAD_USER_INPUT"), ("{ pttCode(code: -1) { code } }", "BAD_USER_INPUT"),
        ('{ users(account: "sms-never-1") { nodes { id } } }', "UNKNOWN_ACCOUNT"),
        ('{ deliveryEvents(account: "sms-demo-1", login: "nobody") { nodes { sequence } } }', "UNKNOWN_USER"),
        ('mutation { setRate(input: {country: "FR", credits: "1"}) { userErrors { code } } }', "FORBIDDEN"),
        ('mutation { updateAccount(input: {account: "sms-demo-1", status: DISABLED}) { userErrors { code } } }', "FORBIDDEN"),
    ],
)  # fmt: skip
async def test_every_refusal_has_a_code(client: Client, query: str, code: str) -> None:
    """Documents that can't be read, arguments that can't be, names that are not there: none reaches the log."""
    with capture_logs() as logs:
        answer = await client.ask(query)
    assert set(answer.codes) == {code}
    assert answer.errors[0]["message"]
    assert [line for line in logs if line["log_level"] != "info"] == []


@pytest.mark.parametrize(
    ("type_", "value", "code"),
    [
        ("String!", None, "BAD_USER_INPUT"), ("String!", 1, "BAD_USER_INPUT"), ("String!", ["a"], "BAD_USER_INPUT"),
        ("Credits!", 1, "INVALID_AMOUNT"), ("Credits!", "1.0001", "INVALID_AMOUNT"), ("Credits!", "1e3", "INVALID_AMOUNT"),
        ("DateTime!", "yesterday", "INVALID_DATE"), ("DateTime!", "2026-01-01T00:00:00", "INVALID_DATE"),
        ("DateTime!", 0, "INVALID_DATE"), ("CountryCode!", "France", "BAD_USER_INPUT"), ("Int!", 2**31, "BAD_USER_INPUT"),
    ],
)  # fmt: skip
async def test_variables_are_refused_with_a_code(
    client: Client, type_: str, value: object, code: str
) -> None:
    """A value of the wrong type, or one that its scalar does not take."""
    fields = {
        "String!": "account(name: $x) { name }",
        "Credits!": 'account(name: "sms-demo-1") { alertTemplates { preview(values: {remaining: $x}) { smsBody } } }',
        "DateTime!": 'account(name: "sms-demo-1") { balanceAt(time: $x) }',
        "CountryCode!": "rates(countries: [$x]) { credits }",
        "Int!": "pttCode(code: $x) { code }",
    }
    query = f"query ($x: {type_}) {{ {fields[type_]} }}"
    with capture_logs() as logs:
        answer = await client.ask(query, {"x": value})
    assert answer.codes == [code]
    assert [line for line in logs if line["log_level"] != "info"] == []


@pytest.mark.parametrize("query", [SENDERS, DELETE])
async def test_a_fault_of_ours_is_masked_and_logged_once(client: Client, query: str) -> None:
    """The answer names a request that the log has the whole story of, once; what is right of it is given."""
    await tamper("UPDATE senders SET kind = 'bogus'")
    with capture_logs(processors=[merge_contextvars]) as logs:
        answer = await client.sending(**{"X-Request-ID": "my-request"}).ask(query)
    [error] = answer.errors
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "my-request"}
    assert "my-request" in error["message"]
    assert error["path"]
    assert "bogus" not in answer.response.text
    assert "Traceback" not in answer.response.text
    [line] = [line for line in logs if line["log_level"] == "error"]
    assert line["request_id"] == "my-request"
    assert "bogus" in repr(line["exc_info"])


async def test_a_fault_over_a_websocket_is_masked_too(services: Services, client: Client) -> None:
    """And the connection goes on."""
    await tamper("UPDATE senders SET kind = 'bogus'")
    async with serving(client.app) as host, socket_to(host) as socket:
        await socket.initialise(client.token)
        with capture_logs() as logs:
            answer = await socket.ask(SENDERS)
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["requestId"]
        assert "bogus" not in json.dumps(answer)
        assert len([line for line in logs if line["log_level"] == "error"]) == 1
        assert (await socket.ask(VIEWER))["data"]
    assert services


@pytest.mark.parametrize("token", ["chs_never", "", None])
async def test_bad_credentials_are_refused_only_where_somebody_has_to_be(
    client: Client, token: str | None
) -> None:
    """A token that has ended does not close the tables that anybody may read, nor the way to sign in again."""
    stranger = client.having(token)
    assert (await stranger.ask("{ deliveryStatuses { number } pttCode(code: 4) { description } }")).data
    assert (await stranger.ask("{ rates { country credits } }")).data["rates"]
    sign_in = 'mutation { signIn(input: {holder: {email: "holder@example.com", password: "correct horse battery"}}) { token } }'
    assert (await stranger.ask(sign_in)).data["signIn"]["token"]
    answer = await stranger.ask(VIEWER)
    assert answer.codes == ["UNAUTHENTICATED"]
    words = "Sign in first." if not token else "The session or token is unknown, revoked or expired."
    assert answer.errors[0]["message"] == words


MAKE_TOKEN = 'a: createAccessToken(input: {label: "l", scopes: [READ]}) { secret }'


@pytest.mark.parametrize(
    "failing",
    [
        'b: deleteSender(input: {account: "sms-demo-1", name: "Chappe"}) { userErrors { code } }',
        'b: updateAccount(input: {account: "sms-demo-1", status: DISABLED}) { userErrors { code } }',
        'b: updateAccount(input: {account: "sms-demo-1"}) { account { senders { nodes { kind } } } }',
    ],
)
async def test_what_was_done_is_told_beside_what_failed(
    services: Services, callers: Callers, failing: str
) -> None:
    """A created token's secret is shown, even if the mutation after it fails."""
    await tamper("UPDATE senders SET kind = 'bogus'")
    signed_in = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
    )
    client = Client(graphql_app(services), signed_in.secret)
    answer = await client.ask(f"mutation {{ {MAKE_TOKEN} {failing} }}")
    assert answer.errors[0]["path"][0] == "b"
    secret = answer.body["data"]["a"]["secret"]
    assert (await client.having(secret).ask(VIEWER)).data["viewer"]["name"] == callers.demo.holder.name
    assert answer.body["data"]["b"] in (None, {"account": None})


async def test_a_query_that_fails_takes_nothing_from_its_siblings(client: Client) -> None:
    """Each is null with its own error, and the rest is answered."""
    answer = await client.ask(
        '{ viewer { name } users(account: "sms-never-1") { nodes { login } } nodes(ids: ["x"]) { id } '
        'account(name: "sms-demo-1") { balanceAt(time: "now") } pttCodes(codes: [-1]) { code } }'
    )
    assert {(error["path"][0], error["extensions"]["code"]) for error in answer.errors} == {
        ("users", "UNKNOWN_ACCOUNT"), ("nodes", "BAD_USER_INPUT"), ("account", "INVALID_DATE"),
        ("pttCodes", "BAD_USER_INPUT"),
    }  # fmt: skip
    assert answer.body["data"] == {
        "viewer": {"name": "holder@example.com"}, "users": None, "nodes": None, "account": None, "pttCodes": None,
    }  # fmt: skip
    assert any("time: A time has to be in RFC 3339 format" in error["message"] for error in answer.errors)


async def test_a_refused_part_refuses_the_whole(client: Client, callers: Callers) -> None:
    """If one field of an operation is forbidden, nothing is done or shown."""
    script = client.having(await callers.secret("script"))
    query = (
        'mutation { cancelPendingMessages(input: {account: "sms-demo-1"}) { cancelled } '
        'createSender(input: {account: "sms-demo-1", name: "Mine"}) { sender { name } } }'
    )
    answer = await script.ask(query)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.body.get("data") is None
    await callers.demo.messages["script"].refresh_from_db()
    assert callers.demo.messages["script"].state == "queued"


ODD_TEXTS = [
    "a\0b",
    "\0",
    "\ud800",
    "x\udfffy",
    "\uffff",
    "🙂" * 1_000,
    "x" * 100_000,
    "' OR 1=1 --",
    "%",
    "_",
]


@pytest.mark.parametrize(
    "query",
    [
        "query ($x: String!) { account(name: $x) { name } }",
        'query ($x: String!) { user(account: "sms-demo-1", login: $x) { login } }',
        'query ($x: String!) { messages(account: "sms-demo-1", filter: {tag: $x}) { nodes { number } } }',
        "query ($x: String!) { accounts(filter: {namePrefix: $x}) { nodes { name } } }",
        "query ($x: String!) { users(after: $x) { nodes { login } } }",
        "mutation ($x: String!) { signIn(input: {holder: {email: $x, password: $x}}) { token } }",
        "mutation ($x: String!) { signIn(input: {user: {account: $x, login: $x, password: $x}}) { token } }",
        'mutation ($x: String!) { updateAccount(input: {account: "sms-demo-1", description: $x}) { userErrors { code } } }',
        "mutation ($x: String!) { createSender(input: {account: $x, name: $x, comment: $x}) { userErrors { code } } }",
        SEND,
        "mutation ($x: String!) { createAccessToken(input: {label: $x, scopes: [READ]}) { userErrors { code } } }",
    ],
)  # fmt: skip
async def test_odd_texts_are_no_fault_of_ours(client: Client, query: str) -> None:
    """A NUL, half a surrogate pair or a very long text is refused or not found, and nothing fails over it."""
    for text in ODD_TEXTS:
        with capture_logs() as logs:
            answer = await client.ask(query, {"x": text})
        assert answer.response.status_code < 500, repr(text[:9])
        assert "INTERNAL_SERVER_ERROR" not in answer.response.text, repr(text[:9])
        assert [line for line in logs if line["log_level"] == "error"] == []
    assert await Account.all().count() == 3


def _codes(errors: list[dict[str, Any]]) -> list[str]:
    return [error["extensions"]["code"] for error in errors]


async def test_errors_over_a_websocket_have_codes(client: Client) -> None:
    """Documents that are refused before they are run, and those that are refused while they are."""
    async with serving(client.app) as host, socket_to(host) as socket:
        await socket.initialise(client.token)
        assert _codes((await socket.ask("{ nothing }"))["errors"]) == [VALIDATE]
        assert _codes((await socket.ask('{ node(id: "x") { id } }'))["errors"]) == ["BAD_USER_INPUT"]
        assert _codes((await socket.ask(SET_RATE))["errors"]) == ["FORBIDDEN"]


async def test_a_refused_subscription_is_no_fault_of_ours(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither our log nor the library's has a word about it, and the connection goes on."""
    refused = {"sms-never-1": "UNKNOWN_ACCOUNT", "sms-demo-1": "BAD_USER_INPUT"}
    query = 'subscription ($x: String!) { deliveryStatusChanged(account: $x, after: "x") { cursor } }'
    with capture_logs() as logs:
        async with serving(client.app) as host, socket_to(host) as socket:
            await socket.initialise(client.token)
            for account, code in refused.items():
                assert _codes((await socket.ask(query, {"x": account}))["errors"]) == [code]
            assert (await socket.ask(VIEWER))["data"]
    assert [line for line in logs if line["log_level"] != "info"] == []
    assert [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}] == []
