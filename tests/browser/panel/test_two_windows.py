"""Two windows of the same account: what is done in one is seen in the other, by itself."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_windows_see_each_others_changes(panel: Panel) -> None:
    """A user that is added, disabled and given a quota; a number that is blacklisted; a message that is sent."""
    here, there = await panel.open("/users"), await panel.window()
    await there.goto(f"{panel.url}/accounts/{panel.account}/users")
    for page in (here, there):
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()

    await here.get_by_role("button", name="Add user").first.click()
    dialog = here.get_by_role("dialog")
    await dialog.get_by_label("Login").fill("shop")
    await dialog.get_by_role("button", name="Add user").click()
    await here.get_by_role("button", name="I have copied it").click()
    await expect(there.get_by_role("row", name="shop")).to_be_visible()

    await _open(there, "Quota")
    await there.get_by_role("dialog").get_by_label("Credits left to this user").fill("150")
    await there.get_by_role("button", name="Set quota").click()
    await expect(here.get_by_role("row", name="shop")).to_contain_text("of 150")

    await _open(here, "Disable")
    await here.get_by_role("dialog").get_by_role("button", name="Disable").click()
    await expect(there.get_by_role("row", name="shop")).to_contain_text("Disabled")

    await there.get_by_role("link", name="Overview").click()
    await expect(there.locator("dl > div").filter(has_text="Credits left")).to_contain_text("850")
    await here.get_by_role("link", name="Messages", exact=True).click()
    await expect(here.get_by_text("Nothing was sent yet")).to_be_visible()
    await there.get_by_role("link", name="Send", exact=True).click()
    await there.get_by_label("Text", exact=True).fill("Hello")
    await there.get_by_label("Numbers").fill("+447700900024")
    await expect(there.get_by_text("1 part · GSM 7-bit")).to_be_visible()
    await expect(there.get_by_text("1 receiver", exact=True)).to_be_visible()
    await there.get_by_role("button", name="Review and send").click()
    await there.get_by_role("dialog").get_by_role("button", name="Send to").click()
    await expect(here.get_by_role("row").filter(has_text="+447700900024")).to_contain_text("Failed")


async def _open(page: Page, action: str) -> None:
    """Open a dialog from the user's menu."""
    await page.get_by_role("button", name="Actions for shop").click()
    await page.get_by_role("menuitem", name=action, exact=True).click()
    await expect(page.get_by_role("dialog")).to_be_visible()
