"""The audit trail: who changed what, with the values before and after."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_change_is_found_with_its_values(panel: Panel) -> None:
    """By what was done, to what, by whom and when; secrets are never shown."""
    await panel.create_user("shop", password="Passwor9")
    for description in ("Invoices", "Reminders"):
        await panel.api(
            "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) { userErrors { message } } }",
            input={"account": panel.account, "description": description},
        )
    answer = await panel.api(
        "query($account: String!) { account(name: $account) { auditEntries { totalCount } } }",
        account=panel.account,
    )
    page = await panel.open("/audit")
    rows = page.get_by_role("row")
    await expect(rows).to_have_count(answer["account"]["auditEntries"]["totalCount"] + 1)
    await expect(rows.nth(1)).to_contain_text("Settings changed")
    await expect(rows.nth(1)).to_contain_text(re.compile("Description.*Invoices.*Reminders"))
    await expect(rows.nth(1).get_by_role("img", name="becomes")).to_be_visible()
    added = rows.filter(has_text="User added")
    await expect(added).to_contain_text("(not shown)")
    await expect(page.get_by_text("Passwor9")).to_have_count(0)
    assert await panel.violations() == []

    await page.get_by_role("combobox", name="Change").fill("user add")
    await page.get_by_role("option", name="User added").click()
    await expect(rows).to_have_count(2)
    await page.get_by_role("textbox", name="What").fill("shop")
    await page.get_by_role("textbox", name="By whom").fill(panel.email)
    await expect(page).to_have_url(
        re.compile(f"action=createUser&subject=shop&by={panel.email.split('@')[0]}")
    )
    await expect(rows).to_have_count(2)
    await page.get_by_role("textbox", name="By whom").fill("shop")
    await expect(page.get_by_text("No change fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear the filters").click()
    await rows.first.get_by_role("button", name="Time").click()
    await expect(rows.nth(1)).to_contain_text("Account created")
    await page.get_by_label("From", exact=True).fill("2100-01-01T00:00")
    await expect(page.get_by_text("No change fits these filters")).to_be_visible()
    assert await panel.violations() == []
