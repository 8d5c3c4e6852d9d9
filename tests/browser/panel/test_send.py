"""Sending: a text and what it takes, receivers pasted or from a file, batches that are sent once."""

import csv
import io
from asyncio import Event
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import FilePayload, Page, Route, expect

from tests.browser.panel.conftest import Panel, fact

pytestmark = pytest.mark.asyncio(loop_scope="session")

SENT = """query($account: String!) {
  account(name: $account) { creditsLeft }
  messages(account: $account) {
    totalCount
    nodes { receiver body tag status messageClass deferredUntil credits }
  }
}"""


async def sent(panel: Panel) -> dict[str, Any]:
    """Return what the account has sent, and the credits that it has left."""
    return await panel.api(SENT, account=panel.account)


async def type_text(page: Page) -> None:
    """Type a text that is Unicode, and have what makes it so replaced."""
    text = page.get_by_role("textbox", name="Text")
    await text.fill("“Table” for two… " * 4)
    await expect(page.get_by_text("2 parts · Unicode")).to_be_visible()
    await expect(page.get_by_text("U+201C")).to_be_visible()
    shown = page.get_by_role("region", name="Preview")
    await expect(shown.locator("mark").first).to_have_text("“")
    await page.get_by_role("button", name="Replace 3 of them by plain ones").click()
    await expect(text).to_have_value('"Table" for two... ' * 4)
    await expect(page.get_by_text("1 part · GSM 7-bit")).to_be_visible()
    await expect(shown).to_contain_text("STOP 36063")


async def paste_receivers(page: Page) -> None:
    """Paste three numbers, one without its plus; a duplicate and no number at all."""
    await page.get_by_role("textbox", name="Numbers").fill(
        "+447700900010\n0044 7700 900011; 447700900012\n+447700900010, nobody"
    )
    await expect(page.get_by_text("2 receivers")).to_be_visible()
    await expect(page.get_by_text("2 malformed")).to_be_visible()
    await page.get_by_text("Read numbers without a plus").click()
    await expect(page.get_by_text("3 receivers")).to_be_visible()
    await expect(page.get_by_text("1 duplicate")).to_be_visible()
    await page.get_by_role("button", name="See which").click()
    refusals = page.get_by_role("table", name="Not sent to")
    await expect(refusals.get_by_role("row").nth(1)).to_contain_text("3+447700900010")
    await expect(refusals.get_by_role("row").nth(2)).to_contain_text("3nobody")
    await page.keyboard.press("Escape")


async def defer(page: Page, zone: str) -> datetime:
    """Defer to half past nine in three days, on a zone's clocks; return when that is."""
    day = datetime.now(ZoneInfo(zone)) + timedelta(days=3)
    local = day.replace(hour=9, minute=30, second=0, microsecond=0)
    await page.get_by_text("Later", exact=True).click()
    await page.get_by_label(f"Time in {zone}").fill(local.strftime("%Y-%m-%dT%H:%M"))
    return local


async def test_a_text_is_looked_over_and_sent(panel: Panel) -> None:
    """Coding, parts and cost follow the typing; what is malformed or given twice is set aside, and said."""
    await panel.api(
        """mutation($account: String!) { updateAccount(
          input: {account: $account, timeZone: "Asia/Tokyo", stopClause: "STOP 36063"}
        ) { userErrors { message } } }""",
        account=panel.account,
    )
    page = await panel.open("/send")
    await page.get_by_role("button", name="Review and send").click()
    await expect(page.get_by_text("A message needs a text.")).to_be_visible()
    await expect(page.get_by_text("Give at least one receiver.")).to_be_visible()
    assert await panel.violations() == []
    await type_text(page)
    await paste_receivers(page)
    local = await defer(page, "Asia/Tokyo")
    await expect(page.get_by_text("for you")).to_contain_text("00:30")  # the browser's zone is UTC
    await page.get_by_role("textbox", name="Tag").fill("tables")
    await page.get_by_role("combobox", name="Class").click()
    await page.get_by_role("option", name="Flash").click()
    await expect(fact(page.get_by_role("region", name="Preview"), "Cost")).to_contain_text("1.5 credits")
    assert await panel.violations() == []

    await page.get_by_role("button", name="Review and send").click()
    review = page.get_by_role("dialog", name="Send this?")
    await expect(review).to_contain_text("998.5")
    await expect(fact(review, "Text")).to_contain_text('"Table" for two... "Table"')
    await expect(fact(review, "Text")).to_contain_text("STOP 36063")
    await expect(fact(review, "Advertising")).to_contain_text("yes")
    await expect(fact(review, "Not usable")).to_contain_text("2, which are no numbers or stand twice")
    assert await panel.violations() == []
    assert (await sent(panel))["messages"]["totalCount"] == 0
    await review.get_by_role("button", name="Send to 3 receivers").click()
    job = page.get_by_role("region", name="Will be sent later")
    await expect(fact(job, "When")).to_contain_text("9:30")
    await expect(fact(job, "When")).to_contain_text("00:30")
    await expect(fact(job, "Rows given")).to_contain_text("5")
    await expect(fact(job, "Accepted to be sent")).to_contain_text("3")
    await expect(fact(job, "Not usable")).to_contain_text("2, which are")
    await expect(fact(job, "Refused by the server")).to_have_count(0)
    await expect(page.get_by_role("table", name="Not sent to").get_by_role("row")).to_have_count(3)
    assert await panel.violations() == []
    answer = await sent(panel)
    assert answer["account"]["creditsLeft"] == "998.5"
    messages = answer["messages"]["nodes"]
    assert {message["receiver"][-2:] for message in messages} == {"10", "11", "12"}
    for message in messages:
        assert (message["tag"], message["messageClass"]) == ("tables", "FLASH")
        assert message["body"].endswith("\nSTOP 36063")
        assert datetime.fromisoformat(message["deferredUntil"]) == local
    await page.get_by_role("link", name="See the messages").click()
    await expect(page.get_by_role("row")).to_have_count(4)
    await panel.open("/send")
    await page.get_by_role("button", name="Send another").click()
    await expect(page.get_by_role("textbox", name="Text")).to_have_value("")


