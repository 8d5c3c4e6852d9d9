"""Mutations of API users, with what follows from each."""

import pytest

from server.errors import AddressNotAllowed, Unauthenticated
from server.operations.access.authentication import authenticate_user
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.credits.verification import check_all_books
from tests.factories.graphql.api import ADDRESS, Api, Json
from tests.factories.messages.messages import send

pytestmark = pytest.mark.one_database

ACCOUNT: Json = {"account": "sms-demo-1"}
USER: Json = {**ACCOUNT, "login": "script"}
BALANCES = """
    { account(name: "sms-demo-1") { creditsLeft creditsHeldByQuota userQuantityWithQuota
                                    user(login: "script") { quota { enabled left assigned } } } }
"""


async def _may_act(world: World, password: str = USER_PASSWORD, address: str = ADDRESS) -> bool:
    """Tell whether the user gets in with a password from an address."""
    try:
        await authenticate_user(world.services, **USER, password=password, address=address)
    except (Unauthenticated, AddressNotAllowed):
        return False
    return True


async def _balances(api: Api, world: World) -> tuple[str, str, int]:
    account = (await api.data(world.holder, BALANCES))["account"]
    return account["creditsLeft"], account["creditsHeldByQuota"], account["userQuantityWithQuota"]


async def test_a_created_user_can_act(api: Api, world: World) -> None:
    """A user with a password of one's own is there at once and gets in with it; the password is not repeated."""
    await world.account()
    selection = "user { login enabled quota { enabled } } generatedPassword"
    made = await api.mutate(world.holder, "createUser", selection, **USER, password=USER_PASSWORD)
    assert made == {
        "user": {"login": "script", "enabled": True, "quota": {"enabled": False}}, "generatedPassword": None,
    }  # fmt: skip
    assert await _may_act(world)
    assert not await _may_act(world, "abcd1235")


async def test_a_generated_password_is_shown_once(api: Api, world: World) -> None:
    """Without a password the server makes one of 8 letters or digits, which works."""
    await world.account()
    made = await api.mutate(world.holder, "createUser", "generatedPassword", **USER)
    password = made["generatedPassword"]
    assert (len(password), password.isascii(), password.isalnum()) == (8, True, True)
    assert await _may_act(world, password)
    again = await api.mutate(world.holder, "changeUserPassword", "generatedPassword", **USER)
    assert await _may_act(world, again["generatedPassword"])
    assert not await _may_act(world, password)


async def test_a_changed_password_ends_the_sessions(api: Api, world: World) -> None:
    """After a change only the new password works, and tokens made with the old one are revoked."""
    account = await world.account()
    await world.user(account)
    sign_in = {"user": {**USER, "password": USER_PASSWORD}}
    made = await api.mutate(None, "signIn", "token viewer { kind name }", **sign_in)
    assert made["viewer"] == {"kind": "USER", "name": "user:script"}
    await api.mutate(world.holder, "changeUserPassword", "generatedPassword", **USER, password="efgh5678")
    assert (await _may_act(world, "efgh5678"), await _may_act(world)) == (True, False)


async def test_a_stopped_user_is_out_until_it_is_let_in_again(api: Api, world: World) -> None:
    """A disabled user does not get in, and what it had waiting is cancelled and refunded."""
    account = await world.account()
    user = await world.user(account)
    await send(world.services, world.as_user(user), account)
    stopped = await api.mutate(world.holder, "setUserEnabled", "user { enabled }", **USER, enabled=False)
    assert stopped == {"user": {"enabled": False}}
    assert not await _may_act(world)
    assert (await _balances(api, world))[0] == "200"
    events = '{ deliveryEvents(account: "sms-demo-1") { nodes { status } } }'
    nodes = (await api.data(world.holder, events))["deliveryEvents"]["nodes"]
    assert nodes == [{"status": "CREATED"}, {"status": "NOT_BILLED"}]
    await api.mutate(world.holder, "setUserEnabled", **USER, enabled=True)
    assert await _may_act(world)
    await check_all_books()


