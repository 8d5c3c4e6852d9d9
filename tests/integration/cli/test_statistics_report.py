"""rebuild-statistics: puts statistics right, and says for how many days it counted."""

from server.operations.core.services import Services
from server.store.models import Account, Message
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import send
from tests.factories.statistics.recount import check_statistics
from tests.integration.cli.conftest import CommandLine


async def _wrong_statistics(services: Services) -> None:
    world = await World.create(services)
    await world.account("sms-demo-3")
    for name in ("sms-demo-1", "sms-demo-2"):
        await send(services, world.holder, await world.account(name))
    await fetch("UPDATE message_sums SET messages = messages + 1")


async def _which_are_right(_: Services) -> list[str]:
    names = []
    for account in await Account.all().order_by("id"):
        try:
            await check_statistics(account.id, await Message.filter(account_id=account.id))
        except AssertionError:
            continue
        names.append(account.name)
    return names


def test_all_accounts_are_counted(chappe: CommandLine) -> None:
    """Each is named with its days; one that never sent has none."""
    chappe.inside(_wrong_statistics)
    result = chappe("rebuild-statistics")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "sms-demo-3: 0 days counted", "sms-demo-1: 1 day counted", "sms-demo-2: 1 day counted"
    ]  # fmt: skip
    assert chappe.inside(_which_are_right) == ["sms-demo-3", "sms-demo-1", "sms-demo-2"]


def test_one_account_can_be_counted_alone(chappe: CommandLine) -> None:
    """--account leaves the others as they are; an unknown name is refused in one line."""
    chappe.inside(_wrong_statistics)
    result = chappe("rebuild-statistics", "--account", "sms-demo-2")
    assert (result.exit_code, result.stdout) == (0, "sms-demo-2: 1 day counted\n")
    assert chappe.inside(_which_are_right) == ["sms-demo-3", "sms-demo-2"]
    result = chappe("rebuild-statistics", "--account", "sms-nobody")
    assert (result.exit_code, result.stderr) == (1, "chappe: There is no such account.\n")
