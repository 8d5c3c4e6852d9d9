"""GraphiQL in a real browser, on a real server."""

import asyncio
import itertools
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.conftest import Demo, Visit
from tests.client import until
from tests.factories.cli.processes import PATIENCE_SECONDS
from tests.factories.running import plain_http

expect.set_options(timeout=PATIENCE_SECONDS * 1_000)


class GraphiQL:
    """A person's actions on the page, and its content."""

    def __init__(self, visit: Visit) -> None:
        """Take the page."""
        self.visit = visit
        self.page = visit.page
        self.banner = self.page.get_by_role("banner")
        self.result = self.page.locator(".result-window")

    async def sign_in(self, password: str) -> None:
        """Fill in the form as the demo's holder, and send it."""
        await self.banner.get_by_label("E-mail").fill("demo@example.com")
        await self.banner.get_by_label("Password").fill(password)
        await self.banner.get_by_role("button", name="Sign in").click()

    async def sign_in_well(self, demo: Demo) -> None:
        """Sign in, and wait until the page says so."""
        await self.sign_in(demo.passwords["holder"])
        await expect(self.banner).to_contain_text("Signed in as demo@example.com")

    async def run(self, operation: str) -> None:
        """Choose an operation of the tab from the run button's menu, once the editor has found it."""
        await self.page.locator("[aria-label^='Execute query'][aria-haspopup='menu']").click()
        await self.page.get_by_role("menuitem", name=operation, exact=True).click()

    async def stored(self) -> str:
        """Return everything that the page has stored in the browser."""
        stored: str = await self.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        return stored

    @property
    def variables(self) -> Locator:
        """The editor of the variables."""
        return self.page.get_by_role("region", name="Variables")


@pytest.fixture
async def graphiql(demo: Demo, browser: Browser) -> GraphiQL:
    """The page, opened for the first time."""
    visit = await Visit.begin(browser, f"{demo.url}/graphiql")
    return GraphiQL(visit)


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("PttCodes", '"deliveryStatus": "SUCCESS"'),
        ("Rates", '"country": "GB"'),
        ("Accounts", '"description": "The web shop"'),
        ("Send", '"number": "+447700900001"'),
        ("SetQuota", '"left": "150"'),
    ],
)
async def test_the_examples_work_as_they_are(
    graphiql: GraphiQL, demo: Demo, operation: str, result: str
) -> None:
    """Each example works unchanged."""
    await graphiql.sign_in_well(demo)
    await graphiql.run(operation)
    await expect(graphiql.result).to_contain_text(result)
    await expect(graphiql.result).not_to_contain_text('"errors"')


async def test_deliveries_are_seen_live(graphiql: GraphiQL, demo: Demo) -> None:
    """A message sent by URL is followed to its end, with only the session's cookie."""
    await graphiql.sign_in_well(demo)
    listeners = _listeners(demo)
    await graphiql.run("Deliveries")
    await until(lambda: _listeners(demo) > listeners)
    number = _send(demo)
    await expect(graphiql.result).to_contain_text(f'"number": "{number}"')
    await expect(graphiql.result).to_contain_text('"status": "SUCCESS"')
    events = [frame["payload"]["data"]["deliveryStatusChanged"] for frame in graphiql.visit.frames[1:]]
    statuses = [event["status"] for event in events if event["message"]["number"] == number]
    assert statuses == ["CREATED", "PENDING", "BUFFERED", "SUCCESS"]


async def test_no_other_host_is_asked(graphiql: GraphiQL, demo: Demo) -> None:
    """Loading, signing in, a query and a subscription only use this server, and follow its policy."""
    await graphiql.sign_in_well(demo)
    await graphiql.run("Accounts")
    await expect(graphiql.result).to_contain_text("The web shop")
    await graphiql.run("Deliveries")
    await until(lambda: graphiql.visit.frames)
    asked = {urlsplit(url)[:2] for url in graphiql.visit.requests if not url.startswith("data:")}
    host = urlsplit(demo.url).netloc
    assert asked == {("http", host), ("ws", host)}
    assert graphiql.visit.complaints == []


