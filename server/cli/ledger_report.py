"""The report of verify-ledger."""

from rich.progress import Progress

from server.cli.opening import open_services, refuse_damaged
from server.cli.terminal import err, out
from server.kit.credits import format_credits
from server.operations.core.principals import SERVER
from server.operations.core.visibility import find_account
from server.operations.credits.verification import (
    Conservation,
    Verification,
    verify_account,
    verify_conservation,
)
from server.settings import Settings
from server.store.queries.accounts import each_account


async def verify(settings: Settings, account: str | None) -> bool:
    """Verify one account, or all accounts and the whole server; print it, and return whether all is well.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        CommandRefused: the database does not exist, is not up to date, or is damaged.
    """
    async with open_services(settings):
        await refuse_damaged(settings)
        if account is not None:
            return _report(await _verify_account((await find_account(SERVER, account)).id))
        sound = True
        async for row in each_account():
            sound &= _report(await _verify_account(row.id))
        return _report_conservation(await verify_conservation()) and sound


async def _verify_account(account_id: int) -> Verification:
    with Progress(console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Ledger entries", total=None)
        return await verify_account(
            account_id, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )


def _report(verification: Verification) -> bool:
    if verification.breach is None:
        out.print(f"{verification.account}: {verification.entries} entries, sound")
        return True
    where = "" if verification.breach.sequence is None else f"entry {verification.breach.sequence}: "
    err.print(f"{verification.account}: {where}{verification.breach.reason}", markup=False, style="red")
    return False


def _report_conservation(conservation: Conservation) -> bool:
    said = (
        f"granted {format_credits(conservation.granted)}, corrected {format_credits(conservation.corrected)} = "
        f"left {format_credits(conservation.left_on_accounts)} + held by quotas {format_credits(conservation.held_by_quotas)} "
        f"+ spent {format_credits(conservation.spent)} - refunded {format_credits(conservation.refunded)}"
    )
    if conservation.holds:
        out.print(said)
        return True
    err.print(
        f"credits are not conserved ({format_credits(conservation.missing)} missing, transfers come to "
        f"{format_credits(conservation.transferred)}): {said}",
        style="red",
    )
    return False
