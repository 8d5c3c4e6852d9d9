"""The operator's room of links, on a server of its own: while there is a link, no simulator delivers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.panel.conftest import (
    OPERATOR,
    Api,
    Panel,
    Server,
    choose,
    confirm,
    opened_panel,
    running_demo,
)
from tests.factories.outbound.endpoints import Endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def links_panel(
    tmp_path: Path, sqlite_template: Path, panel_endpoint: Endpoint, panel_browser: Browser
) -> AsyncIterator[Panel]:
    """The panel of a new server, with its operator signed in."""
    with running_demo(tmp_path, sqlite_template, panel_endpoint) as (url, passwords):
        operator = await Api.sign_in(url, OPERATOR, passwords["operator"])
        async with opened_panel(Server(url, operator), panel_browser) as panel:
            await panel.sign_in(OPERATOR, passwords["operator"])
            yield panel
        await operator.client.aclose()


async def _link(panel: Panel, name: str) -> dict[str, Any] | None:
    answer = await panel.operator(
        """{ links {
          name kind
          settings { enabled host port tls systemId window perSecond http { preset user } }
        } }"""
    )
    return next((link for link in answer["links"] if link["name"] == name), None)


async def test_an_operator_looks_after_links(links_panel: Panel) -> None:
    """Links are created, enabled, looked at, disabled and deleted; one without an answer says so."""
    panel, page = links_panel, links_panel.page
    smpp, twilio = f"{panel.account}-smpp", f"{panel.account}-twilio"
    await page.goto(f"{panel.url}/operator/links")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Create a link").first.click()
    for label, value in (
        ("Name", smpp),
        ("Host", "127.0.0.1"),
        ("Port", "9"),
        ("System ID", "chappe"),
        ("Password", "secret"),
        ("Window", "7"),
        ("Per second", "30"),
    ):
        await dialog.get_by_label(label, exact=True).fill(value)
    await dialog.get_by_label("Open it at once").uncheck()
    await expect(dialog.get_by_role("link", name="GraphQL API")).to_have_attribute("href", "/graphiql")
    assert await panel.violations() == []
    await confirm(page, "Create")
    made = await _link(panel, smpp)
    assert made
    assert made["settings"] == {
        "enabled": False,
        "host": "127.0.0.1",
        "port": 9,
        "tls": False,
        "systemId": "chappe",
        "window": 7,
        "perSecond": 30,
        "http": None,
    }

    await page.get_by_role("button", name="Create a link").first.click()
    await dialog.get_by_text("Twilio", exact=True).click()
    await dialog.get_by_label("Name", exact=True).fill(twilio)
    await dialog.get_by_label("Account SID or API key").fill("AC0123456789")
    await dialog.get_by_label("Auth token or API secret").fill("secret")
    await dialog.get_by_label("Open it at once").uncheck()
    await confirm(page, "Create")
    made = await _link(panel, twilio)
    assert made
    assert made["kind"] == "HTTP"
    assert made["settings"]["http"] == {"preset": "TWILIO", "user": "AC0123456789"}

    # Nothing listens there: the page says so by itself, once a worker has tried.
    row = page.get_by_role("row").filter(has_text=smpp)
    await expect(row).to_contain_text("Stopped")
    await choose(page, smpp, "Enable")
    await confirm(page, "Enable the link")
    await expect(row).to_contain_text("refuses the connection")
    assert await panel.violations() == []
    await row.get_by_role("button", name=smpp, exact=True).click()
    await expect(dialog).to_contain_text("127.0.0.1:9")
    await expect(dialog).to_contain_text("updateLink")
    await page.keyboard.press("Escape")
    await choose(page, smpp, "Disable")
    await confirm(page, "Disable the link")
    found = await _link(panel, smpp)
    assert found
    assert not found["settings"]["enabled"]
    for name in (smpp, twilio):
        await choose(page, name, "Delete")
        await confirm(page, "Delete the link")
        await expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
        assert await _link(panel, name) is None
