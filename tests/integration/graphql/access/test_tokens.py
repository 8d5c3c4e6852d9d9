"""Access tokens at the edge: never more rights than their maker, and none from the moment they end."""

from typing import Any

import pytest

from server.graphql.schema.ids import node_id
from server.kit.clock import ManualClock
from server.kit.ids import secret_digest
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import delete_user
from server.operations.core.principals import Scope
from server.operations.core.services import Services
from server.store.models import AccessToken, Holder, User
from tests.client import PEER, Answer, Client, graphql_app
from tests.factories.access.callers import ELSEWHERE, Callers
from tests.factories.accounts.accounts import World

pytestmark = pytest.mark.one_database

MAKE = """
mutation ($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) { secret accessToken { id label scopes } userErrors { field code } }
}
"""
REVOKE = """
mutation ($input: RevokeAccessTokenInput!) {
  revokeAccessToken(input: $input) { accessToken { revokedAt } userErrors { field code } }
}
"""
END = REVOKE.replace("accessToken { revokedAt }", "")
CHANGE_PASSWORD = """
mutation ($input: ChangeUserPasswordInput!) { changeUserPassword(input: $input) { userErrors { code } } }
"""
VIEWER = "{ viewer { kind name scopes } }"
ACCOUNTS = "{ accounts { nodes { name } } }"
USERS = ["READ", "SEND"]
HOLDERS = ["CREDITS", "MANAGE", "READ", "SEND"]
EVERY = [scope.name for scope in Scope]
SCRIPT = {"account": "sms-demo-1", "login": "script-demo-1"}
OTHERS = {"account": "sms-other-1", "login": "script-other-1"}


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
def client(services: Services) -> Client:
    """A client that is nobody yet."""
    return Client(graphql_app(services))


async def _make(client: Client, **input: Any) -> Answer:
    return await client.ask(MAKE, {"input": {"label": "program", **input}})


async def _made(client: Client, **input: Any) -> tuple[str, str]:
    """Make a token; return its id and its secret."""
    payload = (await _make(client, **input)).data["createAccessToken"]
    assert payload["userErrors"] == []
    return payload["accessToken"]["id"], payload["secret"]


@pytest.mark.parametrize(("caller", "own"), [("script", USERS), ("holder", HOLDERS), ("operator", EVERY)])
async def test_a_token_is_never_wider_than_its_maker(
    client: Client, callers: Callers, caller: str, own: list[str]
) -> None:
    """Each scope that the maker has can be given, alone and with the others; one that it lacks can't."""
    session = client.having(await callers.secret(caller))
    for scopes in [*([scope] for scope in own), own]:
        _, secret = await _made(session, scopes=scopes)
        viewer = (await client.having(secret).ask(VIEWER)).data["viewer"]
        assert viewer["scopes"] == sorted(scopes)
    before = await AccessToken.all().count()
    for scope in set(EVERY) - set(own):
        for scopes in ([scope], [*own, scope]):
            assert (await _make(session, scopes=scopes)).codes == ["FORBIDDEN"]
    assert await AccessToken.all().count() == before


async def test_a_token_for_a_user_is_that_user(client: Client, callers: Callers) -> None:
    """Its holder can make one, which sees what the user sees, and has no more scopes than a user."""
    session = client.having(await callers.secret("holder"))
    _, secret = await _made(session, scopes=USERS, user=SCRIPT)
    program = client.having(secret)
    assert (await program.ask(VIEWER)).data["viewer"] == {
        "kind": "USER", "name": f"user:{callers.demo.script.login}", "scopes": USERS,
    }  # fmt: skip
    assert (await program.ask(ACCOUNTS)).codes == ["FORBIDDEN"]
    answer = await _make(session, scopes=["MANAGE"], user=SCRIPT)
    assert answer.refusals == [("INVALID_INPUT", "scopes")]
    assert (await _make(session, scopes=["READ"], user=OTHERS)).refusals == [
        ("UNKNOWN_ACCOUNT", "user", "account")
    ]


