"""verify-ledger: says that all is well, or names the first entry that is not."""

import pytest

from server.operations.core.services import Services
from tests.factories.accounts.accounts import World
from tests.factories.cli.terminal import at_a_terminal
from tests.factories.credits.ledgers import tamper, varied_ledger
from tests.integration.cli.conftest import CommandLine


async def _two_accounts(services: Services) -> None:
    world = await World.create(services)
    await varied_ledger(world)
    await varied_ledger(world, "sms-demo-2")


def test_a_sound_ledger_is_told_with_its_totals(chappe: CommandLine) -> None:
    """Every account is named with its entries, and the server's credits are added up in credits."""
    chappe.inside(_two_accounts)
    result = chappe("verify-ledger")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "sms-demo-1: 9 entries, sound",
        "sms-demo-2: 9 entries, sound",
        "granted 400.002, corrected -10 = left 388.002 + held by quotas 0 + spent 3 - refunded 1",
    ]


def test_an_empty_server_is_sound(chappe: CommandLine) -> None:
    """A database without accounts verifies."""
    assert chappe("verify-ledger").exit_code == 0


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE ledger_entries SET account_delta = account_delta + 1 WHERE sequence = 4", "entry 4: "),
        ("UPDATE ledger_entries SET quota_balance = quota_balance - 1 WHERE sequence = 3", "entry 3: "),
        ("UPDATE ledger_entries SET kind = 'CORRECTION' WHERE sequence = 4", "entry 4: "),
        ("UPDATE ledger_entries SET sequence = 70 WHERE sequence = 9", "entry 70: "),
        ("DELETE FROM ledger_entries WHERE sequence = 2", "entry 3: "),
        ("UPDATE accounts SET credits_left = credits_left - 1", "the account has"),
        ("UPDATE users SET quota_left = 1", "the quota of user"),
    ],
)
def test_the_first_wrong_entry_is_named(chappe: CommandLine, sql: str, said: str) -> None:
    """Tampering with one account is status 1 and named, and the other account is still found sound."""
    chappe.inside(_two_accounts)
    first = "account_id = (SELECT MIN(id) FROM accounts)" if "accounts" not in sql else "name = 'sms-demo-1'"
    scoped = f"{sql} AND {first}" if "WHERE" in sql else f"{sql} WHERE {first}"
    chappe.inside(lambda _: tamper(scoped))
    result = chappe("verify-ledger")
    assert result.exit_code == 1
    assert f"sms-demo-1: {said}" in result.stderr
    assert "sms-demo-2: 9 entries, sound" in result.stdout


def test_credits_from_nowhere_are_named_for_the_server(chappe: CommandLine) -> None:
    """The sum over the server fails with how much is missing."""
    chappe.inside(_two_accounts)
    chappe.inside(lambda _: tamper("UPDATE accounts SET credits_left = credits_left + 2500"))
    result = chappe("verify-ledger")
    assert result.exit_code == 1
    assert "credits are not conserved (-5 missing" in result.stderr


def test_one_account_can_be_verified_alone(chappe: CommandLine) -> None:
    """--account looks at that account and no other."""
    chappe.inside(_two_accounts)
    chappe.inside(lambda _: tamper("UPDATE accounts SET credits_left = 0 WHERE name = 'sms-demo-2'"))
    sound, broken = (chappe("verify-ledger", "--account", name) for name in ("sms-demo-1", "sms-demo-2"))
    assert (sound.exit_code, sound.stdout) == (0, "sms-demo-1: 9 entries, sound\n")
    assert (broken.exit_code, broken.stdout) == (1, "")


def test_an_unknown_account_is_refused(chappe: CommandLine) -> None:
    """An unknown name is refused in one line."""
    result = chappe("verify-ledger", "--account", "sms-nobody")
    assert (result.exit_code, result.stderr) == (1, "chappe: There is no such account.\n")


def test_a_terminal_sees_the_same_report(chappe: CommandLine) -> None:
    """Where progress is shown, the report is none the worse for it."""
    chappe.inside(_two_accounts)
    status, shown = at_a_terminal("verify-ledger", environment=chappe.environment)
    assert status == 0, shown
    assert "sms-demo-2: 9 entries, sound" in shown
