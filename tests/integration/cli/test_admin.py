"""Create-admin and set-password: sign-ins with passwords that no process list shows."""

import pytest

from server.errors import Unauthenticated
from server.operations.access.authentication import sign_in_holder
from server.operations.core.principals import Scope
from server.operations.core.services import Services
from server.store.models import AccessToken, AuditEntry, Holder
from tests.factories.cli.terminal import at_a_terminal
from tests.integration.cli.conftest import CommandLine

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_password_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHAPPE_ADMIN_PASSWORD", raising=False)


def test_the_password_comes_from_standard_input(chappe: CommandLine) -> None:
    """Who is created from --password-stdin signs in as an operator."""
    result = chappe("create-admin", "Ada@Example.com", "Ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert (result.exit_code, result.stdout) == (0, "ada@example.com is an operator.\n")

    async def sign_in(services: Services) -> bool:
        session = await sign_in_holder(services, email="ada@example.com", password=PASSWORD, address=None)
        return Scope.OPERATE in session.principal.scopes

    assert chappe.inside(sign_in)


def test_the_password_comes_from_the_environment(chappe: CommandLine) -> None:
    """CHAPPE_ADMIN_PASSWORD serves where nobody can be asked, and is not printed."""
    result = chappe("create-admin", "ada@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    assert result.exit_code == 0
    assert PASSWORD not in result.output


def test_without_a_password_it_says_how_to_give_one(chappe: CommandLine) -> None:
    """With no terminal to ask at, the refusal names both ways."""
    result = chappe("create-admin", "ada@example.com", "Ada")
    assert result.exit_code == 1
    assert "CHAPPE_ADMIN_PASSWORD" in result.stderr
    assert "--password-stdin" in result.stderr


def test_a_password_is_no_argument(chappe: CommandLine) -> None:
    """A third argument is misuse, so nobody writes a password where others can read it."""
    assert chappe("create-admin", "ada@example.com", "Ada", PASSWORD).exit_code == 2


@pytest.mark.parametrize(
    ("email", "name", "password", "said"),
    [
        ("ada@example.com", "Ada", "too short", "12"),
        ("not an address", "Ada", PASSWORD, "e-mail"),
        ("ada@example.com", " ", PASSWORD, "name"),
    ],
)
def test_what_is_malformed_is_refused_in_one_line(
    chappe: CommandLine, email: str, name: str, password: str, said: str
) -> None:
    """A weak password, a malformed address and an empty name are refused, and nobody is created."""
    result = chappe("create-admin", email, name, CHAPPE_ADMIN_PASSWORD=password)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert password not in result.output

    async def count(_: Services) -> int:
        return await Holder.all().count()

    assert chappe.inside(count) == 0


def test_an_address_is_taken_once(chappe: CommandLine) -> None:
    """The same address in another case is refused."""
    chappe("create-admin", "ada@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    result = chappe("create-admin", "ADA@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    assert result.exit_code == 1
    assert "already" in result.stderr


def test_the_password_is_asked_for_twice_at_a_terminal(chappe: CommandLine) -> None:
    """At a terminal the password is typed twice, and shown not once."""
    status, shown = at_a_terminal(
        "create-admin", "ada@example.com", "Ada",
        environment=chappe.environment,
        answers={"Password: ": PASSWORD, "Repeat for confirmation: ": PASSWORD},
    )  # fmt: skip
    assert status == 0, shown
    assert "ada@example.com is an operator." in shown
    assert PASSWORD not in shown


def _sign_in(chappe: CommandLine, password: str) -> bool:
    async def sign_in(services: Services) -> bool:
        try:
            await sign_in_holder(services, email="ada@example.com", password=password, address=None)
        except Unauthenticated:
            return False
        return True

    return chappe.inside(sign_in)


def test_a_password_is_set_from_standard_input(chappe: CommandLine) -> None:
    """The old one and its sessions end; a disabled person stays disabled by default."""
    chappe("create-admin", "ada@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    assert _sign_in(chappe, PASSWORD)
    result = chappe("set-password", "ADA@example.com", "--password-stdin", stdin="another password\r\n")
    said = "ada@example.com has a new password, and all its sessions have ended.\n"
    assert (result.exit_code, result.stdout) == (0, said)
    assert not _sign_in(chappe, PASSWORD)
    assert _sign_in(chappe, "another password")

    async def disable(_: Services) -> tuple[int, list[str]]:
        live = await AccessToken.filter(revoked_at_us=None).count()
        await Holder.all().update(enabled=False)
        entries = await AuditEntry.filter(action="resetHolderPassword")
        return live, [entry.caused_by for entry in entries]

    assert chappe.inside(disable) == (1, ["server"])
    result = chappe("set-password", "ada@example.com", "--password-stdin", stdin=PASSWORD + "\n")
    assert "--enable" in result.stdout
    assert not _sign_in(chappe, PASSWORD)
    result = chappe("set-password", "ada@example.com", "--password-stdin", "--enable", stdin=PASSWORD + "\n")
    assert result.stdout == said
    assert _sign_in(chappe, PASSWORD)


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "said"),
    [
        (("ada@example.com",), None, 1, "--password-stdin"),
        (("ada@example.com", "--password-stdin"), "short\n", 1, "12"),
        (("nobody@example.com", "--password-stdin"), PASSWORD, 1, "no holder"),
        (("ada@example.com", PASSWORD), None, 2, "unexpected extra argument"),
    ],
)
def test_a_password_that_can_not_be_set_is_refused(
    chappe: CommandLine, arguments: tuple[str, ...], stdin: str | None, status: int, said: str
) -> None:
    """In one line that does not quote it; the variable for a new operator does not count here."""
    chappe("create-admin", "ada@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    result = chappe("set-password", *arguments, stdin=stdin, CHAPPE_ADMIN_PASSWORD="from another day")
    assert result.exit_code == status
    assert said in result.stderr
    assert "short" not in result.stderr
    assert _sign_in(chappe, PASSWORD)


def test_a_password_to_be_set_is_asked_for_twice_at_a_terminal(chappe: CommandLine) -> None:
    """And shown not once."""
    chappe("create-admin", "ada@example.com", "Ada", CHAPPE_ADMIN_PASSWORD=PASSWORD)
    new = "battery horse staple"
    status, shown = at_a_terminal(
        "set-password", "ada@example.com",
        environment=chappe.environment,
        answers={"Password: ": new, "Repeat for confirmation: ": new},
    )  # fmt: skip
    assert status == 0, shown
    assert new not in shown
    assert _sign_in(chappe, new)