async def test_a_token_does_without_a_session(graphiql: GraphiQL, demo: Demo) -> None:
    """A token in the Headers editor is used for queries and subscriptions, and stored nowhere."""
    token = _token(demo)
    await graphiql.page.get_by_role("button", name="Headers").click()
    await graphiql.page.get_by_role("region", name="Headers").locator(".view-lines:visible").click()
    await graphiql.page.keyboard.insert_text(f'{{"Authorization": "Bearer {token}"}}')
    await graphiql.run("Accounts")
    await expect(graphiql.result).to_contain_text("The web shop")
    listeners = _listeners(demo)
    await graphiql.run("Deliveries")
    await until(lambda: _listeners(demo) > listeners)
    number = _send(demo)
    await expect(graphiql.result).to_contain_text(f'"number": "{number}"')
    assert "idempotencyKey" in await graphiql.stored()
    assert token not in await graphiql.stored()


async def test_signing_in_and_out(graphiql: GraphiQL, demo: Demo) -> None:
    """A wrong password is reported, a right one shows the session's owner, and signing out ends it."""
    await graphiql.sign_in("something else")
    await expect(graphiql.banner.get_by_role("alert")).to_contain_text("password is wrong")
    await graphiql.sign_in_well(demo)
    await expect(graphiql.banner.get_by_role("alert")).to_have_count(0)
    await graphiql.banner.get_by_role("button", name="Sign out").click()
    await expect(graphiql.banner.get_by_label("Password")).to_have_value("")
    await graphiql.run("Accounts")
    await expect(graphiql.result).to_contain_text("UNAUTHENTICATED")


async def test_the_session_outlives_a_reload(graphiql: GraphiQL, demo: Demo) -> None:
    """After a reload the holder is signed in and the tab is unchanged; no script can read the session."""
    await graphiql.sign_in_well(demo)
    await graphiql.page.reload()
    await expect(graphiql.banner).to_contain_text("Signed in as demo@example.com")
    await expect(graphiql.variables).to_contain_text('"login": "shop"')
    await expect(graphiql.page.get_by_role("tab")).to_have_count(1)
    assert await graphiql.page.evaluate("document.cookie") == ""


async def test_the_editor_finds_no_fault_with_the_examples(graphiql: GraphiQL) -> None:
    """The editors know the schema: only an unknown field is underlined."""
    await expect(graphiql.variables).to_contain_text('"login": "shop"')
    fault = graphiql.page.locator(".squiggly-error")
    written = " nosuchfield"
    async with asyncio.timeout(PATIENCE_SECONDS):
        for tries in itertools.count(1):
            if await fault.count():
                break
            if tries % 5 == 0:
                await graphiql.page.reload()  # its worker may have missed the schema
            # The editor looks at what is typed; what was there before it had the schema it does not look at again.
            await graphiql.page.get_by_text("deliveryStatus", exact=True).first.click()
            await graphiql.page.keyboard.press("End")
            await graphiql.page.keyboard.type(written)
            written = "x"
            with suppress(PlaywrightTimeout):
                await fault.first.wait_for(timeout=3_000)
    await expect(fault).to_have_count(1)


def _listeners(demo: Demo) -> float:
    families = text_string_to_metric_families(plain_http.get(f"{demo.url}/metrics").text)
    (family,) = (family for family in families if family.name == "chappe_bus_listeners")
    return float(family.samples[0].value)


def _token(demo: Demo) -> str:
    """Sign the demo's holder in as a program does, and return the token."""
    query = "mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }"
    holder = {"email": "demo@example.com", "password": demo.passwords["holder"]}
    body = {"query": query, "variables": {"input": {"holder": holder}}}
    token: str = plain_http.post(f"{demo.url}/graphql", json=body).json()["data"]["signIn"]["token"]
    return token


def _send(demo: Demo) -> str:
    """Send a message by URL as the demo's user, and return its number."""
    fields = {
        "account": "sms-demo-1", "login": "shop", "password": demo.passwords["user"], "from": "Chappe",
        "to": "+447700900001", "message": "Hello",
    }  # fmt: skip
    answer = plain_http.post(f"{demo.url}/http2sms", data=fields).text.splitlines()
    assert answer[0] == "OK"
    return answer[-1]
