"""The way into the panel, and out of it."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_holder_signs_in_and_out(panel: Panel) -> None:
    """A wrong password is refused beside the form; the right one leads to where one wanted to go."""
    page = panel.page
    await panel.context.clear_cookies()
    await page.goto(f"{panel.url}/accounts/{panel.account}")
    await expect(page.get_by_role("heading", name="from your own server")).to_be_visible()
    assert await panel.violations() == []
    await page.get_by_label("E-mail").fill(panel.email)
    await page.get_by_label("Password", exact=True).fill("not the password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("password")
    await page.get_by_label("Password", exact=True).fill(panel.password)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name=panel.account)).to_be_visible()
    [cookie] = await panel.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    await page.get_by_role("button", name="Your menu").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await panel.context.cookies() == []


async def test_the_demo_fills_in_its_sign_in(panel: Panel) -> None:
    """One click leads into the demo, as its holder or its operator."""
    page = panel.page
    await panel.context.clear_cookies()
    await page.goto(panel.url)
    await expect(page.get_by_label("E-mail")).to_have_value("demo@example.com")
    await page.get_by_role("button", name="Demo operator").click()
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    await page.get_by_role("button", name="Your menu").click()
    await expect(page.get_by_text("operator@example.com")).to_be_visible()


async def test_the_panel_has_the_readers_language_and_colours(panel: Panel) -> None:
    """What is chosen stays chosen, and the page says which language it is in."""
    page = panel.page
    await page.goto(panel.url)
    await expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    await page.get_by_role("button", name="Your menu").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert await panel.violations() == []
    await page.get_by_role("menuitemradio", name="Deutsch").click()
    await expect(page.get_by_role("heading", name="Erste Schritte")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="Erste Schritte")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "de")
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
