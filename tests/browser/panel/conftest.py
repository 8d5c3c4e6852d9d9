"""What the tests of the control panel share: a server, a browser, and for each test a holder with an account.

Server and browser last for the whole run of a process. So the event loop does too: each module says
`pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

import asyncio
import itertools
import json
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, Request, async_playwright, expect

from server.web.panel_page import BUILT
from tests.browser.conftest import chromium
from tests.factories.cli.processes import PATIENCE_SECONDS, started
from tests.factories.outbound.endpoints import Endpoint, answering, running_endpoint
from tests.factories.outbound.endpoints import Request as Call
from tests.factories.running import plain_http

expect.set_options(timeout=PATIENCE_SECONDS * 1_000)

SENDER = "Chappe"
OPERATOR = "operator@example.com"
AXE = Path(__file__).parents[2] / "conformance" / "node_modules" / "axe-core" / "axe.min.js"
_NUMBERS = itertools.count(1)


@dataclass
class Api:
    """The server's API, as one caller uses it."""

    url: str
    client: httpx.AsyncClient

    @classmethod
    async def sign_in(cls, url: str, email: str, password: str) -> "Api":
        """Return the API for a person."""
        api = cls(url, plain_http.client())
        answer = await api(
            "mutation($holder: HolderCredentials!) { signIn(input: {holder: $holder}) { token userErrors { message } } }",
            holder={"email": email, "password": password},
        )
        api.client.headers["Authorization"] = f"Bearer {answer['signIn']['token']}"
        api.client.cookies.clear()
        return api

    async def __call__(self, document: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer; what was refused fails the test."""
        body = {"query": document, "variables": variables}
        answer = (await self.client.post(f"{self.url}/graphql", json=body)).json()
        assert not answer.get("errors"), answer["errors"]
        data: dict[str, Any] = answer["data"]
        for payload in data.values():
            refused = payload.get("userErrors") if isinstance(payload, dict) else None
            assert not refused, refused
        return data


@dataclass(frozen=True)
class Server:
    """A running demo server, and its operator."""

    url: str
    operator: Api


@dataclass
class Panel:
    """The panel in a browser, signed in as a holder with one account; and the same holder's API."""

    url: str
    account: str
    email: str
    password: str
    api: Api
    operator: Api
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    async def window(self) -> Page:
        """Open another window of the same person's."""
        page = await self.context.new_page()
        self.watch(page)
        return page

    def watch(self, page: Page) -> None:
        """Keep what the page complains of."""
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def heard(self, request: Request) -> None:
        """Keep a request to anybody but the server."""
        if not request.url.startswith((self.url, "blob:", "data:")):
            self.strangers.append(request.url)

    async def open(self, room: str = "") -> Page:
        """Show a room of the account."""
        await self.page.goto(f"{self.url}/accounts/{self.account}{room}")
        return self.page

    async def sign_in(self, email: str, password: str) -> None:
        """Sign the browser in by the API's cookie, which no script can read."""
        answer = await self.context.request.post(
            f"{self.url}/graphql",
            data={
                "query": "mutation($holder: HolderCredentials!) "
                "{ signIn(input: {holder: $holder}) { userErrors { message } } }",
                "variables": {"holder": {"email": email, "password": password}},
            },
            headers={"Content-Type": "application/json", "Origin": self.url},
        )
        assert (await answer.json())["data"]["signIn"]["userErrors"] == []

    async def create_user(self, login: str, **more: Any) -> dict[str, Any]:
        """Add an API user by the API, and return what createUser answers."""
        answer = await self.api(
            """mutation($input: CreateUserInput!) {
              createUser(input: $input) { user { id login } generatedPassword userErrors { message } }
            }""",
            input={"account": self.account, "login": login, **more},
        )
        created: dict[str, Any] = answer["createUser"]
        return created

    async def send(self, *receivers: str, text: str = "Hello", **more: Any) -> list[str]:
        """Send by the API, and return the messages' ids."""
        answer = await self.api(
            """mutation($input: SendMessageInput!) {
              sendMessage(input: $input) { receivers { message { id } } userErrors { message } }
            }""",
            input={
                "account": self.account,
                "sender": SENDER,
                "receivers": list(receivers),
                "text": text,
                "idempotencyKey": secrets.token_hex(8),
                **more,
            },
        )
        return [verdict["message"]["id"] for verdict in answer["sendMessage"]["receivers"]]

    async def violations(self) -> list[str]:
        """Return what axe finds on the page, nothing of it being pointed at: rule and place."""
        await self.page.mouse.move(0, 0)
        await self.page.evaluate("document.activeElement?.matches('button') && document.activeElement.blur()")
        await expect(self.page.get_by_role("tooltip")).to_have_count(0)
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text("utf-8"))
        found = await self.page.evaluate(
            "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"
        )
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def fact(place: Locator, name: str) -> Locator:
    """Return one of the names and values that stand under each other."""
    return place.locator("dl > div").filter(has=place.page.get_by_text(name, exact=True))


