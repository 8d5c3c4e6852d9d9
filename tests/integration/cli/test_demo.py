"""Demo: data in an empty database, and the same sign-in at each start."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from server.cli.demo import ACCOUNT, HOLDER_EMAIL, LOGIN, MESSAGES, OPERATOR_EMAIL, RATES, SENDER
from server.operations.access.authentication import authenticate_user, sign_in_holder
from server.operations.access.holders import create_holder
from server.operations.accounts.users import change_user_password
from server.operations.core.principals import SERVER, Scope
from server.operations.core.services import Services
from server.store.models import Account, DeliveryEvent, Holder, Message, Rate, User
from tests.factories.cli.processes import started
from tests.factories.running import plain_http
from tests.integration.cli.conftest import CommandLine

Passwords = Callable[[], dict[str, str]]


@pytest.fixture
def passwords(chappe: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Passwords:
    """Reads the demo's passwords from the database's folder, or from `var` for PostgreSQL."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path if chappe.settings.database.url.startswith("sqlite") else tmp_path / "var"

    def read() -> dict[str, str]:
        stored: dict[str, str] = json.loads((folder / "demo.json").read_text())
        return stored

    return read


def test_an_empty_database_gets_a_demo(chappe: CommandLine, passwords: Passwords) -> None:
    """Rates, two accounts, users, a quota, a limit, an address restriction and messages are there."""
    result = chappe("demo")
    assert (result.exit_code, result.stderr) == (0, "")

    async def look(_: Services) -> None:
        assert await Rate.all().count() == len(RATES) >= 15
        account = await Account.get(name=ACCOUNT)
        held = sum(user.quota_left for user in await User.filter(account_id=account.id))
        spent = sum(message.credits for message in await Message.filter(account_id=account.id))
        assert account.credits_left + held + spent == 2_000_000
        assert await User.exists(quota_on=True, limit_on=True)
        assert await User.exists(ip_restrictions__not="")
        assert await Message.all().count() == len(MESSAGES)

    chappe.inside(look)
    assert passwords()["holder"] in result.stdout


def test_the_sign_in_that_it_prints_works(chappe: CommandLine, passwords: Passwords) -> None:
    """The holder, the operator and the user that sends by URL sign in with the passwords printed."""
    chappe("demo")
    kept = passwords()

    async def sign_in(services: Services) -> None:
        await sign_in_holder(services, email=HOLDER_EMAIL, password=kept["holder"], address=None)
        operator = await sign_in_holder(
            services, email=OPERATOR_EMAIL, password=kept["operator"], address=None
        )
        assert Scope.OPERATE in operator.principal.scopes
        await authenticate_user(
            services, account=ACCOUNT, login=LOGIN, password=kept["user"], address="127.0.0.1"
        )

    chappe.inside(sign_in)


def test_a_second_start_changes_nothing(chappe: CommandLine, passwords: Passwords) -> None:
    """The demo is added once, and its sign-in is the same at each start."""
    first = chappe("demo")
    kept = passwords()
    second = chappe("demo")
    assert second.stdout == first.stdout
    assert passwords() == kept

    async def count(_: Services) -> tuple[int, int]:
        return await Account.all().count(), await Message.all().count()

    assert chappe.inside(count) == (2, len(MESSAGES))


