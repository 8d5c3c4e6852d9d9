"""The application as it is wired: what the settings make of it."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from server.app import build_app
from server.outbound.mail import TAKEN, Mail, MailVerdict
from server.settings import Profile, Settings
from server.wiring import build_mailer
from tests.factories.outbound.mail_server import HOST, PASSWORD, SENDER, USER, post_office

FRONTEND = "https://app.example.com"
MAIL = Mail(key="k", recipient="a@example.com", subject="s", body="b", written_at_us=0)


def _client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chappe.test")


def _preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }


async def test_an_allowed_sites_pages_may_ask_with_a_token(settings: Settings) -> None:
    """The browser is told so, by name and without cookies; another site's is told nothing."""
    app = build_app(settings.having(web={"allowed_origins": (FRONTEND,)}))
    async with _client(app) as client:
        allowed = await client.options("/graphql", headers=_preflight(FRONTEND))
        other = await client.options("/graphql", headers=_preflight("https://evil.example.com"))
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == FRONTEND
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in allowed.headers
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers


async def test_no_other_site_is_allowed_unless_named(settings: Settings) -> None:
    """Without the setting no page of another site gets an answer that its script may read."""
    async with _client(build_app(settings)) as client:
        preflight = await client.options("/graphql", headers=_preflight(FRONTEND))
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize(("profile", "status"), [("development", (200, 503)), ("production", (404,))])
async def test_graphiql_is_for_development(settings: Settings, profile: str, status: tuple[int, ...]) -> None:
    """In production the page is not there unless it is asked for; where it is not built, it says so (503)."""
    chosen = settings.having(profile=Profile(profile))
    async with _client(build_app(chosen)) as client:
        assert (await client.get("/graphiql")).status_code in status


async def test_without_a_mail_server_mails_are_files_beside_the_database(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder named outbox: next to an SQLite file, else below var."""
    monkeypatch.chdir(tmp_path)
    assert await build_mailer(settings).send(MAIL) == TAKEN
    folder = tmp_path if settings.database.url.startswith("sqlite") else tmp_path / "var"
    assert [path.name for path in (folder / "outbox").iterdir()] == ["k.eml"]


async def test_with_a_mail_server_mails_go_there(settings: Settings) -> None:
    """Signed in, from the address that is set; without a certificate that the machine trusts, not at all."""
    async with post_office() as office:
        given = {"smtp_host": HOST, "smtp_port": office.port, "mail_from": SENDER}
        trusting = settings.having(mail={**given, "smtp_security": "none"})
        assert await build_mailer(trusting).send(MAIL) == TAKEN
        assert office.mails[0]["From"] == f"Chappe <{SENDER}>"
        sign_in = {"smtp_user": USER, "smtp_password": SecretStr(PASSWORD)}
        careful = settings.having(mail={**given, **sign_in})
        assert (await build_mailer(careful).send(MAIL)).verdict is MailVerdict.DELAYED
        assert len(office.mails) == 1
