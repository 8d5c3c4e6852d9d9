"""The GraphiQL page as the server sends it, from a folder like that of the build."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server.app import build_app
from server.settings import Profile, Settings
from server.web.graphiql_page import graphiql_routes
from tests.integration.web.conftest import client_of


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built page, with a secret next to its folder."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<title>The page</title>")
    (built / "assets" / "index-B5fXk2.js").write_text("start();")
    (tmp_path / "secret").write_text("a secret")
    return built


@pytest.fixture
async def client(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that has the page."""
    async with client_of(Starlette(routes=graphiql_routes(built))) as client:
        yield client


@pytest.mark.parametrize("path", ["/graphiql", "/graphiql/"])
async def test_the_page_needs_no_redirect(client: httpx.AsyncClient, path: str) -> None:
    """With and without a slash it is the same page, never cached."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "The page" in answer.text


async def test_an_asset_is_kept_for_good(client: httpx.AsyncClient) -> None:
    """A file named after its content is asked for once."""
    answer = await client.get("/graphiql/assets/index-B5fXk2.js")
    assert answer.text == "start();"
    assert "javascript" in answer.headers["Content-Type"]
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["/graphiql", "/graphiql/assets/index-B5fXk2.js", "/graphiql/assets/none.js"]
)
async def test_the_browser_is_told_to_stay_here(client: httpx.AsyncClient, path: str) -> None:
    """Every answer forbids other hosts, and being framed."""
    headers = (await client.get(path)).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


@pytest.mark.parametrize(
    "name",
    ["none.js", "", "%2e", "%2e%2e", "%2e%2e%2findex.html", "..%2f..%2fsecret", "%2fetc%2fpasswd", "a%00b"],
)
async def test_no_name_leads_out_of_the_folder(client: httpx.AsyncClient, name: str) -> None:
    """What is not a file of the folder is not found, however its name is spelt."""
    answer = await client.get(f"/graphiql/assets/{name}")
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_page_that_is_not_built_says_how(tmp_path: Path) -> None:
    """Without the built files the page names the command; once they are there, no restart is needed."""
    built = tmp_path / "dist"
    async with client_of(Starlette(routes=graphiql_routes(built))) as client:
        answer = await client.get("/graphiql")
        assert answer.status_code == 503
        assert "<code>make graphiql</code>" in answer.text
        assert answer.headers["Cache-Control"] == "no-cache"
        assert (await client.get("/graphiql/assets/index.js")).status_code == 404
        built.mkdir()
        (built / "index.html").write_text("The page")
        assert (await client.get("/graphiql")).text == "The page"


@pytest.mark.parametrize("profile", list(Profile))
def test_only_development_has_the_page(profile: Profile) -> None:
    """A server in production has no GraphiQL."""
    app = build_app(
        Settings(profile=profile, database={"url": "sqlite://chappe.db"}, security={"secret_key": "x" * 32})
    )
    paths = {getattr(route, "path", "") for route in app.routes}
    assert ("/graphiql" in paths) == (profile is Profile.DEVELOPMENT)
