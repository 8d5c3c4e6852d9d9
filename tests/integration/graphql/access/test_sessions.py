"""Signing in and out at the edge: who gets a session, from where, how often, and what a cookie can do."""

import json
import sys
from http.cookies import Morsel, SimpleCookie
from io import StringIO
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from server.kit.clock import ManualClock
from server.kit.logging import configure_logging
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import delete_user
from server.operations.core.services import Services
from server.store.models import Account, Holder, User
from server.store.models.accounts import AccountStatus
from server.store.sql import fetch
from tests.client import HOST, PEER, Answer, Client, graphql_app, serving, socket_to
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.store.tables import TABLES

pytestmark = pytest.mark.one_database

SIGN_IN = """
mutation ($input: SignInInput!) {
  signIn(input: $input) { token expiresAt viewer { kind name scopes } userErrors { code field retryAfter } }
}
"""
VIEWER = "{ viewer { kind name } }"
SIGN_OUT = "mutation { signOut { signedOut } }"
HOME = "192.0.2.1"
WRONG = ("UNAUTHENTICATED", None)


def _holder(name: str = "holder", password: str = HOLDER_PASSWORD) -> dict[str, Any]:
    return {"input": {"holder": {"email": f"{name}@example.com", "password": password}}}


def _user(
    login: str = "script", password: str = USER_PASSWORD, account: str = "sms-demo-1"
) -> dict[str, Any]:
    return {"input": {"user": {"account": account, "login": login, "password": password}}}


async def _refused(client: Client, variables: dict[str, Any]) -> tuple[str, int | None]:
    """Try to sign in, which has to be refused as a whole; return the code and in how many seconds to try again."""
    signed_in = (await client.ask(SIGN_IN, variables)).data["signIn"]
    assert signed_in["token"] is signed_in["viewer"] is signed_in["expiresAt"] is None
    [error] = signed_in["userErrors"]
    assert error["field"] == []
    return error["code"], error["retryAfter"]


def _cookie(answer: Answer) -> Morsel[str]:
    return SimpleCookie(answer.response.headers["set-cookie"])["chappe_session"]


@pytest.fixture
def client(services: Services) -> Client:
    """A client that is nobody yet."""
    return Client(graphql_app(services))


@pytest.fixture
async def user(world: World) -> User:
    """The user "script" of "sms-demo-1"."""
    return await world.user(await world.account())


@pytest.mark.parametrize(
    ("variables", "kind", "name", "scopes"),
    [
        (_user(), "USER", "user:script", ["READ", "SEND"]),
        (_user("SCRIPT"), "USER", "user:script", ["READ", "SEND"]),
        (_holder(), "HOLDER", "holder@example.com", ["CREDITS", "MANAGE", "READ", "SEND"]),
        (
            _holder("operator"),
            "OPERATOR",
            "operator@example.com",
            ["CREDITS", "MANAGE", "OPERATE", "READ", "SEND"],
        ),
    ],
)
async def test_signing_in(
    client: Client, user: User, variables: dict[str, Any], kind: str, name: str, scopes: list[str]
) -> None:
    """Holder, operator and API user get a session, which tells who they are and lasts for twelve hours."""
    assert user
    signed_in = (await client.ask(SIGN_IN, variables)).data["signIn"]
    assert signed_in["viewer"] == {"kind": kind, "name": name, "scopes": scopes}
    assert signed_in["expiresAt"] == "2026-09-22T00:00:00.000Z"
    answer = await client.having(signed_in["token"]).ask(VIEWER)
    assert answer.data == {"viewer": {"kind": kind, "name": name}}


async def test_nobody_hears_why_not(client: Client, user: User, world: World, services: Services) -> None:
    """A wrong password, an unknown name, somebody disabled or deleted: the same answer, byte for byte."""
    account = await Account.get(id=user.account_id)
    for login in ("disabled", "deleted"):
        await world.user(account, login)
    await User.filter(login="disabled").update(enabled=False)
    await delete_user(services, world.holder, account=account.name, login="deleted")
    closed = await world.account("sms-closed-1")
    await world.user(closed, "script")
    await Account.filter(id=closed.id).update(status=AccountStatus.DISABLED)
    await Holder.filter(email="neighbour@example.com").update(enabled=False)
    asked = {
        "user": [
            _user(password="wrong123"), _user("nobody"), _user(account="sms-never-1"), _user("disabled"),
            _user("deleted"), _user(account="sms-closed-1"), _user(password=""), _user(password="x" * 100_000),
        ],
        "holder": [_holder(password="wrong wrong wrong"), _holder("nobody"), _holder("neighbour"), _holder(password="")],
    }  # fmt: skip
    for kind, many in asked.items():
        answers = [await client.ask(SIGN_IN, variables) for variables in many]
        assert {tuple(answer.refusals) for answer in answers} == {(("UNAUTHENTICATED",),)}, kind
        assert len({answer.said for answer in answers}) == 1
        assert all("set-cookie" not in answer.response.headers for answer in answers)


