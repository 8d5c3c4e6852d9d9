"""A person's own name, in a browser."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_person_changes_their_name(panel: Panel) -> None:
    """What is refused stands beside the field; the new name is everywhere at once."""
    page = panel.page
    await page.goto(f"{panel.url}/profile")
    await expect(page.get_by_text("Ada Holder")).to_be_visible()
    await page.get_by_role("button", name="Change your name").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("x" * 101)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    await expect(dialog.get_by_text("100 characters")).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_label("Name", exact=True).fill("Ada Łącz")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("definition").filter(has_text="Ada Łącz")).to_be_visible()
    assert (await panel.api("{ viewer { holder { name } } }"))["viewer"]["holder"] == {"name": "Ada Łącz"}
    await page.get_by_role("button", name="Your menu", exact=True).click()
    await expect(page.get_by_role("menu").get_by_text("Ada Łącz")).to_be_visible()
