"""What an account sent, as charts and as tables."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHARTS = (
    "Messages", "Credits", "Delivery rate", "Time to delivery", "Reasons (ptt codes)", "Messages by user",
    "Credits by user",
)  # fmt: skip


async def test_every_chart_is_also_a_table(panel: Panel) -> None:
    """The tables have the account's figures; the span is in the address."""
    page = await panel.open("/charts")
    await expect(page.get_by_text("Nothing to show")).to_have_count(len(CHARTS))
    await panel.send("+447700900001", "+447700900024")
    page = await panel.open()
    await expect(page.get_by_text("Delivered", exact=True)).to_have_count(1)
    await expect(page.get_by_text("Failed", exact=True)).to_have_count(1)
    page = await panel.open("/charts?days=7")
    for name in CHARTS:
        chart = page.get_by_role("region", name=name, exact=True)
        await expect(chart.get_by_role("figure")).to_be_visible()
        await chart.get_by_role("button", name="Show as a table").click()
    table = page.get_by_role("table", name="Messages", exact=True)
    await expect(table.get_by_role("row")).to_have_count(8)
    await expect(table.get_by_role("row").last).to_contain_text("1")
    await expect(page.get_by_role("table", name="Delivery rate").get_by_role("row").last).to_contain_text(
        "50%"
    )
    await expect(page.get_by_role("table", name="Messages by user")).to_contain_text("Account holder")
    await expect(page.get_by_role("table", name="Reasons (ptt codes)")).to_contain_text("24")
    assert await panel.violations() == []
    await page.get_by_text("24 hours").click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/charts?days=1")
    await expect(table.get_by_role("row")).to_have_count(25)