async def test_restrictions_hold_until_they_are_lifted(api: Api, world: World) -> None:
    """A restricted user gets in from its addresses alone, however they are written; none lifts the restriction."""
    await world.user(await world.account())
    addresses = ["2001:0DB8:0:0::1", "::ffff:192.0.2.1", "192.0.2.2", "192.0.2.3", "fe80::1"]
    answer = await api.mutate(
        world.holder, "setUserIpRestrictions", "user { ipRestrictions }", **USER, addresses=addresses
    )
    kept = ["2001:db8::1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "fe80::1"]
    assert answer["user"]["ipRestrictions"] == kept
    assert [await _may_act(world, address=address) for address in (*kept, "192.0.2.4")] == [True] * 5 + [
        False
    ]
    answer = await api.mutate(
        world.holder, "setUserIpRestrictions", "user { ipRestrictions }", **USER, addresses=[]
    )
    assert answer["user"]["ipRestrictions"] == []
    assert await _may_act(world, address="192.0.2.4")


@pytest.mark.parametrize(
    ("addresses", "code", "field"),
    [
        ([f"192.0.2.{n}" for n in range(6)], "TOO_MANY_IP_ADDRESSES", ["addresses"]),
        (["192.0.2.1"] * 6, "TOO_MANY_IP_ADDRESSES", ["addresses"]),
        (["192.0.2.1", "192.0.2.1"], "DUPLICATE_IP_ADDRESS", ["addresses", "1"]),
        (["1.2.3.4", "192.0.2.1", "::ffff:1.2.3.4"], "DUPLICATE_IP_ADDRESS", ["addresses", "2"]),
        (["2001:db8::1", "2001:DB8:0::1"], "DUPLICATE_IP_ADDRESS", ["addresses", "1"]),
        (["192.0.2.1", "localhost"], "INVALID_IP_ADDRESS", ["addresses", "1"]),
        (["192.0.2.256"], "INVALID_IP_ADDRESS", ["addresses", "0"]),
        (["192.0.2.0/24"], "INVALID_IP_ADDRESS", ["addresses", "0"]),
        (["010.0.0.1"], "INVALID_IP_ADDRESS", ["addresses", "0"]),
        (["fe80::1%eth0"], "INVALID_IP_ADDRESS", ["addresses", "0"]),
        ([""], "INVALID_IP_ADDRESS", ["addresses", "0"]),
        (["192.0.2.1 "], "INVALID_IP_ADDRESS", ["addresses", "0"]),
    ],
    ids=repr,
)
async def test_addresses_that_can_not_be_are_refused(
    api: Api, world: World, addresses: list[str], code: str, field: list[str]
) -> None:
    """A sixth address, one listed twice in whatever form, and one that is none are named by their place."""
    await world.user(await world.account())
    refusal = await api.refusal(world.holder, "setUserIpRestrictions", **USER, addresses=addresses)
    assert refusal == (code, field)
    assert await _may_act(world)


async def test_callbacks_are_set_and_taken_away(api: Api, world: World) -> None:
    """Both URLs are kept as they were given, and what is left out is left to the account's again."""
    await world.user(await world.account())
    selection = "user { callback { url stopUrl } }"
    urls = {"url": "https://example.org/dlr?x=1&y=%20", "stopUrl": "http://[2606:4700::1]:80/stop"}
    answer = await api.mutate(world.holder, "setUserCallback", selection, **USER, **urls)
    assert answer["user"]["callback"] == urls
    answer = await api.mutate(world.holder, "setUserCallback", selection, **USER)
    assert answer["user"]["callback"] == {"url": None, "stopUrl": None}


BAD_URLS = [
    "", "example.org", "/dlr", "//example.org/", "ftp://example.org/", "javascript:alert(1)", "file:///etc/passwd",
    "https://", "https:///path", "https://user:password@example.org/", "https://example.org/#part",
    "https://example.org/a b", "https://exämple.org/", "https://example.org:99999/",
    "https://example.org/" + "x" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("url", BAD_URLS, ids=lambda url: url[:40])
@pytest.mark.parametrize("field", ["url", "stopUrl"])
async def test_a_url_that_can_not_be_called_is_refused(api: Api, world: World, field: str, url: str) -> None:
    """Only an absolute http or https URL without credentials is taken."""
    await world.user(await world.account())
    assert await api.refusal(world.holder, "setUserCallback", **USER, **{field: url}) == (
        "INVALID_URL",
        [field],
    )


FORBIDDEN_URLS = [
    "https://example.org:8443/", "http://10.0.0.1/", "http://127.0.0.1/", "https://[fd00::1]/", "http://localhost/",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
@pytest.mark.parametrize(
    ("mutation", "field"),
    [
        ("setUserCallback", "url"),
        ("setUserCallback", "stopUrl"),
        ("updateAccount", "callbackUrl"),
        ("updateAccount", "stopCallbackUrl"),
    ],
)
async def test_a_url_that_may_not_be_called_is_refused_when_it_is_set(
    api: Api, world: World, mutation: str, field: str, url: str
) -> None:
    """A forbidden port, a literal address inside and a name of this machine, wherever a URL is set."""
    await world.user(await world.account())
    target = USER if mutation == "setUserCallback" else {"account": USER["account"]}
    assert await api.refusal(world.holder, mutation, **target, **{field: url}) == ("URL_NOT_ALLOWED", [field])


async def test_a_deleted_user_gives_back_its_quota(api: Api, world: World) -> None:
    """Deleting a user gives back what is left of its quota and of what it had waiting, and its login is free again."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await api.mutate(world.holder, "setUserQuota", **USER, enabled=True, credits="150")
    await send(world.services, world.as_user(user), account)
    query = (
        '{ user(account: "sms-demo-1", login: "script") { id quota { enabled } messages { nodes { id } } } }'
    )
    known = (await api.data(world.holder, query))["user"]
    selection = "account { creditsLeft creditsHeldByQuota userQuantityWithQuota users { nodes { login } } } deletedUserId"
    deleted = await api.mutate(world.holder, "deleteUser", selection, **USER)
    assert deleted["deletedUserId"] == known["id"]
    assert deleted["account"] == {
        "creditsLeft": "200", "creditsHeldByQuota": "0", "userQuantityWithQuota": 0, "users": {"nodes": []},
    }  # fmt: skip
    assert not await _may_act(world)
    await api.mutate(world.holder, "createUser", **USER, password=USER_PASSWORD)
    found = (await api.data(world.holder, query))["user"]
    assert found.pop("id") != known["id"]
    assert found == {"quota": {"enabled": False}, "messages": {"nodes": []}}
    await check_all_books()


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"login": "x" * 41}, "INVALID_LOGIN", ["login"]),
        ({"login": ""}, "INVALID_LOGIN", ["login"]),
        ({"login": "a b"}, "INVALID_LOGIN", ["login"]),
        ({"login": "jürgen"}, "INVALID_LOGIN", ["login"]),
        ({"login": "a\n"}, "INVALID_LOGIN", ["login"]),
        ({"login": "SCRIPT"}, "LOGIN_TAKEN", ["login"]),
        ({"password": ""}, "INVALID_PASSWORD", ["password"]),
        ({"password": "abcd123"}, "INVALID_PASSWORD", ["password"]),
        ({"password": "abcd12345"}, "INVALID_PASSWORD", ["password"]),
        ({"password": "abcd123!"}, "INVALID_PASSWORD", ["password"]),
        ({"password": "abcdéfgh"}, "INVALID_PASSWORD", ["password"]),
        ({"password": "abcd 123"}, "INVALID_PASSWORD", ["password"]),
        ({"account": "sms-none-1"}, "UNKNOWN_ACCOUNT", ["account"]),
        ({"account": "sms-other-1"}, "UNKNOWN_ACCOUNT", ["account"]),
    ],
    ids=repr,
)
async def test_a_user_that_can_not_be_is_not_created(
    api: Api, world: World, more: Json, code: str, field: list[str]
) -> None:
    """A login or password of another form, a login in use, and an account that is not one's own are refused."""
    await world.user(await world.account())
    await world.account("sms-other-1", of=world.neighbour)
    input = {**ACCOUNT, "login": "new", "password": USER_PASSWORD, **more}
    assert await api.refusal(world.holder, "createUser", **input) == (code, field)
    data = await api.data(world.holder, "{ users { nodes { login } } }")
    assert data["users"]["nodes"] == [{"login": "script"}]


async def test_a_login_of_forty_characters_is_taken(api: Api, world: World) -> None:
    """The longest login, and one of each sign that is allowed, can be created."""
    await world.account()
    for login in ("x" * 40, "A.z_0-9", "-"):
        answer = await api.mutate(world.holder, "createUser", "user { login }", **ACCOUNT, login=login)
        assert answer["user"]["login"] == login


MISSING_USER: dict[str, Json] = {
    "changeUserPassword": {},
    "setUserEnabled": {"enabled": True},
    "setUserQuota": {"enabled": False},
    "adjustUserQuota": {"delta": "1"},
    "setUserLimit": {"enabled": False},
    "setUserIpRestrictions": {"addresses": []},
    "setUserCallback": {},
    "deleteUser": {},
}


@pytest.mark.parametrize("name", MISSING_USER)
async def test_an_unknown_user_or_account_is_named(api: Api, world: World, name: str) -> None:
    """Each change of a user that is not there, or on an account that is not one's own, points at what is unknown."""
    await world.account()
    await world.user(await world.account("sms-other-1", of=world.neighbour))
    more = MISSING_USER[name]
    assert await api.refusal(world.holder, name, **USER, **more) == ("UNKNOWN_USER", ["login"])
    for account in ("sms-other-1", "sms-none-1"):
        refusal = await api.refusal(world.holder, name, account=account, login="script", **more)
        assert refusal == ("UNKNOWN_ACCOUNT", ["account"])
