"""Built pages in a folder, with their compressed files."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # nobody has written its types
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.web.built_pages import BuiltPage
from tests.integration.web.conftest import client_of

POLICY = "default-src 'none'"
SCRIPT = "start();" * 1_000


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built page with a script in three forms, and a picture in one."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text('<meta content="{{nonce}}">')
    script = built / "assets" / "index-B5fXk2.js"
    script.write_text(SCRIPT)
    script.with_name(f"{script.name}.br").write_bytes(brotli.compress(SCRIPT.encode()))
    script.with_name(f"{script.name}.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (built / "assets" / "icon-Ch3.svg").write_text("<svg/>")
    return built


@pytest.fixture
async def client(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that has the page."""
    page = BuiltPage(built, name="The page", command="make page")

    def whole(_: Request) -> Response:
        return page.page(POLICY, "bm9uY2U")

    def asset(request: Request) -> Response:
        return page.asset(request, POLICY)

    async with client_of(Starlette(routes=[Route("/", whole), Route("/assets/{name}", asset)])) as client:
        yield client


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None), ("", None)]
)
async def test_a_file_comes_as_the_client_can_read_it(
    client: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    """In the build's compressed form if there is one, with the type of the content."""
    answer = await client.get("/assets/index-B5fXk2.js", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.text == SCRIPT
    assert "javascript" in answer.headers["Content-Type"]
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_file_without_a_compressed_form_comes_as_it_is(client: httpx.AsyncClient) -> None:
    """As small ones and pictures do."""
    answer = await client.get("/assets/icon-Ch3.svg", headers={"Accept-Encoding": "br"})
    assert (answer.text, answer.headers.get("Content-Encoding")) == ("<svg/>", None)
    assert answer.headers["Content-Type"] == "image/svg+xml"


async def test_a_compressed_form_has_no_address_of_its_own(client: httpx.AsyncClient) -> None:
    """It is the same file, and not another one."""
    assert (await client.get("/assets/index-B5fXk2.js.gz")).status_code == 404


async def test_the_page_bears_its_nonce(client: httpx.AsyncClient) -> None:
    """It stands where the built page has a place for it."""
    assert (await client.get("/")).text == '<meta content="bm9uY2U">'
