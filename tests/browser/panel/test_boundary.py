"""What a reader sees where the panel itself fails, or the browser is an odd one."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_whose_code_is_gone_can_be_reloaded(panel: Panel) -> None:
    """The other pages go on, and so does this one once the server has it."""

    async def gone(route: Route) -> None:
        await route.fulfill(status=404)

    page = await panel.open()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    await page.route("**/panel/assets/*.js", gone)
    await page.get_by_role("link", name="Charts").click()
    await expect(page.get_by_role("alert")).to_contain_text("This page could not be shown")
    assert await panel.violations() == []
    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    await page.unroute("**/panel/assets/*.js")
    await page.get_by_role("link", name="Charts").click()
    await page.get_by_role("button", name="Reload the page").click()
    await expect(page.get_by_role("heading", name="Charts")).to_be_visible()
    assert panel.complaints
    panel.complaints.clear()  # of what was taken away above


async def test_a_page_waits_for_the_connection(panel: Panel) -> None:
    """Without one, a page whose code is not there yet says so, and comes by itself once there is one."""
    page = await panel.open()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    await panel.context.set_offline(True)
    await page.get_by_role("link", name="Charts").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is no connection")
    assert await panel.violations() == []
    await panel.context.set_offline(False)
    await expect(page.get_by_role("heading", name="Charts")).to_be_visible()
    assert panel.complaints
    panel.complaints.clear()  # of what was not fetched


async def test_a_system_without_a_language_does_no_harm(panel: Panel) -> None:
    """Chromium calls the language of such a system by what is none: en-US@posix."""
    await panel.page.add_init_script(
        "Object.defineProperty(navigator, 'languages', { get: () => ['en-US@posix'] })"
    )
    page = await panel.open()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    await expect(page.locator("dl > div").filter(has_text="Credits left")).to_contain_text("1,000")


async def test_a_panel_without_its_texts_says_so(panel: Panel) -> None:
    """In each language, since none is known; it shows once the server answers again."""

    async def gone(route: Route) -> None:
        await route.fulfill(status=404)

    page = panel.page
    await page.route(re.compile(r"/panel/assets/en-"), gone)
    await panel.open()
    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text("The control panel could not be loaded.")
    await expect(alert).to_contain_text("konnte nicht geladen werden")
    assert await panel.violations() == []
    await page.unroute(re.compile(r"/panel/assets/en-"))
    await page.get_by_role("button", name="Reload").click()
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    assert panel.complaints
    panel.complaints.clear()  # of what was taken away above