async def test_an_api_user_makes_tokens_for_itself_alone(client: Client, callers: Callers) -> None:
    """Whomever it names, the token is for itself."""
    session = client.having(await callers.secret("script"))
    colleague = {"account": "sms-demo-1", "login": callers.demo.colleague.login}
    _, secret = await _made(session, scopes=["READ"], user=colleague)
    viewer = (await client.having(secret).ask(VIEWER)).data["viewer"]
    assert viewer["name"] == f"user:{callers.demo.script.login}"


async def test_a_bound_token_stays_in_its_accounts(client: Client, callers: Callers) -> None:
    """Reading and writing elsewhere is like naming what is not there, also by transfer and for its own holder."""
    session = client.having(await callers.secret("holder"))
    _, secret = await _made(session, scopes=HOLDERS, accounts=[ELSEWHERE])
    bound = client.having(secret)
    assert (await bound.ask(ACCOUNTS)).data == {"accounts": {"nodes": [{"name": ELSEWHERE}]}}
    answer = await bound.ask('{ account(name: "sms-demo-1") { name } }')
    assert answer.data == {"account": None}
    transfer = await bound.ask(
        f'mutation {{ transferCredits(input: {{source: "{ELSEWHERE}", target: "sms-demo-1", credits: "1", '
        'idempotencyKey: "k"}) { userErrors { field code } } }'
    )
    assert transfer.refusals == [("UNKNOWN_ACCOUNT", "target")]


async def test_what_administers_the_server_is_bound_to_nothing(client: Client, callers: Callers) -> None:
    """A token for one account could create an unbound operator otherwise."""
    session = client.having(await callers.secret("operator"))
    answer = await _make(session, scopes=["OPERATE", "READ"], accounts=["sms-demo-1"])
    assert answer.refusals == [("INVALID_INPUT", "scopes")]


@pytest.mark.parametrize(
    "caller", ["holder:manage", "holder:bound", "operator:operate", "script:read", "script:send"]
)
async def test_tokens_make_no_tokens(client: Client, callers: Callers, caller: str) -> None:
    """So that none outlives the one that it came from."""
    program = client.having(await callers.secret(caller))
    for scope in EVERY:
        assert (await _make(program, scopes=[scope])).codes == ["FORBIDDEN"]


async def test_a_token_ends_when_it_says(client: Client, callers: Callers, clock: ManualClock) -> None:
    """To the second; and a session too."""
    session_secret = await callers.secret("holder")
    _, secret = await _made(client.having(session_secret), scopes=["READ"], lifetimeSeconds=60)
    clock.advance(59)
    assert (await client.having(secret).ask(VIEWER)).data
    clock.advance(1)
    assert (await client.having(secret).ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await client.having(session_secret).ask(VIEWER)).data
    clock.advance(12 * 3600)
    assert (await client.having(session_secret).ask(VIEWER)).codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("seconds", [0, -1, 366 * 86_400 + 1, 2**31 - 1])
async def test_no_token_lives_for_ever(client: Client, callers: Callers, seconds: int) -> None:
    """At least a second, at most 366 days."""
    answer = await _make(
        client.having(await callers.secret("holder")), scopes=["READ"], lifetimeSeconds=seconds
    )
    assert answer.refusals == [("INVALID_INPUT", "lifetimeSeconds")]


async def test_a_revoked_token_is_refused(client: Client, callers: Callers) -> None:
    """By the very next request; so is a session that was signed out."""
    session = client.having(await callers.secret("holder"))
    token_id, secret = await _made(session, scopes=["READ"])
    program = client.having(secret)
    assert (await program.ask(VIEWER)).data
    revoked = (await session.ask(REVOKE, {"input": {"id": token_id}})).data["revokeAccessToken"]
    assert revoked["accessToken"]["revokedAt"]
    assert (await program.ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await session.ask("mutation { signOut { signedOut } }")).data == {"signOut": {"signedOut": True}}
    assert (await session.ask(VIEWER)).codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [("holder:read", False), ("holder:credits", False), ("script:read", False), ("script:send", False),
     ("holder:manage", True)],
)  # fmt: skip
async def test_a_leaked_token_ends_no_other(
    client: Client,
    callers: Callers,
    caller: str,
    allowed: bool,  # noqa: FBT001 the two cases
) -> None:
    """Ending others' takes the right to manage; ending itself takes none."""
    name = caller.partition(":")[0]
    target_id, target = await _made(client.having(await callers.secret(name)), scopes=["READ"])
    secret = await callers.secret(caller)
    assert secret
    program = client.having(secret)
    answer = await program.ask(END, {"input": {"id": target_id}})
    assert answer.codes == ([] if allowed else ["FORBIDDEN"])
    assert bool((await client.having(target).ask(VIEWER)).errors) is allowed
    own = await AccessToken.get(digest=secret_digest(secret))
    answer = await program.ask(END, {"input": {"id": node_id("AccessToken", own.id)}})
    assert answer.refusals == []
    assert (await program.ask(VIEWER)).codes == ["UNAUTHENTICATED"]