async def test_an_address_is_checked_at_sign_in_and_at_each_use(
    client: Client, user: User, services: Services, world: World
) -> None:
    """A restriction holds for the password, and from the next request on for sessions that were there before."""
    session = client.at(HOME).having((await client.at(HOME).ask(SIGN_IN, _user())).data["signIn"]["token"])
    await set_user_ip_restrictions(
        services, world.holder, account="sms-demo-1", login=user.login, addresses=[PEER, "2001:db8::1"]
    )
    assert (await session.ask(VIEWER)).codes == ["ADDRESS_NOT_ALLOWED"]
    for allowed in (PEER, "2001:db8::1", "2001:0DB8:0:0::1", f"::ffff:{PEER}"):
        assert (await session.at(allowed).ask(VIEWER)).data, allowed
        assert (await client.at(allowed).ask(SIGN_IN, _user())).data["signIn"]["token"], allowed
    assert await _refused(client.at(HOME), _user()) == ("ADDRESS_NOT_ALLOWED", None)
    assert await _refused(client.at(HOME), _user(password="wrong123")) == WRONG
    forged = client.at(HOME).sending(**{"X-Forwarded-For": PEER, "Forwarded": f"for={PEER}"})
    assert await _refused(forged, _user()) == ("ADDRESS_NOT_ALLOWED", None)


@pytest.mark.parametrize("variables", [_user, _holder])
async def test_guessing_at_one_login_is_slowed_down(
    client: Client, user: User, clock: ManualClock, variables: Any
) -> None:
    """After five failures even the right password has to wait, from wherever; success wipes the slate clean."""
    assert user
    for turn in range(5):
        assert await _refused(client.at(f"198.51.100.{turn}"), variables(password="wrong123")) == WRONG
    assert await _refused(client, variables()) == ("THROTTLED", 2)
    clock.advance(2)
    assert (await client.ask(SIGN_IN, variables())).data["signIn"]["token"]
    for _ in range(4):
        assert await _refused(client, variables(password="wrong123")) == WRONG
    assert (await client.ask(SIGN_IN, variables())).data["signIn"]["token"]


async def test_guessing_from_one_address_is_slowed_down(
    client: Client, user: User, clock: ManualClock
) -> None:
    """Twenty failures at any logins; a success at one login does not clear the address."""
    assert user
    for turn in range(19):
        assert await _refused(client, _user(f"nobody-{turn}")) == WRONG
    assert (await client.ask(SIGN_IN, _user())).data["signIn"]["token"]
    assert await _refused(client, _user("nobody-again")) == WRONG
    code, seconds = await _refused(client, _holder())
    assert code == "THROTTLED"
    assert seconds
    assert (await client.at(HOME).ask(SIGN_IN, _holder())).data["signIn"]["token"]
    clock.advance(seconds)
    assert (await client.ask(SIGN_IN, _holder())).data["signIn"]["token"]


@pytest.mark.parametrize("secure", [True, False])
async def test_a_holders_browser_gets_a_cookie(services: Services, world: World, secure: bool) -> None:  # noqa: FBT001 the two cases
    """Out of reach of scripts and of other sites, and of plain HTTP where that is set."""
    assert world
    client = Client(graphql_app(services, secure_cookies=secure))
    answer = await client.ask(SIGN_IN, _holder())
    cookie = _cookie(answer)
    assert cookie.value == answer.data["signIn"]["token"]
    assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"]) == (True, "strict", "/")
    assert (bool(cookie["secure"]), cookie["max-age"], cookie["domain"]) == (secure, "43200", "")
    browser = client.sending(Cookie=f"chappe_session={cookie.value}")
    assert (await browser.ask(VIEWER)).data["viewer"]["kind"] == "HOLDER"
    left = await browser.ask(SIGN_OUT)
    assert _cookie(left).value == ""
    assert (await browser.ask(VIEWER)).codes == ["UNAUTHENTICATED"]
    assert (await client.having(cookie.value).ask(VIEWER)).codes == ["UNAUTHENTICATED"]


