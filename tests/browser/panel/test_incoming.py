"""What phones answered, and the blacklist that a STOP puts its number on."""

import re
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERS_STOP, ANSWERS_THANKS = "+447700900907", "+447700900908"


async def _blacklist(panel: Panel) -> list[str]:
    answer = await panel.api(
        "query($account: String!) { account(name: $account) { blacklist { nodes { address } } } }",
        account=panel.account,
    )
    return sorted(entry["address"] for entry in answer["account"]["blacklist"]["nodes"])


async def _incoming(panel: Panel) -> list[dict[str, Any]]:
    answer = await panel.api(
        """query($account: String!) {
          account(name: $account) { incomingMessages { nodes { sender isStop } } }
        }""",
        account=panel.account,
    )
    found: list[dict[str, Any]] = answer["account"]["incomingMessages"]["nodes"]
    return sorted(found, key=lambda message: str(message["sender"]))


async def test_answers_arrive_and_stops_are_obeyed(panel: Panel) -> None:
    """An answer appears by itself; a STOP leads to the blacklist, from which it leads back."""
    page = await panel.open("/incoming")
    await expect(page.get_by_text("Nothing has come in yet")).to_be_visible()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert await panel.violations() == []
    await panel.send(ANSWERS_STOP, ANSWERS_THANKS)
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(3)
    await expect(rows.filter(has_text=ANSWERS_THANKS)).to_contain_text("Thank you!")
    await expect(rows.filter(has_text=ANSWERS_STOP)).to_contain_text("STOP: on the blacklist")
    assert await _incoming(panel) == [
        {"sender": ANSWERS_STOP, "isStop": True},
        {"sender": ANSWERS_THANKS, "isStop": False},
    ]
    assert await panel.violations() == []

    await page.get_by_role("combobox", name="STOP").click()
    await page.get_by_role("option", name="No STOPs").click()
    await expect(rows).to_have_count(2)
    await page.get_by_label("Phone").fill(ANSWERS_STOP)
    await expect(page.get_by_text("No message fits these filters")).to_be_visible()
    await expect(page).to_have_url(re.compile("stop=no"))
    await page.get_by_role("button", name="Clear the filters").click()
    await expect(rows).to_have_count(3)

    await page.get_by_role("button", name=f"Actions for {ANSWERS_THANKS}").click()
    await page.get_by_role("menuitem", name="Add to the blacklist").click()
    dialog = page.get_by_role("dialog", name="Add a number")
    await expect(dialog.get_by_role("textbox", name="Number")).to_have_value(ANSWERS_THANKS)
    await dialog.get_by_role("button", name="Add", exact=True).click()
    await expect(rows).to_have_count(3)
    assert await _blacklist(panel) == [ANSWERS_STOP, ANSWERS_THANKS]
    await page.get_by_role("button", name=f"Actions for {ANSWERS_STOP}").click()
    await page.get_by_role("menuitem", name="Show what it wrote").click()
    await expect(page.get_by_role("heading", name="Incoming messages")).to_be_visible()
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name=f"Actions for {ANSWERS_STOP}").click()
    await page.get_by_role("menuitem", name="Show on the blacklist").click()
    await expect(page.get_by_role("heading", name="Blacklist")).to_be_visible()
    await expect(rows).to_have_count(2)


async def test_numbers_are_blocked_and_let_go(panel: Panel) -> None:
    """What is no number is refused beside its field; a number is written as one likes, and kept in E.164."""
    page = await panel.open("/blacklist")
    await expect(page.get_by_text("Nobody is blocked")).to_be_visible()
    assert await panel.violations() == []
    await page.get_by_role("button", name="Add a number").click()
    dialog = page.get_by_role("dialog")
    number = dialog.get_by_role("textbox", name="Number")
    await number.fill("+44 12")
    await number.press("Enter")
    await expect(number).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await number.fill("0044 7700 900-123")
    await number.press("Enter")
    await expect(page.get_by_text("+447700900123 is on the blacklist.")).to_be_visible()
    await expect(page.get_by_role("row", name="+447700900123")).to_be_visible()
    assert await _blacklist(panel) == ["+447700900123"]

    await page.get_by_label("Search by number").fill("900124")
    await expect(page.get_by_text("No such number")).to_be_visible()
    await page.get_by_label("Search by number").fill("900123")
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/blacklist?search=900123")
    assert await panel.violations() == []
    await page.get_by_role("button", name="Actions for +447700900123").click()
    await page.get_by_role("menuitem", name="Remove").click()
    await expect(dialog).to_contain_text(f"{panel.account} may then send to this number again.")
    await dialog.get_by_role("button", name="Remove from the blacklist").click()
    await expect(page.get_by_text("+447700900123 was removed from the blacklist.")).to_be_visible()
    await expect(page.get_by_role("row")).to_have_count(0)
    assert await _blacklist(panel) == []
