"""The control panel's page as the server sends it, from a folder like that of the build."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.app import build_app
from server.settings import Profile, Settings
from server.web.panel_page import panel_routes
from tests.integration.web.conftest import client_of


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built page."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta name="csp-nonce" content="{{nonce}}">')
    (tmp_path / "assets" / "index-B5fXk2.js").write_text("start();")
    return tmp_path


@pytest.fixture
async def client(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that has the page."""
    async with client_of(Starlette(routes=panel_routes(built))) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/profile",
        "/accounts/sms-demo-1",
        "/accounts/sms-demo-1/users/shop",
        "/operator/links",
    ],
)
async def test_a_link_into_the_panel_leads_there(client: httpx.AsyncClient, path: str) -> None:
    """Each of its addresses is the page, never cached."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_what_the_panel_has_not_is_not_found(client: httpx.AsyncClient) -> None:
    """A wrong address stays an error for programs."""
    assert (await client.get("/account")).status_code == 404


async def test_the_policy_lets_in_nothing_else(client: httpx.AsyncClient) -> None:
    """No other host, no frame, and no style without the nonce, which no two answers share."""
    nonces = set()
    for _ in range(2):
        answer = await client.get("/")
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        found = re.search(r'content="([\w-]{22})"', answer.text)
        assert found is not None
        nonces.add(found[1])
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": f"'self' 'nonce-{found[1]}'",
            "img-src": "'self'",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
    assert len(nonces) == 2


async def test_its_files_are_kept_for_good(client: httpx.AsyncClient) -> None:
    """They are named after their content."""
    answer = await client.get("/panel/assets/index-B5fXk2.js")
    assert answer.text == "start();"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("profile", list(Profile))
def test_every_profile_has_the_panel(profile: Profile) -> None:
    """It is for holders, and so for production too."""
    app = build_app(
        Settings(profile=profile, database={"url": "sqlite://chappe.db"}, security={"secret_key": "x" * 32})
    )
    assert "/" in {getattr(route, "path", "") for route in app.routes}
