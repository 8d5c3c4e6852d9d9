"""The page of callbacks: each with its tries, and replays of one or of a span."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel
from tests.factories.outbound.endpoints import Endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")

SET_URL = """mutation($account: String!, $url: URL) {
  updateAccount(input: {account: $account, callbackUrl: $url}) { userErrors { message } }
}"""
DELIVERIES = """query($account: String!) {
  account(name: $account) { callbackDeliveries { nodes { state message { receiver } } } }
}"""


async def states(panel: Panel) -> list[str]:
    """Return the state of each callback of the account."""
    answer = await panel.api(DELIVERIES, account=panel.account)
    return [delivery["state"] for delivery in answer["account"]["callbackDeliveries"]["nodes"]]


async def test_callbacks_are_seen_and_replayed(panel: Panel, panel_endpoint: Endpoint) -> None:
    """What was given up is found by its state; one is replayed from its tries, and the rest as a span of time."""
    page = await panel.open("/callbacks")
    await expect(page.get_by_text("Nobody was called yet")).to_be_visible()
    await panel.api(SET_URL, account=panel.account, url=panel_endpoint.url(f"/down/{panel.account}"))
    await panel.send("+447700900010", "+447700900011")
    # Each message tells of two changes, and each is given up in the end.
    given_up = page.get_by_role("cell", name="Given up")
    await page.goto(f"{panel.url}/accounts/{panel.account}/messages")
    await expect(page.get_by_role("cell", name="Delivered to the handset.")).to_have_count(2)
    await panel.open("/callbacks")
    await expect(given_up).to_have_count(4)

    await page.get_by_role("combobox", name="State").click()
    await page.get_by_role("option", name="Delivered").click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/callbacks?state=DELIVERED")
    await expect(page.get_by_text("No callback fits these filters")).to_be_visible()
    await page.get_by_role("button", name="Clear the filters").click()
    await expect(given_up).to_have_count(4)
    assert await panel.violations() == []

    await panel.api(SET_URL, account=panel.account, url=panel_endpoint.url(f"/up/{panel.account}"))
    await page.get_by_role("button", name="Actions for the callback about +447700900010").first.click()
    await page.get_by_role("menuitem", name="See the tries").click()
    drawer = page.get_by_role("dialog", name="Callback")
    await expect(drawer.get_by_role("table", name="Tries").get_by_role("row")).to_have_count(2)
    await expect(drawer).to_contain_text("500")
    await expect(drawer).to_contain_text("127.0.0.1")
    assert await panel.violations() == []
    await drawer.get_by_role("button", name="Replay what was missed").click()
    await expect(page.get_by_text("2 callbacks are on their way again")).to_be_visible()
    await expect(drawer.get_by_text("Delivered", exact=True)).to_have_count(
        2
    )  # the callback, and its last try
    assert sorted(await states(panel)) == ["DELIVERED", "DELIVERED", "FAILED", "FAILED"]
    await page.keyboard.press("Escape")
    await expect(given_up).to_have_count(2)

    await page.get_by_role("button", name="Replay a span of time").click()
    dialog = page.get_by_role("dialog", name="Replay a span of time")
    await dialog.get_by_label("To", exact=True).fill("2100-01-01T00:00")
    await expect(dialog).to_contain_text("2 were given up in this span")
    await dialog.get_by_role("button", name="Replay", exact=True).click()
    await expect(dialog).to_contain_text("2 callbacks are on their way again")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(given_up).to_have_count(0)
    await expect(page.get_by_role("cell", name="Delivered", exact=True)).to_have_count(4)
    assert await states(panel) == ["DELIVERED"] * 4
    calls = [
        call.target for call in panel_endpoint.requests if call.target.startswith(f"/up/{panel.account}?")
    ]
    assert len(calls) == 4