async def test_a_program_gets_no_cookie(client: Client, user: User) -> None:
    """An API user's session is a token alone."""
    assert user
    assert "set-cookie" not in (await client.ask(SIGN_IN, _user())).response.headers


@pytest.mark.parametrize(
    ("origin", "kind"),
    [
        (f"http://{HOST}", "HOLDER"), ("https://evil.test", None), ("null", None), ("http://[", None), ("", None),
        (f"http://{HOST}.evil.test", None), (f"http://evil.test/{HOST}", None), (f"http://{HOST}:8080", None),
        (f"http://user@{HOST}", None),
    ],
)  # fmt: skip
async def test_another_sites_page_has_no_use_of_the_cookie(
    client: Client, world: World, origin: str, kind: str | None
) -> None:
    """What a browser sends along for a page of another origin counts for nothing; a bearer token does."""
    assert world
    token = (await client.ask(SIGN_IN, _holder())).data["signIn"]["token"]
    browser = client.sending(Cookie=f"chappe_session={token}", Origin=origin)
    answer = await browser.ask(VIEWER)
    if kind:
        assert answer.data["viewer"]["kind"] == kind
    else:
        assert answer.codes == ["UNAUTHENTICATED"]
    assert (await browser.having(token).ask(VIEWER)).data["viewer"]["kind"] == "HOLDER"


async def test_the_same_holds_for_a_websocket(client: Client, services: Services, world: World) -> None:
    """A page of another site can not even open one."""
    assert world
    token = (await client.ask(SIGN_IN, _holder())).data["signIn"]["token"]
    cookie = {"Cookie": f"chappe_session={token}"}
    async with serving(graphql_app(services)) as host:
        async with socket_to(host, origin=f"http://{host}", headers=cookie) as socket:
            await socket.initialise()
            assert (await socket.ask(VIEWER))["data"]["viewer"]["kind"] == "HOLDER"
        for origin in ("https://evil.test", "null", f"http://{host}.evil.test"):
            with pytest.raises(InvalidStatus, match="HTTP 403"):
                async with socket_to(host, origin=origin, headers=cookie):
                    pass


@pytest.fixture
def real_logging(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Log as the server does, at its chattiest; return what would be on standard error."""
    printed = StringIO()
    monkeypatch.setattr(sys, "stderr", printed)
    configure_logging(json=True, level="debug")
    return printed


async def test_secrets_are_kept_nowhere(
    client: Client, user: User, services: Services, real_logging: StringIO
) -> None:
    """After a day's work no password, session or token is in any table, or in any line of the log."""
    assert user
    secrets = {HOLDER_PASSWORD, USER_PASSWORD, "wrong123", "newpass1", "another holder"}
    for variables in (_user(password="wrong123"), _user(), _holder("operator"), _holder()):
        answer = await client.ask(SIGN_IN, variables)
        if answer.data["signIn"]["token"]:
            secrets.add(answer.data["signIn"]["token"])
            client = client.having(answer.data["signIn"]["token"])
    made = await client.ask(
        'mutation { createAccessToken(input: {label: "l", scopes: [READ]}) { secret accessToken { label } } }'
    )
    secrets.add(made.data["createAccessToken"]["secret"])
    named = 'account: "sms-demo-1", login: "script"'
    changed = await client.ask(
        f"mutation {{ changeUserPassword(input: {{{named}}}) {{ generatedPassword }} }}"
    )
    secrets.add(changed.data["changeUserPassword"]["generatedPassword"])
    given = (
        f'mutation {{ changeUserPassword(input: {{{named}, password: "newpass1"}}) {{ user {{ login }} }} }}'
    )
    assert (await client.ask(given)).data
    created = (
        'mutation { createHolder(input: {email: "h@example.com", name: "H", password: "another holder"}) '
        "{ holder { name } } }"
    )
    operator = (await client.ask(SIGN_IN, _holder("operator"))).data["signIn"]["token"]
    secrets.add(operator)
    assert (await client.having(operator).ask(created)).data
    async with serving(graphql_app(services)) as host, socket_to(host) as socket:
        await socket.initialise(operator)
        assert (await socket.ask(VIEWER))["data"]
    await client.ask("{ broken")
    await client.ask(VIEWER, operationName="none")
    await client.ask(SIGN_OUT)
    assert len(secrets) == 11
    rows = json.dumps([await fetch(f"SELECT * FROM {table}") for table in TABLES], default=str)
    log = real_logging.getvalue()
    assert '"event":"request"' in log
    for text in (rows, log):
        assert [secret for secret in secrets if secret in text] == []