def test_the_passwords_are_for_their_owner_alone(
    chappe: CommandLine, passwords: Passwords, tmp_path: Path
) -> None:
    """The file that keeps them can be read by nobody else, and other databases get others."""
    chappe("demo")
    [path] = tmp_path.rglob("demo.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(set(passwords().values())) == 3


def test_an_interrupted_demo_is_completed(chappe: CommandLine, passwords: Passwords) -> None:
    """A start that was cut off before the operator was there is taken up by the next."""
    chappe("demo")

    async def cut_off(_: Services) -> None:
        await Holder.filter(email=OPERATOR_EMAIL).delete()
        await DeliveryEvent.filter(message__receiver="+447700900904").delete()
        await Message.filter(receiver="+447700900904").delete()
        await User.filter(login="warehouse").delete()

    async def count(_: Services) -> int:
        return await User.filter(login="warehouse").count()

    chappe.inside(cut_off)
    assert passwords()["operator"] in chappe("demo").stdout
    assert chappe.inside(count) == 1


def test_a_password_that_was_changed_is_not_printed(chappe: CommandLine, passwords: Passwords) -> None:
    """A password that no longer works is shown as changed."""
    chappe("demo")

    async def change(services: Services) -> None:
        await change_user_password(services, SERVER, account=ACCOUNT, login=LOGIN, password=None)

    chappe.inside(change)
    printed = chappe("demo").stdout
    assert "(changed since)" in printed
    assert passwords()["user"] not in printed
    assert passwords()["holder"] in printed


def test_somebody_elses_data_are_left_alone(chappe: CommandLine, passwords: Passwords) -> None:
    """A database that has a holder gets no demo."""
    del passwords

    async def use(services: Services) -> None:
        await create_holder(
            services, SERVER, email="ada@example.org", name="Ada", password="x" * 12, is_operator=True
        )

    async def accounts(_: Services) -> int:
        return await Account.all().count()

    chappe.inside(use)
    result = chappe("demo")
    assert (result.exit_code, chappe.inside(accounts)) == (0, 0)
    assert "no demo" in result.stdout


def test_kept_passwords_that_cannot_be_read_are_told(
    chappe: CommandLine, passwords: Passwords, tmp_path: Path
) -> None:
    """A damaged file is named, with what to do about it."""
    chappe("demo")
    [path] = tmp_path.rglob("demo.json")
    path.write_text('{"holder": ')
    result = chappe("demo")
    assert result.exit_code == 1
    assert "demo.json" in result.stderr
    del passwords


@pytest.mark.parametrize(("host", "is_offered"), [("127.0.0.1", True), ("0.0.0.0", False)])  # noqa: S104 what is left out there
def test_the_sign_in_page_of_a_demo_is_filled_in_for_this_machine_alone(
    chappe: CommandLine, passwords: Passwords, tmp_path: Path, host: str, *, is_offered: bool
) -> None:
    """A server that others can reach offers no sign-in, nor does one that serves without a demo."""
    query = {"query": "{ about { demoSignIns { email password } } }"}
    arguments = ("--port", "0", "--host", host)
    with started("demo", "--serve", *arguments, environment=chappe.environment, folder=tmp_path) as server:
        told = plain_http.post(f"{server.url()}/graphql", json=query).json()["data"]["about"]
        log = server.err
    kept = passwords()
    offered = [(HOLDER_EMAIL, kept["holder"]), (OPERATOR_EMAIL, kept["operator"])]
    assert [(offer["email"], offer["password"]) for offer in told["demoSignIns"]] == (
        offered if is_offered else []
    )
    assert not any(password in log for password in kept.values())
    with started("serve", *arguments, environment=chappe.environment, folder=tmp_path) as server:
        answer = plain_http.post(f"{server.url()}/graphql", json=query).json()
    assert answer["data"] == {"about": {"demoSignIns": []}}


def test_production_gets_no_demo(chappe: CommandLine, passwords: Passwords) -> None:
    """The production profile refuses it."""
    del passwords
    assert chappe("demo", CHAPPE_PROFILE="production").exit_code == 1


def test_a_demo_migrates_first(chappe: CommandLine, tmp_path: Path) -> None:
    """On a database that is not there yet, demo makes one."""
    result = chappe("demo", CHAPPE_DATABASE_URL=f"sqlite://{tmp_path}/fresh/chappe.db")
    assert result.exit_code == 0
    assert (tmp_path / "fresh" / "demo.json").exists()


def test_the_demo_sends_with_its_sender(chappe: CommandLine, passwords: Passwords) -> None:
    """The messages of the demo name the sender that the printed line names."""
    del passwords
    chappe("demo")

    async def senders(_: Services) -> set[str]:
        return {message.sender for message in await Message.all()}

    assert chappe.inside(senders) == {SENDER}
