"""Fixtures of browser tests: a demo server as an installation runs it, and a Chromium."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, WebSocket, async_playwright

from server.web.graphiql_page import BUILT
from tests.factories.cli.processes import PATIENCE_SECONDS, started

UNPACKED = Path(__file__).parent / "node_modules" / ".chromium"


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    url: str
    passwords: Mapping[str, str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Demo]:
    """A new demo for each module, on SQLite."""
    assert (BUILT / "index.html").is_file(), "GraphiQL is not built: run 'make graphiql'"
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "chappe.db")
    environment = {
        "CHAPPE_DATABASE_URL": f"sqlite://{folder}/chappe.db",
        "CHAPPE_PASSWORD_MEMORY_KIB": "32",
        "CHAPPE_PASSWORD_TIME_COST": "1",
    }
    with started("demo", "--serve", "--port", "0", environment=environment, folder=folder) as server:
        url = server.url()
        yield Demo(url, json.loads((folder / "demo.json").read_text()))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The machine's Chromium or, without one, the one that `make test` unpacks."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium())
        yield browser
        await browser.close()


@dataclass
class Visit:
    """A page, with its requests and its console's complaints."""

    page: Page
    requests: list[str]
    frames: list[dict[str, Any]]
    complaints: list[str]

    @classmethod
    async def begin(cls, browser: Browser, url: str) -> "Visit":
        """Open a page in a new browser session, tall enough for editors to show all their lines."""
        context = await browser.new_context(viewport={"width": 1280, "height": 2600})
        context.set_default_timeout(PATIENCE_SECONDS * 1_000)
        visit = cls(await context.new_page(), [], [], [])
        # The context also reports the requests of workers.
        context.on("request", visit._requested)
        visit.page.on("websocket", visit._connected)
        visit.page.on(
            "console", lambda line: visit.complaints.append(line.text) if line.type == "error" else None
        )
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        await visit.page.goto(url)
        return visit

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)

    def _connected(self, socket: WebSocket) -> None:
        self.requests.append(socket.url)
        socket.on("framereceived", lambda frame: self.frames.append(json.loads(frame)))


def chromium() -> dict[str, Any]:
    installed = shutil.which("chromium")
    if installed:
        return {"executable_path": installed}
    unpacked = UNPACKED / "chromium"
    assert unpacked.is_file(), "No Chromium is installed, and none unpacked: run 'make test'"
    libraries = UNPACKED / "al2023" / "lib"
    return {"executable_path": unpacked, "env": {**os.environ, "LD_LIBRARY_PATH": str(libraries)}}
