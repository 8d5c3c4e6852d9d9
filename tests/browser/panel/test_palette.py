"""The command palette."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_everything_is_a_few_letters_away(panel: Panel) -> None:
    """Ctrl+K finds pages, users and actions, by the keyboard alone."""
    await panel.create_user("warehouse")
    page = await panel.open()
    await expect(page.get_by_role("heading", name=panel.account)).to_be_visible()
    await page.keyboard.press("Control+k")
    asked = page.get_by_role("textbox", name="Find a page, an account or a user")
    await asked.fill("chart")
    await expect(page.get_by_role("button", name="Charts")).to_be_visible()
    assert await panel.violations() == []
    await asked.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/charts")
    await page.keyboard.press("Control+k")
    await asked.fill("wareh")
    await page.get_by_role("button", name="warehouse").click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/users/warehouse")
