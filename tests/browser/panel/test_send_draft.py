"""Writing what is sent: a draft that is kept, credits that do not reach, a file that changes."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel, fact

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_half_written_message_is_kept_for_the_session(panel: Panel) -> None:
    """Another page and a reload lose nothing of it; it is gone once it is cleared, or sent."""
    page = await panel.open("/send")
    await expect(page.get_by_text("The account has no STOP clause")).to_be_visible()
    await expect(page.get_by_role("switch", name="This is advertising")).to_have_count(0)
    text, numbers = page.get_by_role("textbox", name="Text"), page.get_by_role("textbox", name="Numbers")
    clear = page.get_by_role("button", name="Clear the message")
    await expect(clear).to_have_count(0)
    await text.fill("Half wri")
    await numbers.fill("+447700900010, 447700900011")
    await page.get_by_text("Read numbers without a plus").click()
    await page.get_by_role("textbox", name="Tag").fill("later")
    await page.get_by_role("link", name="Messages", exact=True).click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/messages")
    for come_back in (page.go_back, page.reload):
        await come_back()
        await expect(text).to_have_value("Half wri")
        await expect(numbers).to_have_value("+447700900010, 447700900011")
        await expect(page.get_by_role("textbox", name="Tag")).to_have_value("later")
        await expect(page.get_by_text("2 receivers")).to_be_visible()
    assert await panel.violations() == []

    await clear.click()
    await expect(text).to_have_value("")
    await expect(numbers).to_have_value("")
    await expect(page.get_by_text("2 receivers")).to_have_count(0)
    await text.fill("Whole")
    await numbers.fill("+447700900010")
    await page.get_by_role("button", name="Review and send").click()
    await page.get_by_role("button", name="Send to one receiver").click()
    await expect(page.get_by_role("region", name="Sent", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Send another").click()
    await expect(text).to_have_value("")
    await expect(numbers).to_have_value("")


async def test_too_few_credits_are_said_beside_the_cost(panel: Panel) -> None:
    """Whoever has less than it costs reads so before the review."""
    page = await panel.open("/send")
    await page.get_by_role("textbox", name="Text").fill("Hello")
    await page.get_by_role("textbox", name="Numbers").fill(
        "\n".join(f"+44770100{number:04}" for number in range(2_010))
    )
    cost = fact(page.get_by_role("region", name="Preview"), "Cost")
    await expect(cost).to_contain_text("about 5 credits more than are left")
    await page.get_by_role("textbox", name="Numbers").fill("+447701000000")
    await expect(cost).to_contain_text("0.5 credits")
    await expect(cost).not_to_contain_text("more than")


async def test_a_file_that_changed_is_read_anew(panel: Panel, tmp_path: Path) -> None:
    """The same file chosen again is what it has become, not what it was."""
    page = await panel.open("/send")
    await page.get_by_role("tab", name="From a CSV file").click()
    chosen = tmp_path / "guests.csv"
    chooser = page.locator("input[type=file]")
    chosen.write_text("phone\n+447701000001\n+447701000002\n")
    await chooser.set_input_files(chosen)
    await expect(page.get_by_text("2 receivers")).to_be_visible()
    # Else a browser would tell of no change when the same path is chosen.
    await expect(chooser).to_have_js_property("value", "")
    chosen.write_text("phone\n+447701000001\n+447701000002\n+447701000003\n")
    await chooser.set_input_files(chosen)
    await expect(page.get_by_text("3 receivers")).to_be_visible()


async def test_who_signs_out_leaves_no_draft_behind(panel: Panel) -> None:
    """Text and numbers are nobody else's who opens the same window next."""
    page = await panel.open("/send")
    await page.get_by_role("textbox", name="Text").fill("For their eyes only")
    assert "For their eyes only" in await page.evaluate("JSON.stringify({ ...sessionStorage })")
    await page.get_by_role("button", name="Your menu").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