async def choose(page: Page, row: str, action: str) -> None:
    """Choose an action from a row's menu."""
    await page.get_by_role("button", name=f"Actions for {row}", exact=True).click()
    await page.get_by_role("menuitem", name=action, exact=True).click()


async def confirm(page: Page, button: str) -> None:
    """Confirm what a dialog asks, and see it close."""
    await page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _answer(call: Call, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await answering(500 if call.target.startswith("/down") else 204)(call, reader, writer)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def panel_endpoint() -> AsyncIterator[Endpoint]:
    """An endpoint that the server may call back; where a URL's path begins with /down it fails."""
    async with running_endpoint(_answer) as endpoint:
        yield endpoint


@contextmanager
def running_demo(folder: Path, template: Path, endpoint: Endpoint) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a demo of its own from a folder; give its URL and the demo's passwords."""
    assert (BUILT / "index.html").is_file(), "The control panel is not built: run 'make panel'"
    shutil.copy(template, folder / "chappe.db")
    environment = {
        "CHAPPE_DATABASE_URL": f"sqlite://{folder}/chappe.db",
        "CHAPPE_PASSWORD_MEMORY_KIB": "32",
        "CHAPPE_PASSWORD_TIME_COST": "1",
        "CHAPPE_CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "CHAPPE_CALLBACK_ALLOWED_PORTS": f"443,{endpoint.port}",
        "CHAPPE_CALLBACK_RETRY_SECONDS": "0",
    }
    with started("demo", "--serve", "--port", "0", environment=environment, folder=folder) as server:
        yield server.url(), json.loads((folder / "demo.json").read_text())


@pytest.fixture(scope="session")
def panel_demo(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, panel_endpoint: Endpoint
) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo server for this process, and the demo's passwords."""
    with running_demo(tmp_path_factory.mktemp("panel"), sqlite_template, panel_endpoint) as demo:
        yield demo


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def panel_server(panel_demo: tuple[str, dict[str, str]]) -> AsyncIterator[Server]:
    """The server with its operator signed in."""
    url, passwords = panel_demo
    operator = await Api.sign_in(url, OPERATOR, passwords["operator"])
    yield Server(url, operator)
    await operator.client.aclose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def panel_browser() -> AsyncIterator[Browser]:
    """One browser for this process; each test has a session of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**chromium())
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def panel(panel_server: Server, panel_browser: Browser) -> AsyncIterator[Panel]:
    """The panel of this process's server, opened as `opened_panel` says."""
    async with opened_panel(panel_server, panel_browser) as panel:
        yield panel


@asynccontextmanager
async def opened_panel(server: Server, browser: Browser) -> AsyncIterator[Panel]:
    """Sign in a new holder with a new account of 1,000 credits and an enabled sender.

    Afterwards the browser must have had nothing to complain of, and have asked nobody but the server.
    """
    number = next(_NUMBERS)
    account, email, password = f"sms-test-{number}", f"holder-{number}@example.com", secrets.token_urlsafe(12)
    operator = server.operator
    await operator(
        "mutation($input: CreateHolderInput!) { createHolder(input: $input) { userErrors { message } } }",
        input={"email": email, "name": "Ada Holder", "password": password},
    )
    await operator(
        "mutation($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { message } } }",
        input={"name": account, "holderEmail": email},
    )
    await operator(
        """mutation($credits: GrantCreditsInput!, $sender: CreateSenderInput!, $status: SetSenderStatusInput!) {
          grantCredits(input: $credits) { userErrors { message } }
          createSender(input: $sender) { userErrors { message } }
          setSenderStatus(input: $status) { userErrors { message } }
        }""",
        credits={"account": account, "credits": "1000", "idempotencyKey": account},
        sender={"account": account, "name": SENDER},
        status={"account": account, "name": SENDER, "status": "ENABLED"},
    )
    api = await Api.sign_in(server.url, email, password)
    # Nothing moves, so that axe looks at what is there, not at what fades in.
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1_000)
    panel = Panel(server.url, account, email, password, api, operator, context, await context.new_page())
    panel.watch(panel.page)
    context.on("request", panel.heard)
    await panel.sign_in(email, password)
    yield panel
    await context.close()
    await panel.api.client.aclose()
    assert panel.complaints == []
    assert panel.strangers == []
