"""The report of rebuild-statistics."""

from rich.progress import Progress

from server.cli.opening import open_services
from server.cli.terminal import err, out
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.operations.core.visibility import find_account
from server.operations.statistics.rebuilding import rebuild_statistics
from server.settings import Settings
from server.store.models import Account
from server.store.queries.accounts import each_account


async def rebuild(settings: Settings, account: str | None) -> None:
    """Rebuild the statistics of one account, or of all accounts, and print how many days each has.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        CommandRefused: the database does not exist or is not up to date.
    """
    async with open_services(settings) as services:
        if account is not None:
            await _rebuild(services, await find_account(SERVER, account))
            return
        async for row in each_account():
            await _rebuild(services, row)


async def _rebuild(services: Services, account: Account) -> None:
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(account.name, total=None)
        days = await rebuild_statistics(
            services, account.id, progress=lambda done: bar.update(task, completed=done)
        )
    out.print(f"{account.name}: {days} {'day' if days == 1 else 'days'} counted")
