"""The commands and their arguments.

A command imports its modules when it runs, so that `--version`, `--help` and the shell's completion answer at
once.
"""

import asyncio
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from server.cli.streams import open_closed, output_guarded

if TYPE_CHECKING:
    from socket import socket

    from server.cli.demo import DemoSignIn
    from server.settings import Settings


class Program(TyperGroup):
    """Ends a refused command with its reason on standard error, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a refusal becomes exit status 1."""
        from server.cli.terminal import refused_readably
        from server.kit.logging import configure_logging

        configure_logging(json=False, level="warning")
        with refused_readably():
            return super().invoke(ctx)


app = typer.Typer(
    cls=Program,
    name="chappe",
    help="A self-hosted SMS account server with a GraphQL API. Settings come from CHAPPE_* variables.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)

Host = Annotated[str | None, typer.Option(help="Listen on this address instead of CHAPPE_HOST.")]
Port = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="Listen on this port instead of CHAPPE_PORT; 0 chooses a free one."),
]


def main() -> None:
    """Run the command named by the arguments."""
    # Nobody else may read the server's files (the database, mails, its secret).
    os.umask(0o077)
    open_closed()
    with output_guarded():
        app()


def _show_version(wanted: bool) -> None:  # noqa: FBT001 typer calls it so
    if wanted:
        typer.echo(f"chappe {version('chappe')}")
        raise typer.Exit


@app.callback()
def _program(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the web and run a worker in one process, until SIGINT or SIGTERM."""
    from server.cli.readiness import check_production
    from server.cli.serving import listen
    from server.cli.single_server import sole_server

    settings = _listening(host, port)
    check_production(settings)
    with sole_server(settings), listen(settings.web) as listener:
        asyncio.run(_check_database(settings))
        _serve(settings, listener, None)


@app.command()
def worker() -> None:
    """Run a worker without the web; on PostgreSQL as many as you like."""
    from server.cli.opening import read_settings
    from server.cli.serving import work
    from server.cli.single_server import sole_server
    from server.kit.logging import configure_logging
    from server.store.outages import outage_of

    settings = read_settings()
    with sole_server(settings):
        asyncio.run(_check_database(settings))
        configure_logging(json=settings.log_json, level=settings.log_level, cause_of=outage_of)
        work(settings)


@app.command()
def migrate() -> None:
    """Create the database's tables, or bring them up to date."""
    from server.cli.opening import migrate_database, read_settings
    from server.cli.terminal import out

    applied = asyncio.run(migrate_database(read_settings()))
    out.print(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    name: Annotated[str, typer.Argument(help="The person's name.")],
    *,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the password from the first line of standard input."),
    ] = False,
) -> None:
    """Create an operator of the server; asks for the password unless CHAPPE_ADMIN_PASSWORD is set."""
    from server.cli import admin
    from server.cli.opening import read_settings

    settings = read_settings()
    password = admin.obtain_password(from_stdin=password_stdin, variable=admin.PASSWORD_VARIABLE)
    asyncio.run(admin.create_admin(settings, email=email, name=name, password=password))


@app.command("set-password")
def set_password(
    email: Annotated[str, typer.Argument(help="The e-mail address of a holder or an operator.")],
    *,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the password from the first line of standard input."),
    ] = False,
    enable: Annotated[bool, typer.Option("--enable", help="Let a disabled person sign in again.")] = False,
) -> None:
    """Ask for a new password for a holder or an operator, set it, and end all its sessions."""
    from server.cli import admin
    from server.cli.opening import read_settings

    settings = read_settings()
    password = admin.obtain_password(from_stdin=password_stdin)
    asyncio.run(admin.set_password(settings, email=email, password=password, enable=enable))


@app.command("change-secret-key")
def change_secret_key(
    *,
    lost: Annotated[
        bool, typer.Option("--lost", help="The old key is lost: links' passwords have to be set again.")
    ] = False,
) -> None:
    """Change the database to the secret key CHAPPE_SECRET_KEY; CHAPPE_OLD_SECRET_KEY is the old one.

    First stop all servers and workers.
    """
    from server.cli import secret_key
    from server.cli.opening import read_settings
    from server.cli.single_server import sole_server

    settings = read_settings()
    with sole_server(settings):
        asyncio.run(secret_key.change(settings, lost=lost))


