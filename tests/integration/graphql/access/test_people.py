"""Passwords, sessions and tokens' creations, as a panel queries them."""

from dataclasses import replace

import pytest

from server.operations.access.authentication import principal_of_secret, sign_in_holder
from server.operations.access.tokens import create_access_token
from server.operations.core.principals import Principal, Scope
from server.store.models import AuditEntry, Holder
from tests.client import PEER, Client, graphql_app
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.graphql.api import ADDRESS, Api

pytestmark = pytest.mark.one_database

SESSIONS = "nodes { id current address userAgent createdAt lastUsedAt expiresAt }"
HERE = {"account": "sms-demo-1", "login": "script"}


async def _session(world: World, name: str = "holder") -> Principal:
    signed_in = await sign_in_holder(
        world.services, email=f"{name}@example.com", password=HOLDER_PASSWORD, address=ADDRESS
    )
    return await principal_of_secret(world.services, signed_in.secret, ADDRESS)


async def test_a_holder_changes_its_password(api: Api, world: World) -> None:
    """A wrong current one is refused at its field; the others' sessions go from the list."""
    here = await _session(world)
    await _session(world)
    input = {"currentPassword": HOLDER_PASSWORD, "newPassword": "another password"}
    code = await api.refusal(here, "changePassword", **{**input, "currentPassword": "wrong"})
    assert code == ("WRONG_PASSWORD", ["currentPassword"])
    answer = await api.mutate(here, "changePassword", "holder { email enabled isOperator }", **input)
    assert answer["holder"] == {"email": "holder@example.com", "enabled": True, "isOperator": False}
    listed = (await api.data(here, f"{{ viewer {{ sessions {{ {SESSIONS} }} }} }}"))["viewer"]["sessions"]
    assert [node["current"] for node in listed["nodes"]] == [True]


async def test_a_holder_changes_its_name(api: Api, world: World) -> None:
    """Everybody who signs in by e-mail does it alone, in a session; the name that was is in the audit trail."""
    for who in ("holder", "operator"):
        here = await _session(world, who)
        answer = await api.mutate(here, "updateProfile", "holder { name email }", name=" Ada Łącz ")
        assert answer["holder"] == {"name": "Ada Łącz", "email": f"{who}@example.com"}
        entry = await AuditEntry.get(action="updateProfile", caused_by=f"{who}@example.com")
        assert (entry.account_id, entry.subject) == (None, f"{who}@example.com")
        assert (entry.detail, entry.before) == ('{"name":"Ada Łącz"}', f'{{"name":"{who.capitalize()}"}}')
        for wrong, code in ((" ", "INVALID_INPUT"), ("x" * 101, "INVALID_INPUT"), ("a\nb", "INVALID_TEXT")):
            assert await api.refusal(here, "updateProfile", name=wrong) == (code, ["name"])
    assert (await Holder.get(email="holder@example.com")).name == "Ada Łącz"
    assert await Holder.get(email="neighbour@example.com", name="Neighbour")


async def test_an_operator_resets_stops_and_lets_in_again(api: Api, world: World) -> None:
    """The generated password is shown once, and the last operator stays."""
    operator = await _session(world, "operator")
    by_email = {"email": "holder@example.com"}
    answer = await api.mutate(
        operator, "resetHolderPassword", "generatedPassword holder { email }", **by_email
    )
    assert len(answer["generatedPassword"]) == 20
    given = await api.mutate(
        operator, "resetHolderPassword", "generatedPassword", **by_email, password=HOLDER_PASSWORD
    )
    assert given == {"generatedPassword": None}
    holder = await _session(world)
    text = "holder { enabled sessions { nodes { id } } }"
    answer = await api.mutate(operator, "setHolderEnabled", text, **by_email, enabled=False)
    assert answer["holder"] == {"enabled": False, "sessions": {"nodes": []}}
    answer = await api.mutate(operator, "setHolderEnabled", text, **by_email, enabled=True)
    assert answer["holder"]["enabled"] is True
    assert holder.token_id
    refusal = await api.refusal(operator, "setHolderEnabled", email="operator@example.com", enabled=False)
    assert refusal == ("LAST_OPERATOR", ["email"])


