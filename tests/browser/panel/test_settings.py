"""The settings of an account, each part with a button of its own."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import Panel
from tests.factories.outbound.endpoints import Endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = """query($account: String!) { account(name: $account) {
  description timeZone stopClause stopLanguages stopWords stopWordsInForce keepsAdvertisingHours
  callbackUrl stopCallbackUrl callback { signingKeyId }
} }"""


async def _now(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = (await panel.api(ACCOUNT, account=panel.account))["account"]
    return found


async def _general(panel: Panel, page: Page) -> None:
    general = page.get_by_role("region", name="General")
    await expect(general.get_by_role("button", name="Save")).to_be_disabled()
    assert await panel.violations() == []
    await general.get_by_label("Description").fill("Invoices")
    await general.get_by_role("combobox", name="Time zone").fill("lisb")
    await page.get_by_role("option", name="Europe/Lisbon").click()
    await general.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("General: saved")).to_be_visible()
    now = await _now(panel)
    assert (now["description"], now["timeZone"]) == ("Invoices", "Europe/Lisbon")
    await general.get_by_label("Description").fill("Thrown away")
    await general.get_by_role("button", name="Discard").click()
    await expect(general.get_by_label("Description")).to_have_value("Invoices")


async def _advertising(panel: Panel, page: Page) -> None:
    advertising = page.get_by_role("region", name="Advertising and STOP")
    await advertising.get_by_label("STOP clause").fill("No more? STOP to 36111")
    await advertising.get_by_label("Keep to the hours").click()
    await advertising.get_by_label("Remove all languages").click()
    await advertising.get_by_role("combobox", name="Languages").click()
    await page.get_by_role("option", name="French").click()
    await page.keyboard.press("Escape")
    words = advertising.get_by_label("Words of your own")
    await words.fill("x" * 200)
    await words.press("Enter")
    await advertising.get_by_role("button", name="Save").click()
    await expect(words).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await words.press("Backspace")
    await words.fill("no more")
    await words.press("Enter")
    await advertising.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Advertising and STOP: saved")).to_be_visible()
    now = await _now(panel)
    assert now["stopClause"] == "No more? STOP to 36111"
    assert now["keepsAdvertisingHours"]
    assert (now["stopLanguages"], now["stopWords"]) == (["FR"], ["no more"])
    shown = advertising.get_by_role("listitem")
    await expect(shown).to_have_count(len(now["stopWordsInForce"]))


async def _callbacks(panel: Panel, page: Page, url: str) -> None:
    before = (await _now(panel))["callback"]["signingKeyId"]
    callbacks = page.get_by_role("region", name="Callbacks")
    await callbacks.get_by_label("URL for delivery statuses").fill("https://10.0.0.1/")
    await callbacks.get_by_role("button", name="Save", exact=True).click()
    await expect(callbacks.get_by_label("URL for delivery statuses")).to_have_attribute(
        "aria-invalid", "true"
    )
    await callbacks.get_by_label("URL for delivery statuses").fill(url)
    await callbacks.get_by_role("button", name="Save and call now").click()
    await expect(callbacks.get_by_role("table", name="Tries")).to_contain_text("204")
    assert await panel.violations() == []
    await callbacks.get_by_label("URL for STOPs").fill(f"{url}/stop")
    await callbacks.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Callbacks: saved")).to_be_visible()
    now = await _now(panel)
    assert (now["callbackUrl"], now["stopCallbackUrl"]) == (url, f"{url}/stop")
    await callbacks.get_by_role("button", name="New signing key").click()
    await page.get_by_role("button", name="Make a new key").click()
    await expect(page.get_by_role("dialog", name="The new key").locator("code")).to_contain_text("whsec_")
    assert await panel.violations() == []
    await page.get_by_role("button", name="I have copied it").click()
    key = (await _now(panel))["callback"]["signingKeyId"]
    assert key != before
    await expect(callbacks).to_contain_text(key)


async def test_settings_are_saved_part_by_part(panel: Panel, panel_endpoint: Endpoint) -> None:
    """What is refused stands beside its field; what is discarded is as the server has it."""
    page = await panel.open("/settings")
    await _general(panel, page)
    await _advertising(panel, page)
    await _callbacks(panel, page, panel_endpoint.url(f"/up/{panel.account}"))

    # Whether the account can be used at all is for operators to say.
    about = page.get_by_role("region", name="Account", exact=True)
    await expect(about).to_contain_text("The people who run this server change it.")
    await expect(about).to_contain_text(panel.email)