@app.command("demo")
def demo_command(
    *,
    serve_too: Annotated[bool, typer.Option("--serve", help="Serve afterwards.")] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Migrate, and add demo data to an empty database; for trying things out, not for production."""
    from server.cli import demo
    from server.cli.serving import listen
    from server.cli.single_server import sole_server

    settings = _listening(host, port)
    demo.refuse_in_production(settings)
    if not serve_too:
        demo.print_sign_in(asyncio.run(_prepare_demo(settings)))
        return
    with sole_server(settings), listen(settings.web) as listener:
        _serve(settings, listener, asyncio.run(_prepare_demo(settings)))


@app.command("config")
def config_command(
    *,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print docs/configuration.md instead.")
    ] = False,
) -> None:
    """Print every setting: its value, its source and its meaning; secrets are masked."""
    from server.cli import config
    from server.cli.opening import read_settings

    typer.echo(config.page() if markdown else "\n".join(config.in_force(read_settings())), nl=not markdown)


@app.command("export-schema")
def export_schema() -> None:
    """Print the GraphQL schema (SDL)."""
    from server.graphql.schema.schema import schema

    typer.echo(schema.as_str())


@app.command("verify-ledger")
def verify_ledger(
    account: Annotated[str | None, typer.Option(help="Verify this account only.")] = None,
) -> None:
    """Prove that all credits are accounted for, or name the first ledger entry that is wrong (status 1)."""
    from server.cli import ledger_report
    from server.cli.opening import read_settings

    if not asyncio.run(ledger_report.verify(read_settings(), account)):
        raise typer.Exit(1)


@app.command("rebuild-statistics")
def rebuild_statistics(
    account: Annotated[str | None, typer.Option(help="Rebuild this account's statistics only.")] = None,
) -> None:
    """Count all messages anew, a day at a time, for statistics that went wrong; servers may go on meanwhile."""
    from server.cli import statistics_report
    from server.cli.opening import read_settings

    asyncio.run(statistics_report.rebuild(read_settings(), account))


@app.command("smpp-check")
def smpp_check(
    link: Annotated[
        str | None,
        typer.Argument(
            help="A link's name, or smpp://user@host:port without the password; default: CHAPPE_SMPP_URL."
        ),
    ] = None,
    *,
    to: Annotated[str, typer.Option(help="The phone to send to, in international format.")],
    sender: Annotated[str, typer.Option("--from", help="The sender to send from.")] = "Chappe",
    text: Annotated[str, typer.Option(help="The message.")] = "Hello from Chappe",
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the receipt.")] = 60.0,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the password from the first line of standard input."),
    ] = False,
) -> None:
    """Bind to an operator, send one message, wait for its receipt, and show the PDUs (status 1: not delivered)."""
    from server.cli.opening import read_settings
    from server.cli.smpp_check import Trial, check, named

    trial = Trial(sender=sender, receiver=to, text=text, wait_seconds=wait)
    target = named(link, password_from_stdin=password_stdin)
    if not asyncio.run(check(read_settings(), target, trial)):
        raise typer.Exit(1)


@app.command()
def purge() -> None:
    """Delete expired data at once, as a worker does every hour."""
    from server.cli.opening import read_settings

    asyncio.run(_purge(read_settings()))


def _listening(host: str | None, port: int | None) -> "Settings":
    from server.cli.opening import read_settings

    given = {"host": host, "port": port}
    return read_settings().having(web={name: value for name, value in given.items() if value is not None})


def _serve(settings: "Settings", listener: "socket", sign_in: "DemoSignIn | None") -> None:
    from server.cli.banner import print_banner
    from server.cli.serving import serve as serve_web
    from server.kit.logging import configure_logging
    from server.store.outages import outage_of

    configure_logging(json=settings.log_json, level=settings.log_level, cause_of=outage_of)
    serve_web(
        settings,
        listener,
        lambda web, url: print_banner(web, url, settings, sign_in),
        offered_sign_ins=() if sign_in is None else sign_in.offered,
    )


async def _check_database(settings: "Settings") -> None:
    from server.cli.opening import open_services
    from server.cli.terminal import CommandRefused
    from server.operations.links.secret_key import WrongSecretKey, check_secret_key

    async with open_services(settings) as services:
        try:
            await check_secret_key(services)
        except WrongSecretKey as error:
            raise CommandRefused(str(error)) from error


async def _prepare_demo(settings: "Settings") -> "DemoSignIn | None":
    from server.cli import demo
    from server.cli.opening import migrate_database, open_services

    await migrate_database(settings)
    await _check_database(settings)
    async with open_services(settings) as services:
        return await demo.prepare(settings, services)


async def _purge(settings: "Settings") -> None:
    from dataclasses import asdict

    from server.cli.opening import open_services
    from server.cli.terminal import out
    from server.operations.maintenance.retention import purge as purge_rows

    async with open_services(settings) as services:
        purged = await purge_rows(services)
    for name, count in asdict(purged).items():
        out.print(f"{count} {name.replace('_', ' ')} deleted")
