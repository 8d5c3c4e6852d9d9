"""Who may send by URL, and the order of the checks in http2sms."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from ipaddress import ip_network
from itertools import product
from typing import TypeVar

import httpx
import pytest
from starlette.applications import Starlette

from server.bus.bus import Bus
from server.kit.clock import ManualClock
from server.kit.meters import Meters
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import change_user_password, delete_user, set_user_enabled
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions
from server.store.models import Account, User
from server.store.models.accounts import AccountStatus
from server.web.http2sms.routes import http2sms_routes
from server.web.middleware import trusted_proxies
from tests.factories.accounts.accounts import World
from tests.integration.web.conftest import Script, client_of, http2sms_client, nothing_happened

pytestmark = pytest.mark.one_database

T = TypeVar("T")

WRONG = "KO\nInvalid account, login or password"
OTHER_ADDRESS = {"status": 401, "message": "This user may not send from this address"}


@pytest.mark.parametrize("name", ["account", "login", "password", "from", "to", "message"])
@pytest.mark.parametrize("value", [None, ""])
async def test_a_missing_field_is_named(either_script: Script, name: str, value: str | None) -> None:
    """Absent or empty: code 201, and nothing is sent."""
    response = await either_script.send({name: value, "contentType": "text/json"})
    assert response.json() == {"status": 201, "message": f"Missing {name}"}
    assert await nothing_happened()


async def test_all_missing_fields_are_named(either_script: Script) -> None:
    """In the order of the documentation."""
    response = await either_script.send_raw("")
    assert response.text == "KO\nMissing account, login, password, from, to, message"


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "abcd1235"},
        {"password": "ABCD1234"},
        {"password": "x" * 10_000},
        {"password": "\0"},
        {"login": "nobody"},
        {"login": "scr\0ipt"},
        {"account": "sms-other-1"},
        {"account": "sms-demo-1\0"},
        {"account": "' OR 1=1 --"},
    ],
)
async def test_wrong_credentials_are_one_answer(either_script: Script, changes: dict[str, str]) -> None:
    """Which of the three is wrong is never said."""
    assert (await either_script.send(changes)).text == WRONG
    assert await nothing_happened()


async def test_a_login_is_matched_without_regard_to_case(script: Script) -> None:
    """As it is unique."""
    assert (await script.send({"login": "SCRIPT"})).text.startswith("OK\n")


@pytest.mark.parametrize("stop", ["disabled", "deleted", "account disabled", "password changed"])
async def test_whoever_was_stopped_hears_what_a_wrong_password_hears(
    services: Services, world: World, script: Script, account: Account, stop: str
) -> None:
    """Even a script whose password was right a moment ago."""
    assert (await script.send()).text.startswith("OK\n")
    of_user = {"account": account.name, "login": "script"}
    if stop == "disabled":
        await set_user_enabled(services, world.holder, **of_user, enabled=False)
    elif stop == "deleted":
        await delete_user(services, world.holder, **of_user)
    elif stop == "account disabled":
        await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)
    else:
        await change_user_password(services, world.holder, **of_user, password="zyxw9876")
    assert (await script.send()).text == WRONG


async def test_a_throttled_caller_hears_what_a_wrong_password_hears(
    script: Script, clock: ManualClock
) -> None:
    """After some failures even the right password is not checked, until the wait is over."""
    for _ in range(8):
        assert (await script.send({"password": "wrong000"})).text == WRONG
    assert (await script.send()).text == WRONG
    assert await nothing_happened()
    clock.advance(15 * 60)
    assert (await script.send()).text.startswith("OK\n")


async def test_guesses_do_not_stop_a_script_that_was_let_in_just_now(script: Script) -> None:
    """Nobody can shut a script out by guessing at its login."""
    await script.send()
    for _ in range(8):
        await script.send({"password": "wrong000"})
    assert (await script.send()).text.startswith("OK\n")


class Interrupted(Transactions):
    """Transactions before the first of which something happens elsewhere."""

    def __init__(self, bus: Bus, meters: Meters, event: Callable[[], Awaitable[object]]) -> None:
        """Take the bus, the meters and what happens."""
        super().__init__(bus, meters)
        self._event: Callable[[], Awaitable[object]] | None = event

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run the work, after the event if this is the first."""
        event, self._event = self._event, None
        if event:
            await event()
        return await super().run(work)


@pytest.mark.parametrize("stop", ["user", "account"])
async def test_whoever_is_stopped_between_the_check_and_the_sending_hears_the_same(
    services: Services, world: World, script: Script, account: Account, stop: str
) -> None:
    """The password was right, and a moment later it is not any more."""
    assert (await script.send({"class": "9"})).text.startswith("KO\nInvalid class")

    async def stopped() -> None:
        if stop == "user":
            await set_user_enabled(
                services, world.holder, account=account.name, login="script", enabled=False
            )
        else:
            await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)

    interrupted = replace(services, transactions=Interrupted(services.bus, services.meters, stopped))
    async with http2sms_client(interrupted) as client:
        script.client = client
        assert (await script.send()).text == WRONG
    assert await nothing_happened()


