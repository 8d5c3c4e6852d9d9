"""The page of senders: declared, found, seen approved, and deleted."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import SENDER, Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _senders(panel: Panel) -> dict[str, tuple[str, str, str | None]]:
    answer = await panel.api(
        "query($account: String!) { senders(account: $account) { nodes { name kind status comment } } }",
        account=panel.account,
    )
    return {
        sender["name"]: (sender["kind"], sender["status"], sender["comment"])
        for sender in answer["senders"]["nodes"]
    }


async def test_senders_are_declared_found_and_deleted(panel: Panel) -> None:
    """What can't be a sender is refused beside its field; what is declared waits for approval."""
    page = await panel.open("/senders")
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Declare a sender").click()
    dialog = page.get_by_role("dialog", name="Declare a sender")
    await dialog.get_by_label("Sender", exact=True).fill("Far too long a name")
    await dialog.get_by_role("button", name="Declare", exact=True).click()
    await expect(dialog.get_by_label("Sender", exact=True)).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await dialog.get_by_label("Sender", exact=True).fill("Harbour")
    await dialog.get_by_label("Comment").fill("Our brand")
    await dialog.get_by_role("button", name="Declare", exact=True).click()
    await expect(page.get_by_text("Harbour is declared and waits for approval.")).to_be_visible()
    await expect(page.get_by_role("row", name="Harbour")).to_contain_text("Waits for approval")

    await page.get_by_role("button", name="Declare a sender").click()
    await dialog.get_by_label("Sender", exact=True).fill("+44 7700 900500")
    await dialog.get_by_role("combobox", name="Kind").click()
    await page.get_by_role("option", name="Virtual number").click()
    await expect(dialog.get_by_text("Replies to it come to this account.")).to_be_visible()
    await dialog.get_by_role("button", name="Declare", exact=True).click()
    await expect(page.get_by_role("row", name="+447700900500")).to_contain_text("Virtual number")
    assert await _senders(panel) == {
        SENDER: ("ALPHANUMERIC", "ENABLED", None),
        "Harbour": ("ALPHANUMERIC", "WAITING", "Our brand"),
        "+447700900500": ("VIRTUAL", "WAITING", None),
    }
    assert await panel.violations() == []

    await page.get_by_role("combobox", name="Status").click()
    await page.get_by_role("option", name="Waits for approval").click()
    await expect(rows).to_have_count(3)
    await page.get_by_label("Search by name").fill("harb")
    await expect(rows).to_have_count(2)
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/senders?status=WAITING&search=harb")
    await page.get_by_label("Search by name").fill("beacon")
    await expect(page.get_by_text("No sender found")).to_be_visible()
    await page.goto(f"{panel.url}/accounts/{panel.account}/senders?search=harb")
    await page.get_by_role("button", name="Actions for Harbour").click()
    await page.get_by_role("menuitem", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete Harbour?")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Delete the sender").click()
    await expect(page.get_by_text("Harbour was deleted.")).to_be_visible()
    await expect(page.get_by_text("No sender found")).to_be_visible()
    await page.get_by_label("Search by name").fill("")
    for name in (SENDER, "+447700900500"):
        await page.get_by_role("button", name=f"Actions for {name}").click()
        await page.get_by_role("menuitem", name="Delete").click()
        await page.get_by_role("button", name="Delete the sender").click()
        await expect(page.get_by_role("row", name=name)).to_have_count(0)
    await expect(page.get_by_text("No sender yet")).to_be_visible()
    assert await _senders(panel) == {}