async def test_sessions_are_listed_and_ended(api: Api, world: World) -> None:
    """One's own, a user's by its holder, a holder's by an operator; found again by id until they end."""
    await world.user(await world.account())
    first, here = await _session(world), await _session(world)
    await api.mutate(None, "signIn", "token", user={**HERE, "password": USER_PASSWORD})
    text = f"""{{
      viewer {{ sessions {{ {SESSIONS} }} holder {{ sessions {{ nodes {{ id }} }} }} }}
      user(account: "sms-demo-1", login: "script") {{ sessions {{ {SESSIONS} }} }}
    }}"""
    data = await api.data(here, text)
    own, users = data["viewer"]["sessions"]["nodes"], data["user"]["sessions"]["nodes"]
    assert [(session["current"], session["address"]) for session in own] == [
        (True, ADDRESS),
        (False, ADDRESS),
    ]
    assert own[0]["createdAt"] == "2026-09-21T12:00:00.000Z"
    assert own[0]["expiresAt"] == "2026-09-22T00:00:00.000Z"
    assert [session["id"] for session in data["viewer"]["holder"]["sessions"]["nodes"]] == [
        session["id"] for session in own
    ]
    ids = [own[1]["id"], users[0]["id"]]
    node = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Session { current } } }"
    assert [session["id"] for session in (await api.data(here, node, ids=ids))["nodes"]] == ids
    ended = await api.mutate(here, "revokeSession", "revokedSessionId", id=ids[0])
    assert ended == {"revokedSessionId": ids[0]}
    assert await api.mutate(here, "revokeSessions", "revoked", user=HERE) == {"revoked": 1}
    assert (await api.data(here, node, ids=ids))["nodes"] == [None, None]
    assert await api.mutate(here, "revokeSessions", "revoked", keepCurrent=False) == {"revoked": 1}
    operator = await _session(world, "operator")
    answer = await api.mutate(operator, "revokeSessions", "revoked", holderEmail="holder@example.com")
    assert (answer, first.is_user) == ({"revoked": 0}, False)


async def test_what_a_token_made_is_listed_with_it(api: Api, world: World) -> None:
    """With when it ends, and who acts by which token; a session keeps a user."""
    await world.user(await world.account(), "other")
    await world.account("sms-demo-2")
    session = await _session(world)
    made = await create_access_token(
        world.services, session, label="ci", scopes=[Scope.MANAGE, Scope.READ, Scope.SEND],
        lifetime_seconds=3_600, accounts=["sms-demo-1"],
    )  # fmt: skip
    token = await principal_of_secret(world.services, made.secret, ADDRESS)
    created = await api.mutate(token, "createUser", "user { endsAt }", **HERE, password=USER_PASSWORD)
    assert created == {"user": {"endsAt": "2026-09-21T13:00:00.000Z"}}
    await create_access_token(
        world.services, session, label="theirs", scopes=[Scope.READ], lifetime_seconds=60,
        user=("sms-demo-1", "script"),
    )  # fmt: skip
    text = """{
      viewer { accessTokens { nodes {
        label user { login } accounts { name }
        users { nodes { login endsAt accessTokens { nodes { label } } sessions { nodes { id } } } }
      } } }
      users { nodes { accessTokens { nodes { label } } sessions { nodes { id } } } }
    }"""
    theirs, ci = (await api.data(session, text))["viewer"]["accessTokens"]["nodes"]
    assert (theirs["user"], theirs["accounts"]) == ({"login": "script"}, [])
    assert (ci["user"], ci["accounts"]) == (None, [{"name": "sms-demo-1"}])
    assert ci["users"]["nodes"] == [
        {
            "login": "script",
            "endsAt": "2026-09-21T13:00:00.000Z",
            "accessTokens": {"nodes": [{"label": "theirs"}]},
            "sessions": {"nodes": []},
        }
    ]
    kept = await api.mutate(session, "keepUser", "user { login endsAt }", **HERE)
    assert kept == {"user": {"login": "script", "endsAt": None}}
    [_, ci] = (await api.data(session, text))["viewer"]["accessTokens"]["nodes"]
    assert [user["login"] for user in ci["users"]["nodes"]] == ["script"]
    assert replace(token, in_session=True).holder_id == session.holder_id


async def test_a_sign_in_by_http_is_listed_with_its_program(world: World) -> None:
    """As the program calls itself."""
    client = Client(graphql_app(world.services))
    text = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
    holder = {"email": "holder@example.com", "password": HOLDER_PASSWORD}
    answer = await client.ask(text, {"input": {"holder": holder}})
    client = client.having(answer.data["signIn"]["token"])
    answer = await client.ask("{ viewer { sessions { nodes { address userAgent } } } }")
    [session] = answer.data["viewer"]["sessions"]["nodes"]
    assert session["address"] == PEER
    assert session["userAgent"].startswith("python-httpx/")
