"""The first pages after the sign-in: the account at a glance, and what to do next."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_new_account_says_what_to_do_next(panel: Panel) -> None:
    """Each step that is open is a link; the list goes when all are done."""
    await panel.page.goto(panel.url)  # who has one account is led to it
    page = panel.page
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}")
    steps = page.get_by_role("region", name="First steps")
    await expect(steps.get_by_role("link", name="Add an API user")).to_have_attribute(
        "href", f"/accounts/{panel.account}/users?add=1"
    )
    await expect(steps.get_by_role("link", name="Declare a sender")).to_have_count(0)  # one is enabled
    await expect(steps.get_by_role("link", name="Send a test")).to_be_visible()
    assert await panel.violations() == []
    await panel.create_user("shop")
    await panel.send("+447700900001")
    await page.reload()
    await expect(page.get_by_role("region", name="Latest messages")).to_contain_text("+447700900001")
    await expect(steps).to_have_count(0)


async def test_credits_that_move_elsewhere_are_seen_here(panel: Panel) -> None:
    """What is granted, or set aside for a user, changes an open page by itself."""
    page = await panel.open()
    left = page.locator("dl > div").filter(has_text="Credits left")
    await expect(left).to_contain_text("1,000")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await panel.operator(
        "mutation($input: GrantCreditsInput!) { grantCredits(input: $input) { userErrors { message } } }",
        input={"account": panel.account, "credits": "500", "idempotencyKey": f"{panel.account} more"},
    )
    await expect(left).to_contain_text("1,500")


async def test_the_overview_counts_what_was_sent(panel: Panel) -> None:
    """Credits, messages and delivery rate are those of the account; the chart is also a table."""
    await panel.send("+447700900001", "+447700900024")
    page = await panel.open()
    latest = page.get_by_role("region", name="Latest messages")
    await expect(latest.get_by_text("Delivered")).to_have_count(1)
    await expect(latest.get_by_text("Failed")).to_have_count(1)
    await page.reload()
    for name, figure in (("Credits left", "999"), ("Messages today", "2"), ("Delivered today", "50%")):
        await expect(page.locator("dl > div").filter(has_text=name)).to_contain_text(figure)
    spending = page.get_by_role("region", name="Spending by day")
    await spending.get_by_role("button", name="Show as a table").click()
    await expect(spending.get_by_role("row").last).to_contain_text("1")
    assert await panel.violations() == []