@pytest.mark.parametrize(
    ("peer", "allowed"),
    [
        ("192.0.2.10", True),
        ("::ffff:192.0.2.10", True),
        ("2001:db8::7", True),
        ("2001:0db8:0:0:0:0:0:0007", True),
        ("192.0.2.11", False),
        ("2001:db8::8", False),
        ("fe80::1%eth0", False),
        ("unix", False),
    ],
)
async def test_a_restricted_user_sends_from_its_addresses_only(
    services: Services, world: World, script: Script, account: Account, peer: str, *, allowed: bool
) -> None:
    """Code 401 from any other; an IPv4 address is the same in an IPv6 socket."""
    await set_user_ip_restrictions(
        services, world.holder, account=account.name, login="script", addresses=["192.0.2.10", "2001:DB8::7"]
    )
    async with http2sms_client(services, peer) as client:
        script.client = client
        response = await script.send({"contentType": "text/json"})
    assert response.json()["status"] == (100 if allowed else 401)
    if not allowed:
        assert response.json() == OTHER_ADDRESS
        assert response.status_code == 200
        assert await nothing_happened()


@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("10.0.0.1", "192.0.2.10", 100),
        ("10.0.0.1", "203.0.113.9, 192.0.2.10", 100),
        ("10.0.0.1", "192.0.2.10, 10.0.0.2", 100),
        ("10.0.0.1", "192.0.2.10, 203.0.113.9", 401),
        ("10.0.0.1", "", 401),
        ("10.0.0.1", "192.0.2.10, nonsense", 401),
        ("203.0.113.9", "192.0.2.10", 401),
    ],
)
async def test_behind_a_trusted_proxy_the_clients_own_address_counts(
    services: Services, world: World, script: Script, account: Account, peer: str, forwarded: str, status: int
) -> None:
    """The right-most address that is no proxy's; what a client claims for itself opens nothing."""
    await set_user_ip_restrictions(
        services, world.holder, account=account.name, login="script", addresses=["192.0.2.10"]
    )
    app = trusted_proxies(Starlette(routes=http2sms_routes(services)), [ip_network("10.0.0.0/8")])
    async with client_of(app, peer) as client:
        client.headers["X-Forwarded-For"] = forwarded
        script.client = client
        response = await script.send({"contentType": "text/json"})
    assert response.json()["status"] == status


@pytest.mark.parametrize(
    ("missing", "wrong_password", "wrong_address", "wrong_rest"),
    [case for case in product([True, False], repeat=4) if any(case)],
)
async def test_checks_come_in_their_order(
    services: Services,
    world: World,
    either_script: Script,
    account: Account,
    *,
    missing: bool,
    wrong_password: bool,
    wrong_address: bool,
    wrong_rest: bool,
) -> None:
    """Missing fields, then credentials, then the address, then the rest; only the first fault is reported."""
    changes: dict[str, str | None] = {"contentType": "text/json"}
    if missing:
        changes["message"] = None
    if wrong_password:
        changes["password"] = "abcd1235"
    if wrong_address:
        await set_user_ip_restrictions(
            services, world.holder, account=account.name, login="script", addresses=["198.51.100.1"]
        )
    if wrong_rest:
        changes |= {"class": "9", "deferred": "never", "from": "Nobody", "to": "x"}
    answer = (await either_script.send(changes)).json()
    if missing:
        assert answer == {"status": 201, "message": "Missing message"}
    elif wrong_password:
        assert answer == {"status": 202, "message": "Invalid account, login or password"}
    elif wrong_address:
        assert answer == OTHER_ADDRESS
    else:
        assert answer["status"] == 202
        assert answer["message"].startswith("Invalid class: ")
    assert await nothing_happened()


@pytest.mark.parametrize("broken", ["tag=%zz", "tag=%ff", "tag=a&tag=b", "%ff=1", "contentType=x/y"])
async def test_an_unreadable_field_is_told_to_the_user_only(either_script: Script, broken: str) -> None:
    """With a wrong password, that comes first."""
    either_script.fields["password"] = "abcd1235"
    assert (await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&{broken}")).text == WRONG


async def test_the_use_of_a_user_is_noted(script: Script, user: User, clock: ManualClock) -> None:
    """Its owner can see when it last acted."""
    await script.send()
    assert (await User.get(id=user.id)).last_used_at_us == clock.now_us()