async def test_another_password_ends_a_users_tokens(client: Client, callers: Callers) -> None:
    """Its sessions and tokens end, whoever made them; a colleague's go on."""
    holder = client.having(await callers.secret("holder"))
    _, made_for = await _made(holder, scopes=["READ"], user=SCRIPT)
    _, made_by = await _made(client.having(await callers.secret("script")), scopes=["READ"])
    ended = [made_for, made_by, await callers.secret("script")]
    colleague = await callers.secret("colleague")
    await holder.ask(CHANGE_PASSWORD, {"input": SCRIPT})
    for secret in ended:
        assert (await client.having(secret).ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await client.having(colleague).ask(VIEWER)).data


async def test_whom_somebody_stops_is_stopped_with_all_tokens(
    client: Client, callers: Callers, services: Services
) -> None:
    """A disabled user, a deleted one, and a disabled holder with what it made for its users."""
    holder = client.having(await callers.secret("holder"))
    secrets = {}
    for who in ("script", "colleague"):
        login = getattr(callers.demo, who).login
        _, secrets[who] = await _made(holder, scopes=["READ"], user={"account": "sms-demo-1", "login": login})
    await User.filter(id=callers.demo.script.id).update(enabled=False)
    assert (await client.having(secrets["script"]).ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    await User.filter(id=callers.demo.script.id).update(enabled=True)
    await delete_user(services, callers.world.holder, **SCRIPT)
    assert (await client.having(secrets["script"]).ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    await Holder.filter(id=callers.world.holder.holder_id).update(enabled=False)
    for secret in (secrets["colleague"], holder.token):
        assert (await client.having(secret).ask(VIEWER)).codes == ["UNAUTHENTICATED"]


async def test_a_users_addresses_bind_its_tokens(
    client: Client, callers: Callers, services: Services
) -> None:
    """Also those that were there before the restriction, and those that its holder made."""
    holder = client.having(await callers.secret("holder"))
    _, made_for = await _made(holder, scopes=["READ"], user=SCRIPT)
    secrets = [made_for, await callers.secret("script:read"), await callers.secret("script")]
    await set_user_ip_restrictions(services, callers.world.holder, **SCRIPT, addresses=["198.51.100.7"])
    for secret in secrets:
        assert (await client.having(secret).ask(VIEWER)).codes == ["ADDRESS_NOT_ALLOWED"]
        assert (await client.having(secret).at("198.51.100.7").ask(VIEWER)).data
    assert PEER != "198.51.100.7"
    assert (await holder.ask(VIEWER)).data


@pytest.mark.parametrize("secret", ["", " ", "x", "chs_", "cht_" + "A" * 43, "é", "a b", "A" * 8_000])
async def test_a_made_up_secret_is_nobodys(client: Client, callers: Callers, secret: str) -> None:
    """Whatever it looks like."""
    assert callers
    answer = await client.sending(Authorization=f"Bearer {secret}").ask(VIEWER)
    assert answer.codes == ["UNAUTHENTICATED"]


async def test_a_digest_opens_nothing(client: Client, callers: Callers) -> None:
    """Reading the database reveals no secret."""
    assert callers
    for token in await AccessToken.all():
        assert (await client.having(token.digest).ask(VIEWER)).codes == ["UNAUTHENTICATED"]