async def test_what_is_pasted_counts_at_once(panel: Panel) -> None:
    """Whoever goes on right after pasting is not told that receivers are missing."""
    page = await panel.open("/send")
    await page.get_by_role("textbox", name="Text").fill("Hello")
    numbers = page.get_by_role("textbox", name="Numbers")
    review = page.get_by_role("button", name="Review and send")
    await expect(review).to_be_enabled()
    script = """([numbers, review]) => {
      const paste = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set;
      paste.call(numbers, '+447700900010\\n+447700900011');
      numbers.dispatchEvent(new Event('input', { bubbles: true }));
      setTimeout(() => review.click());
    }"""
    await page.evaluate(script, [await numbers.element_handle(), await review.element_handle()])
    await expect(page.get_by_role("button", name="Send to 2 receivers")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_text("1 credit", exact=True)).to_be_visible()


class Losses:
    """Loses the answer to the first batch, and holds its repetition back until it is let go."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.held, self.let_go = Event(), Event()

    async def __call__(self, route: Route) -> None:
        """Handle one request."""
        body = route.request.post_data_json or {}
        if body["operationName"] == "SendBatch":
            self.keys.append(body["variables"]["input"]["idempotencyKey"])
            if len(self.keys) == 1:
                await route.fetch()
                await route.abort()
                return
            if len(self.keys) == 2:
                self.held.set()
                await self.let_go.wait()
        await route.continue_()


async def choose_file(page: Page) -> None:
    """Choose a file of 1,100 guests, one of them a second time, and one without a number."""
    rows = ["name;phone", *(f'"Guest; no. {number}";+44770100{number:04}' for number in range(1_100))]
    file: FilePayload = {
        "name": "guests.csv",
        "mimeType": "text/csv",
        "buffer": "\r\n".join([*rows, "Twice;+447701000001", "Wrong;12"]).encode(),
    }
    await page.get_by_role("tab", name="From a CSV file").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Choose a file").click()
    await (await chooser.value).set_files(file)
    await expect(page.get_by_role("combobox", name="Column with the numbers")).to_have_value("phone")
    await expect(page.get_by_text("1,100 receivers")).to_be_visible()


async def test_a_file_is_sent_once_through_losses_and_a_reload(panel: Panel) -> None:
    """An answer that is lost, a stop and a reload change nothing: each receiver gets one message."""
    await panel.api(
        "mutation($input: AddToBlacklistInput!) { addToBlacklist(input: $input) { userErrors { message } } }",
        input={"account": panel.account, "number": "+447701000007"},
    )
    page = await panel.open("/send")
    await page.get_by_role("textbox", name="Text").fill("We open at eight.")
    await defer(page, "UTC")
    await choose_file(page)
    assert await panel.violations() == []
    losses = Losses()
    await page.route("**/graphql", losses)
    await page.get_by_role("button", name="Review and send").click()
    review = page.get_by_role("dialog", name="Send this?")
    await expect(review).to_contain_text("549.5 credits")
    await expect(fact(review, "Would be refused")).to_contain_text("1")
    await expect(fact(review, "Advertising")).to_have_count(0)
    await review.get_by_role("button", name="Send to 1,099 receivers").click()
    await losses.held.wait()
    await page.get_by_role("button", name="Stop").click()
    losses.let_go.set()
    job = page.get_by_role("region", name="Stopped")
    await expect(fact(job, "Accepted to be sent")).to_contain_text("999")
    assert await panel.violations() == []

    await page.reload()
    await expect(fact(job, "Accepted to be sent")).to_contain_text("999")
    await job.get_by_role("button", name="Discard the rest").click()
    discard = page.get_by_role("dialog", name="Discard the rest?")
    async with page.expect_download() as rest:
        await discard.get_by_role("button", name="Download who is left").click()
    assert len(rows_of(await (await rest.value).path())) == 100
    await discard.get_by_role("button", name="Cancel").click()
    await job.get_by_role("button", name="Resume").click()
    job = page.get_by_role("region", name="Will be sent later")
    await expect(fact(job, "Rows given")).to_contain_text("1,102")
    await expect(fact(job, "Accepted to be sent")).to_contain_text("1,099")
    await expect(fact(job, "Refused by the server")).to_contain_text("1")
    await expect(fact(job, "Not usable")).to_contain_text("2, which are")
    async with page.expect_download() as refused:
        await page.get_by_role("button", name="Download all as CSV").click()
    lines = rows_of(await (await refused.value).path())
    assert [(line["row"], line["receiver"], line["code"]) for line in lines] == [
        ("9", "+447701000007", "RECEIVER_BLACKLISTED"),
        ("1102", "+447701000001", "DUPLICATE_RECEIVER"),
        ("1103", "12", "INVALID_PHONE_NUMBER"),
    ]
    assert len(losses.keys) == 3
    assert losses.keys[0] == losses.keys[1] != losses.keys[2]
    answer = await sent(panel)
    assert (answer["messages"]["totalCount"], answer["account"]["creditsLeft"]) == (1_099, "450.5")
    panel.complaints.clear()  # the browser complains of the answer that was lost


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a file that was downloaded."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
