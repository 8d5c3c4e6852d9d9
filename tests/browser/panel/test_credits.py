"""The page of credits: the ledger as it grows, the proof that it adds up, and transfers."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

LEDGER = """query($account: String!) {
  account(name: $account) { creditsLeft creditEntries(first: 1) { nodes { kind accountDelta } } }
}"""


async def _ledger(panel: Panel, account: str) -> dict[str, Any]:
    found: dict[str, Any] = (await panel.api(LEDGER, account=account))["account"]
    return found


async def _follow(panel: Panel, page: Page) -> None:
    ledger = page.get_by_role("region", name="Ledger")
    rows = ledger.get_by_role("row")
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("Granted")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await panel.send("+447700900010")
    await panel.api(
        "mutation($input: SetUserQuotaInput!) { setUserQuota(input: $input) { userErrors { message } } }",
        input={"account": panel.account, "login": "shop", "enabled": True, "credits": "150"},
    )
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_contain_text("Quota set")
    await expect(rows.nth(1)).to_contain_text(re.compile(r"shop.*\+150.*\W150"))
    await expect(rows.nth(2)).to_contain_text("to +447700900010")
    await expect(page.locator("dl > div").filter(has_text="Credits left")).to_contain_text("849.5")
    await expect(page.locator("dl > div").filter(has_text="Held by quotas")).to_contain_text("150")


async def _prove(panel: Panel, page: Page) -> None:
    await page.get_by_role("button", name="Prove it").click()
    proof = page.get_by_role("region", name="Proof of the ledger")
    await expect(proof).to_contain_text("3 entries were checked.")
    await expect(proof.get_by_role("row", name="Granted")).to_contain_text("+1,000")
    assert await panel.violations() == []
    await proof.get_by_role("button", name="Close").click()


async def _filter(page: Page) -> None:
    ledger = page.get_by_role("region", name="Ledger")
    rows = ledger.get_by_role("row")
    await ledger.get_by_role("button", name="Time").click()
    await expect(rows.nth(1)).to_contain_text("Granted")
    await page.get_by_role("combobox", name="Kind").click()
    await page.get_by_role("option", name="Message").click()
    await expect(rows).to_have_count(2)
    await expect(page).to_have_url(re.compile(r"direction=ASC&kind=MESSAGE"))
    await page.get_by_role("button", name="Clear the filters").click()
    await page.get_by_role("combobox", name="User").fill("sho")
    await page.get_by_role("option", name="shop").click()
    await expect(rows).to_have_count(2)
    await expect(rows.last).to_contain_text("Quota set")
    await page.get_by_role("button", name="Clear the filters").click()
    await page.get_by_label("From", exact=True).fill("2100-01-01T00:00")
    await expect(page.get_by_text("No movement fits these filters")).to_be_visible()
    begins = page.locator("dl > div").filter(has_text="At the beginning of the period")
    await expect(begins).to_contain_text("849.5")
    await page.get_by_role("button", name="Clear the filters").click()
    await expect(rows).to_have_count(4)


async def _transfer(panel: Panel, page: Page, other: str) -> None:
    await page.get_by_role("button", name="Transfer credits").click()
    dialog = page.get_by_role("dialog", name="Transfer credits")
    await dialog.get_by_role("combobox", name="To the account").click()
    await page.get_by_role("option", name=other).click()
    await dialog.get_by_label("Credits", exact=True).fill("900")
    moves = dialog.get_by_role("group", name="What moves")
    await expect(moves).to_contain_text("not enough")
    await dialog.get_by_role("button", name="Transfer", exact=True).click()
    await expect(dialog.get_by_label("Credits", exact=True)).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Credits", exact=True).fill("99.5")
    await expect(moves).to_contain_text("750")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Transfer", exact=True).click()
    await expect(page.get_by_text(f"99.5 credits were transferred to {other}.")).to_be_visible()
    await expect(page.get_by_role("row").last).to_contain_text("Transfer to another account")
    source, target = await _ledger(panel, panel.account), await _ledger(panel, other)
    assert (source["creditsLeft"], target["creditsLeft"]) == ("750", "99.5")
    assert target["creditEntries"]["nodes"] == [{"kind": "TRANSFER_IN", "accountDelta": "99.5"}]


async def test_credits_are_followed_proved_and_transferred(panel: Panel) -> None:
    """Each movement appears by itself; a period has its balances; what a transfer leaves is shown first."""
    other = f"{panel.account}-other"
    await panel.operator(
        "mutation($input: CreateAccountInput!) { createAccount(input: $input) { userErrors { message } } }",
        input={"name": other, "holderEmail": panel.email},
    )
    await panel.create_user("shop")
    page = panel.page
    await page.goto(f"{panel.url}/accounts/{other}/credits")
    await expect(page.get_by_text("Nothing has moved yet")).to_be_visible()
    assert await panel.violations() == []
    await page.get_by_role("button", name="Account").click()
    await page.get_by_role("menuitem", name=f"{panel.account} 1,000").click()
    await page.get_by_role("link", name="Credits", exact=True).click()
    await _follow(panel, page)
    await _prove(panel, page)
    await _filter(page)
    await _transfer(panel, page, other)


async def test_what_is_sent_together_is_one_movement(panel: Panel) -> None:
    """It names its first receiver, and says that there are others."""
    await panel.send("+447700900010", "+447700900011", "+447700900012")
    page = await panel.open("/credits")
    entry = page.get_by_role("region", name="Ledger").get_by_role("row").nth(1)
    await expect(entry).to_contain_text("to +447700900010 and others")
    await expect(entry).to_contain_text("1.5")
