"""One secret key for all processes on a database, and changing it on purpose."""

import pytest

from server.kit.sealing import Sealer
from server.models import AuditEntry, OperatorLink
from server.operations.links import password_place
from server.operations.secret_key import check_secret_key
from server.operations.services import Services
from tests.integration.cli.conftest import CommandLine

OTHER = "another secret key, of at least 32 characters"


def _own(chappe: CommandLine) -> str:
    assert chappe.settings.security.secret_key is not None
    return chappe.settings.security.secret_key.get_secret_value()


async def _link(services: Services) -> None:
    await check_secret_key(services)
    for name, sealer in (("ours", services.sealer), ("older", Sealer(b"a key that was before all that"))):
        sealed = sealer.seal("s3cret", password_place(name))
        await OperatorLink.create(
            name=name, host="smsc.example.com", port=2775, tls=False, system_id="me", password_sealed=sealed,
            system_type="", address_range="", mode="TRANSCEIVER", binds=1, window_size=1, per_second=1, alphabet="GSM",
            long_messages="UDH", id_form="TEXT", addresses="{}", ptt_table="{}", refusal_ptts="{}", err_is_ptt=False,
            priority=0, prefixes="", countries="", sender_kinds="", version=1, created_at_us=0, updated_at_us=0,
        )  # fmt: skip


async def _passwords(_: Services) -> dict[str, str]:
    return {link.name: link.password_sealed or "" for link in await OperatorLink.all()}


async def _changes(_: Services) -> int:
    return await AuditEntry.filter(action="changeSecretKey").count()


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker"], ["demo"]])
def test_a_process_with_another_key_is_refused(chappe: CommandLine, command: list[str]) -> None:
    """In one line that names the setting, and says what to do."""
    chappe.inside(check_secret_key)
    result = chappe(*command, CHAPPE_SECRET_KEY=OTHER)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("chappe: CHAPPE_SECRET_KEY: this database is used with another key.")
    assert OTHER not in result.output
    assert chappe("demo", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 0


def test_the_key_is_changed_on_purpose(chappe: CommandLine) -> None:
    """Whoever has the old one has the links' passwords sealed anew; then the new one alone is taken."""
    chappe.inside(_link)
    result = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[1:3] == [
        "ours: its password is sealed anew",
        "older: set its password again",
    ]
    passwords = chappe.inside(_passwords)
    assert Sealer(OTHER.encode()).unseal(passwords["ours"], password_place("ours")) == "s3cret"
    assert chappe("worker", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 1
    again = chappe("change-secret-key", CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=_own(chappe))
    assert again.stdout == result.stdout
    assert chappe.inside(_changes) == 2


def test_a_key_that_is_lost_can_be_replaced(chappe: CommandLine) -> None:
    """The links' passwords have to be set again, and are named."""
    chappe.inside(_link)
    result = chappe("change-secret-key", "--lost", CHAPPE_SECRET_KEY=OTHER)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:3] == [
        "older: set its password again",
        "ours: set its password again",
    ]
    assert chappe("worker", CHAPPE_SECRET_KEY=_own(chappe)).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "old", "said"),
    [
        ([], None, "Set CHAPPE_OLD_SECRET_KEY to the key until now"),
        (["--lost"], OTHER, "Set CHAPPE_OLD_SECRET_KEY to the key until now"),
        ([], "short", "CHAPPE_OLD_SECRET_KEY: a key has at least 32 characters."),
        ([], "x" * 32, "CHAPPE_OLD_SECRET_KEY: this database is used with another key."),
    ],
)
def test_a_key_is_not_changed_by_mistake(
    chappe: CommandLine, arguments: list[str], old: str | None, said: str
) -> None:
    """The old one has to be there and right, or said to be lost; otherwise all stays as it is."""
    chappe.inside(_link)
    before = chappe.inside(_passwords)
    result = chappe("change-secret-key", *arguments, CHAPPE_SECRET_KEY=OTHER, CHAPPE_OLD_SECRET_KEY=old)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert chappe.inside(_passwords) == before
    chappe.inside(check_secret_key)
