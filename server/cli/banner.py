"""The banner that a server prints once it answers: its URLs, and how to begin."""

from importlib.metadata import version
from urllib.parse import urlsplit

from rich.table import Table
from starlette.applications import Starlette

from server.cli.demo import ACCOUNT, HOLDER_EMAIL, LOGIN, OPERATOR_EMAIL, SENDER, DemoSignIn
from server.cli.terminal import out
from server.settings import Profile, Settings
from server.store.database import Database

HTTP2SMS = "/http2sms"
PAGES = {
    "Panel": "/",
    "GraphQL": "/graphql",
    "GraphiQL": "/graphiql",
    "http2sms": HTTP2SMS,
    "Health": "/healthz",
    "Metrics": "/metrics",
}


def print_banner(app: Starlette, url: str, settings: Settings, sign_in: DemoSignIn | None) -> None:
    """Print the application's URLs, and the demo's sign-in if there is one."""
    paths = {getattr(route, "path", None) for route in app.routes}
    table = Table.grid(padding=(0, 2))
    for name, page in PAGES.items():
        if page in paths:
            table.add_row(f"  [bold]{name}[/]", f"{url}{page}")
    file = Database(settings.database.url).sqlite_path
    table.add_row("  [bold]Database[/]", f"SQLite, {file}" if file else "PostgreSQL")
    table.add_row("  [bold]Operator[/]", _operator(settings))
    if sign_in is not None:
        _add_sign_in(table, sign_in)
    out.print(
        f"\n  [bold cyan]Chappe {version('chappe')}[/] serves at [bold]{url}[/]  [dim](Ctrl+C stops it)[/]\n"
    )
    out.print(table)
    if sign_in is not None and sign_in.user is not None and HTTP2SMS in paths:
        out.print("\n  Paste this into another terminal to send a message by URL:\n")
        out.print(curl_line(url, sign_in.user), markup=False)
    out.print()


def _operator(settings: Settings) -> str:
    if settings.operators.smpp_url is None:
        if settings.profile is Profile.PRODUCTION:
            return "through the links in the database (createLink); without any, messages wait"
        return "simulated if there is no link: the receiver's last digits choose what happens"
    host = urlsplit(settings.operators.smpp_url.get_secret_value()).hostname
    return f"SMPP, {host}"


def curl_line(url: str, password: str) -> str:
    """Return a curl command that sends a message as the demo's user."""
    return (
        f"curl -sS {url}{HTTP2SMS} -d account={ACCOUNT} -d login={LOGIN} -d password={password} "
        f"-d from={SENDER} --data-urlencode to=+447700900001 --data-urlencode 'message=Hello from Chappe'"
    )


def _add_sign_in(table: Table, sign_in: DemoSignIn) -> None:
    for role, email, password in (
        ("Sign in", HOLDER_EMAIL, sign_in.holder),
        ("as admin", OPERATOR_EMAIL, sign_in.operator),
    ):
        if password is not None:
            table.add_row(f"  [bold]{role}[/]", f"{email}  {password}")
