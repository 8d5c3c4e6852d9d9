"""The audit trail: who changed what, with the values before and after."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _blacklist(panel: Panel, *numbers: str) -> None:
    """Blacklist numbers by the API, in this order: an entry for each."""
    inputs = {
        f"n{place}": {"account": panel.account, "number": number} for place, number in enumerate(numbers)
    }
    await panel.api(
        f"mutation({', '.join(f'${name}: AddToBlacklistInput!' for name in inputs)}) {{ "
        + " ".join(
            f"{name}: addToBlacklist(input: ${name}) {{ userErrors {{ message }} }}" for name in inputs
        )
        + " }",
        **inputs,
    )


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


async def test_changes_are_seen_as_they_are_made(panel: Panel) -> None:
    """At the head of the list at once; to who has scrolled down they are counted, and move nothing."""
    page = await panel.open("/audit")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="Credits granted")).to_be_visible()
    await panel.create_user("shop")
    await expect(page.get_by_role("row").nth(1)).to_contain_text("shop")
    await page.get_by_role("textbox", name="What", exact=True).fill("+447700900201")
    await expect(page.get_by_text("No change fits these filters")).to_be_visible()
    await _blacklist(panel, *(f"+4477009002{number:02}" for number in range(30)))
    await expect(page.get_by_role("row")).to_have_count(2)
    await page.get_by_role("button", name="Clear the filters").click()

    oldest = page.get_by_role("row").filter(has_text="Credits granted")
    await oldest.scroll_into_view_if_needed()
    before = await oldest.bounding_box()
    await _blacklist(panel, "+447700900300", "+447700900301")
    news = page.get_by_role("button", name="2 new changes")
    await expect(news).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="+447700900300")).to_have_count(0)
    assert await oldest.bounding_box() == before
    assert await panel.violations() == []
    await news.click()
    await expect(page.get_by_role("row").nth(1)).to_contain_text("+447700900301")
    await expect(page.get_by_role("row").nth(1)).to_be_in_viewport()
    await expect(news).to_have_count(0)
