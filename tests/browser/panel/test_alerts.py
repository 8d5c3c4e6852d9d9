"""The page of alerts: thresholds, the alerts that went out, and their texts with a preview."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import SENDER, Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = """query($account: String!) { account(name: $account) {
  alertSender
  limit { enabled threshold channel email phoneNumber phoneNumberState }
  alertTemplates { mailSubject mailBody smsBody }
  limitAlerts { nodes { userLogin notifications { channel state } } }
} }"""


async def _now(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = (await panel.api(ACCOUNT, account=panel.account))["account"]
    return found


async def _set(panel: Panel, page: Page) -> None:
    own = page.get_by_role("region", name="own alert")
    await own.get_by_role("button", name="Set an alert").click()
    dialog = page.get_by_role("dialog", name="own alert")
    await dialog.get_by_text("Both", exact=True).click()
    await dialog.get_by_label("Alert at").fill("999.5")
    await dialog.get_by_label("Phone number").fill("12")
    await dialog.get_by_role("button", name="Save alert").click()
    await expect(dialog.get_by_label("Phone number")).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await dialog.get_by_label("Phone number").fill("+447700900301")
    await dialog.get_by_role("button", name="Save alert").click()
    await expect(page.get_by_text("be sent until a sender is chosen")).to_be_visible()
    await own.get_by_role("button", name="Choose").click()
    dialog = page.get_by_role("dialog", name="Sender of alerts by SMS")
    await dialog.get_by_role("combobox", name="Sender").click()
    await page.get_by_role("option", name=SENDER).click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The sender of alerts is set.")).to_be_visible()
    await expect(page.get_by_text("be sent until a sender is chosen")).to_have_count(0)
    now = await _now(panel)
    assert now["alertSender"] == SENDER
    assert now["limit"] == {
        "enabled": True,
        "threshold": "999.5",
        "channel": "BOTH",
        "email": panel.email,
        "phoneNumber": "+447700900301",
        "phoneNumberState": "ASKED",
    }


async def _ask_again(panel: Panel, page: Page) -> None:
    # The holder's own address needs no yes; the number has been asked, and is asked again.
    own = page.get_by_role("region", name="own alert")
    await expect(own).to_contain_text("Asked, has not answered yet")
    await own.get_by_role("button", name="Ask again").click()
    await expect(page.get_by_text("+447700900301 has been asked")).to_be_visible()
    await own.get_by_role("button", name="Enter the code").click()
    dialog = page.get_by_role("dialog", name="Confirm a phone number")
    await dialog.get_by_role("textbox").fill("12345")
    await dialog.get_by_role("textbox").press("Enter")
    await expect(dialog.get_by_role("textbox")).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await page.keyboard.press("Escape")


async def test_an_alert_is_set_and_goes_out(panel: Panel) -> None:
    """The threshold, whom it tells and by which sender; an alert appears by itself, with what became of it."""
    page = await panel.open("/alerts")
    own = page.get_by_role("region", name="own alert")
    await expect(own).to_contain_text("Off: nobody is told")
    await expect(page.get_by_text("No user has an alert")).to_be_visible()
    assert await panel.violations() == []
    await _set(panel, page)

    await _ask_again(panel, page)

    await page.get_by_role("tab", name="Sent").click()
    await expect(page.get_by_text("No alert was needed yet")).to_be_visible()
    await panel.send("+447700900010")
    await expect(page.get_by_role("row", name="The account")).to_be_visible()
    await expect(page.get_by_role("row").last).to_contain_text(f"{panel.email}Sent")
    assert await panel.violations() == []
    [alert] = (await _now(panel))["limitAlerts"]["nodes"]
    states = {told["channel"]: told["state"] for told in alert["notifications"]}
    assert states == {"MAIL": "SENT", "SMS": "FAILED"}
    await page.get_by_label("From", exact=True).fill("2100-01-01T00:00")
    await expect(page.get_by_text("No alert fits these filters")).to_be_visible()

    await page.get_by_role("tab", name="Thresholds").click()
    await own.get_by_role("button", name="Change", exact=True).click()
    await page.get_by_role("dialog").get_by_role("switch").click()
    await page.get_by_role("button", name="Save alert").click()
    await expect(own).to_contain_text("Off: nobody is told")
    assert not (await _now(panel))["limit"]["enabled"]


async def test_the_texts_of_alerts_are_tried_as_they_are_typed(panel: Panel) -> None:
    """A text that can't be filled in is refused beside its field; the server's own ones come back."""
    before = (await _now(panel))["alertTemplates"]
    page = await panel.open("/alerts?tab=texts")
    preview = page.get_by_role("region", name="Preview")
    mail, sms = preview.get_by_role("group", name="Mail"), preview.get_by_role("group", name="SMS")
    await expect(mail).to_contain_text("script")
    texts = page.get_by_role("region", name="Texts")
    await texts.get_by_label("Subject of mails").fill("Low: {login}")
    await expect(mail).to_contain_text("Low: script")
    await preview.get_by_text(re.compile("^The account.s$")).click()
    await expect(mail).to_contain_text(f"Low: {panel.account}")
    await texts.get_by_label("SMS", exact=True).fill("Left ☎ {nonsense}")
    await expect(texts.get_by_label("SMS", exact=True)).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await texts.get_by_label("SMS", exact=True).fill("Left ☎ ")
    await texts.get_by_role("button", name="Insert creditsLeft").click()
    await expect(texts.get_by_label("SMS", exact=True)).to_have_value("Left ☎ {creditsLeft}")
    await expect(sms).to_contain_text("1 part, Unicode")
    await texts.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("The texts of alerts are saved.")).to_be_visible()
    after = (await _now(panel))["alertTemplates"]
    assert after == {
        "mailSubject": "Low: {login}",
        "mailBody": before["mailBody"],
        "smsBody": "Left ☎ {creditsLeft}",
    }

    await texts.get_by_label("E-mail", exact=True).fill("Discarded")
    await texts.get_by_role("button", name="Discard").click()
    await expect(texts.get_by_label("E-mail", exact=True)).to_have_value(before["mailBody"])
    await texts.get_by_role("button", name=re.compile("Use the server.s texts")).click()
    assert await panel.violations() == []
    await page.get_by_role("button", name="Remove my texts").click()
    await expect(texts.get_by_label("Subject of mails")).to_have_value(before["mailSubject"])
    assert (await _now(panel))["alertTemplates"] == before
