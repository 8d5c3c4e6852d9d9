"""The application as it is wired: what the settings make of it."""

import httpx
import pytest
from starlette.types import ASGIApp

from server.app import build_app
from server.settings import Profile, Settings

FRONTEND = "https://app.example.com"


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
    app = build_app(settings.model_copy(update={"allowed_origins": (FRONTEND,)}))
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
    chosen = settings.model_copy(update={"profile": Profile(profile)})
    async with _client(build_app(chosen)) as client:
        assert (await client.get("/graphiql")).status_code in status
