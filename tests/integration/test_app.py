"""The wired application, with different settings."""

from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from pydantic import SecretStr
from starlette.types import ASGIApp

from server.app import build_app
from server.outbound.mail import TAKEN, Mail, MailVerdict
from server.rules.links.http import HttpPreset
from server.settings import Profile, Settings
from server.store.models import Message
from server.wiring import build_mailer, build_services
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import PUBLIC_URL, serving
from tests.factories.gateways.http.twilio_api import TwilioApi
from tests.factories.links.links import LINK_PASSWORD, set_up_link
from tests.factories.messages.messages import send
from tests.factories.outbound.mail_server import HOST, PASSWORD, SENDER, USER, running_mail_server
from tests.factories.running.waiting import eventually

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
    """The browser gets its headers, by name and without cookies; another site's gets none."""
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
    """In production the page exists only by setting; if it is not built, it says so (503)."""
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
    async with running_mail_server() as mail_server:
        given = {"smtp_host": HOST, "smtp_port": mail_server.port, "mail_from": SENDER}
        trusting = settings.having(mail={**given, "smtp_security": "none"})
        assert await build_mailer(trusting).send(MAIL) == TAKEN
        assert mail_server.mails[0]["From"] == f"Chappe <{SENDER}>"
        sign_in = {"smtp_user": USER, "smtp_password": SecretStr(PASSWORD)}
        careful = settings.having(mail={**given, **sign_in})
        assert (await build_mailer(careful).send(MAIL)).verdict is MailVerdict.DELAYED
        assert len(mail_server.mails) == 1


async def test_a_message_goes_by_an_http_operator_whose_call_ends_it(settings: Settings) -> None:
    """By the server as it runs: its worker sends, and its own routes take the receipt."""
    api = TwilioApi("AC1", LINK_PASSWORD)
    async with serving(api):
        chosen = settings.having(
            web={"public_url": PUBLIC_URL},
            operators={
                "operator_allowed_networks": (ip_network("127.0.0.0/8"),),
                "operator_allowed_ports": (api.port,),
            },
        )
        app = build_app(chosen)
        async with LifespanManager(app), _client(app) as client:
            services = build_services(chosen)
            world = await World.create(services)
            url = api.url("/2010-04-01/Accounts/{account}/Messages.json")
            options = {"preset": HttpPreset.TWILIO, "user": "AC1", "url": url}
            await set_up_link(world, "twilio", http=options)
            number = await send(services, world.holder, await world.account(), "+447700900004")

            async def has(status: int) -> bool:
                return bool((await Message.get(id=number)).status == status)

            await eventually(lambda: has(4))
            assert (await api.tell(client, 0, "delivered")).status_code == 204
            await eventually(lambda: has(1))
            services.passwords.close()
            await services.drain()
