"""Creates an operator of the server, and sets a holder's password."""

import os
import sys

import typer

from server.cli.opening import open_services
from server.cli.terminal import CommandRefused, out
from server.operations.access.holders import create_holder, reset_holder_password, set_holder_enabled
from server.operations.core.principals import SERVER
from server.settings import Settings

PASSWORD_VARIABLE = "CHAPPE_ADMIN_PASSWORD"  # noqa: S105 a variable's name


def obtain_password(*, from_stdin: bool, variable: str | None = None) -> str:
    """Return the password from standard input, an environment variable, or two equal prompts.

    It is never an argument: every user of the machine could read that in the process list.

    Raises:
        CommandRefused: there is none, and no terminal to ask.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password = os.environ.get(variable) if variable else None
    if password:
        return password
    if not sys.stdin.isatty():
        raise CommandRefused(
            f"No password: {f'set {variable}, or ' if variable else ''}use --password-stdin."
        )
    entered: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return entered


async def create_admin(settings: Settings, *, email: str, name: str, password: str) -> None:
    """Create the operator and say so.

    Raises:
        DomainError: what `create_holder` raises.
        CommandRefused: the database does not exist, or is not up to date.
    """
    async with open_services(settings) as services:
        created = await create_holder(
            services, SERVER, email=email, name=name, password=password, is_operator=True
        )
    out.print(f"{created.holder.email} is an operator.", markup=False)


async def set_password(settings: Settings, *, email: str, password: str, enable: bool) -> None:
    """Set a new password for a holder or an operator, end its sessions, and say so.

    Raises:
        DomainError: what `reset_holder_password` raises.
        CommandRefused: the database does not exist, or is not up to date.
    """
    async with open_services(settings) as services:
        changed = await reset_holder_password(
            services, SERVER, email=email, password=password, revoke_tokens=False
        )
        holder = changed.holder
        if enable:
            holder = await set_holder_enabled(services, SERVER, email=email, enabled=True)
    stopped = "" if holder.enabled else " Sign-in stays disabled; --enable enables it."
    out.print(f"{holder.email} has a new password, and all its sessions have ended.{stopped}", markup=False)
