"""The log of messages, one message's page, and the file of what is filtered."""

import csv
import io
import json
import re
from asyncio import Event
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, Route, WebSocketRoute, expect

from tests.browser.panel.conftest import Panel
from tests.factories.outbound.endpoints import Endpoint

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


def row(page: Page, receiver: str) -> Locator:
    """Return a message's row in the log."""
    return page.get_by_role("row").filter(has_text=receiver)


async def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a filter."""
    await page.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option).click()
    await page.keyboard.press("Escape")


async def test_the_log_is_live_and_filtered(panel: Panel) -> None:
    """What is sent appears by itself and changes by itself; each filter stands in the address."""
    page = await panel.open("/messages")
    await expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    assert await panel.violations() == []
    created = await panel.create_user("shop")
    await panel.send("+447700900010", tag="orders")
    await expect(row(page, "+447700900010")).to_contain_text("Delivered")
    await panel.api.client.post(
        f"{panel.url}/http2sms",
        data={
            "account": panel.account,
            "login": "shop",
            "password": created["generatedPassword"],
            "from": "Chappe",
            "to": "+447700900024",
            "message": "Hello",
        },
    )
    await expect(row(page, "+447700900024")).to_contain_text("24 · The subscriber was absent")
    assert await panel.violations() == []

    for label, value, found in (
        ("Receiver", "00447700900010", "+447700900010"),
        ("Tag", "orders", "+447700900010"),
        ("To", "2100-01-01T00:00", ""),
        ("From", "2100-01-01T00:00", None),
    ):
        await page.get_by_role("textbox", name=label).or_(page.get_by_label(label, exact=True)).fill(value)
        if found is None:
            await expect(page.get_by_text("No such message")).to_be_visible()
        else:
            await expect(page.get_by_role("row")).to_have_count(2 if found else 3)
            await expect(row(page, found)).to_have_count(1 if found else 3)
        await expect(page).to_have_url(re.compile(r"\?"))
        await page.get_by_role("button", name="Clear the filters").click()
    for label, option in (("Status", "Failed"), ("Reason (ptt)", "24 · "), ("User", "shop")):
        await choose(page, label, option)
        await expect(row(page, "+447700900010")).to_have_count(0)
        await expect(row(page, "+447700900024")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("row")).to_have_count(2)
        await expect(row(page, "+447700900024")).to_be_visible()
        # What comes in meanwhile and does not fit stays out.
        await panel.send("+447700900011")
        await expect(page.get_by_role("row")).to_have_count(2)
        await page.get_by_role("button", name="Clear the filters").click()
        await expect(row(page, "+447700900010")).to_be_visible()


async def test_new_messages_do_not_move_what_is_read(panel: Panel) -> None:
    """To who has scrolled down, new messages are counted; the button shows them."""
    await panel.send(*(f"+4477009001{number:02}" for number in range(40)))
    page = await panel.open("/messages")
    last = row(page, "+447700900100")
    await last.scroll_into_view_if_needed()
    await expect(last).to_contain_text("Delivered")
    before = await last.bounding_box()
    await panel.send("+447700900010", "+447700900011")
    news = page.get_by_role("button", name="2 new messages")
    await expect(news).to_be_visible()
    await expect(row(page, "+447700900010")).to_have_count(0)
    assert await last.bounding_box() == before
    await news.click()
    await expect(row(page, "+447700900010")).to_be_visible()
    await expect(row(page, "+447700900011")).to_be_in_viewport()
    await expect(news).to_have_count(0)


async def test_a_cut_connection_loses_nothing(panel: Panel) -> None:
    """The log resumes behind the last event that came, and has what happened meanwhile once."""
    open_sockets: list[WebSocketRoute] = []
    asked: list[dict[str, str]] = []
    back = Event()

    def heard(server: WebSocketRoute, text: str | bytes) -> None:
        message = json.loads(text)
        if message["type"] == "subscribe" and "MessageEvents" in message["payload"]["query"]:
            asked.append(message["payload"]["variables"])
        server.send(text)

    async def through(socket: WebSocketRoute) -> None:
        if open_sockets:
            await back.wait()
        open_sockets.append(socket)
        server = socket.connect_to_server()
        socket.on_message(lambda text: heard(server, text))

    await panel.page.route_web_socket("**/graphql", through)
    page = await panel.open("/messages")
    await expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    await panel.send("+447700900010")
    await expect(row(page, "+447700900010")).to_contain_text("Delivered")
    await open_sockets[0].close(code=1012, reason="The server restarts.")
    await expect(page.get_by_text("Reconnecting")).to_be_visible()
    await panel.send("+447700900024", "+447700900011")
    back.set()
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    await expect(row(page, "+447700900024")).to_contain_text("Failed")
    await expect(row(page, "+447700900011")).to_contain_text("Delivered")
    await expect(page.get_by_role("row")).to_have_count(4)
    # A machine that says it is online again begins nothing twice.
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await panel.send("+447700900012")
    await expect(row(page, "+447700900012")).to_be_visible()
    assert ["after" in variables for variables in asked] == [False, True]


async def test_a_message_tells_what_became_of_it(panel: Panel, panel_endpoint: Endpoint) -> None:
    """Its timeline, its reasons and its callbacks come live; callbacks are replayed."""
    set_url = """mutation($account: String!, $url: URL) {
      updateAccount(input: {account: $account, callbackUrl: $url}) { userErrors { message } }
    }"""
    await panel.api(set_url, account=panel.account, url=panel_endpoint.url(f"/down/{panel.account}"))
    [message] = await panel.send("+447700900024", text="Zażółć", tag="orders")
    page = await panel.open("/messages")
    await page.get_by_role("link", name="+447700900024").click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/messages/{message}")
    timeline = page.get_by_role("region", name="Timeline")
    for said in (
        "Accepted",
        "With the operator",
        "Failed",
        "The subscriber was absent",
        "ptt 24",
        "Temporary",
        "Final",
    ):
        await expect(timeline).to_contain_text(said)
    details = page.get_by_role("region", name="Details")
    for said in ("Unicode", "orders", "simulator", "Chappe", "Holder"):
        await expect(details).to_contain_text(said)
    callbacks = page.get_by_role("region", name="Callbacks")
    await expect(callbacks.get_by_text("Given up")).to_have_count(2)
    await expect(callbacks.get_by_role("cell", name="500")).to_have_count(2)
    await expect(callbacks.get_by_role("cell", name="127.0.0.1")).to_have_count(2)
    assert await panel.violations() == []
    await panel.api(set_url, account=panel.account, url=panel_endpoint.url(f"/up/{panel.account}"))
    await page.get_by_role("button", name="Replay callbacks").click()
    await page.get_by_role("menuitem", name="Only those that were missed").click()
    await expect(page.get_by_text("2 callbacks are on their way again")).to_be_visible()
    await expect(callbacks.get_by_role("cell", name="204")).to_have_count(2)
    await expect(callbacks.get_by_text("Given up")).to_have_count(0)
    answer = await panel.api(
        "query($id: ID!) { message(id: $id) { callbackDeliveries { state } } }", id=message
    )
    assert [each["state"] for each in answer["message"]["callbackDeliveries"]] == ["DELIVERED"] * 2


async def test_a_waiting_message_is_cancelled(panel: Panel) -> None:
    """What comes back is said before; then the message is not billed, and the credits are there."""
    [message] = await panel.send("+447700900010", deferredUntil=TOMORROW)
    page = await panel.open(f"/messages/{message}")
    await expect(page.get_by_text("Waits for its time")).to_be_visible()
    await page.get_by_role("button", name="Cancel the message").click()
    dialog = page.get_by_role("dialog", name="Cancel this message?")
    await expect(dialog).to_contain_text("0.5 credits come back")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Cancel the message").click()
    await expect(page.get_by_role("region", name="Timeline")).to_contain_text("Not billed")
    await expect(page.get_by_role("region", name="Details")).to_contain_text("0.5, refunded")
    await expect(page.get_by_role("button", name="Cancel the message")).to_have_count(0)
    answer = await panel.api(
        "query($id: ID!, $account: String!) { message(id: $id) { status } account(name: $account) { creditsLeft } }",
        id=message,
        account=panel.account,
    )
    assert (answer["message"]["status"], answer["account"]["creditsLeft"]) == ("NOT_BILLED", "1000")


async def test_reasons_are_told_in_the_readers_language(panel: Panel) -> None:
    """In the list, in its filter and in the charts: codes have words of their own in each language."""
    await panel.send("+447700900010")
    page = await panel.open("/messages")
    await expect(row(page, "+447700900010")).to_contain_text("4 · Delivered to the handset.")
    for locale, words in (("de", "4 · Dem Telefon zugestellt."), ("fr", "4 · Remis au téléphone.")):
        await page.evaluate("locale => localStorage.setItem('chappe.locale', locale)", locale)
        await panel.open("/messages")
        await expect(row(page, "+447700900010")).to_contain_text(words)
        await page.get_by_role("combobox", name="(ptt)").click()
        await expect(page.get_by_role("option", name=words)).to_be_visible()
        await panel.open("/charts")
        await expect(page.get_by_text(words)).to_be_visible()


async def test_what_is_no_messages_id_leads_nowhere(panel: Panel) -> None:
    """A mistyped address says so, and breaks nothing."""
    page = await panel.open("/messages/xyz")
    await expect(page.get_by_role("heading", name="Not found")).to_be_visible()


async def test_what_is_filtered_is_exported(panel: Panel) -> None:
    """The file has every message of the filter and no formula; a stopped export keeps what it has."""
    await panel.send(
        *(f"+4477009{number:05}" for number in range(120)), text="=1+1", tag="sums", deferredUntil=TOMORROW
    )
    await panel.send("+447700900010", text='Say "hi", now', tag="words", deferredUntil=TOMORROW)
    page = await panel.open("/messages?tag=sums")
    await expect(page.get_by_text("120 entries")).to_be_visible()

    held, stopped = Event(), Event()

    async def hold(route: Route) -> None:
        body = route.request.post_data_json or {}
        if body["operationName"] == "MessagesExport" and body["variables"]["after"] and not stopped.is_set():
            held.set()
            await stopped.wait()
        await route.continue_()

    await page.route("**/graphql", hold)
    await page.get_by_role("button", name="Export as CSV").click()
    dialog = page.get_by_role("dialog", name="Export as CSV")
    await expect(dialog).to_contain_text("120 messages are exported")
    await dialog.get_by_role("button", name="Export", exact=True).click()
    await held.wait()
    await expect(dialog).to_contain_text("100 messages")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Stop").click()
    await expect(dialog).to_contain_text("Stopped")
    stopped.set()
    async with page.expect_download() as partial:
        await dialog.get_by_role("button", name="Save the file").click()
    assert len(rows_of(await (await partial.value).path())) == 100
    await dialog.get_by_role("button", name="Close").last.click()

    async with page.expect_download() as whole:
        await page.get_by_role("button", name="Export as CSV").click()
        await dialog.get_by_role("button", name="Export", exact=True).click()
    rows = rows_of(await (await whole.value).path())
    assert {line["receiver"] for line in rows} == {f"+4477009{number:05}" for number in range(120)}
    assert {(line["body"], line["tag"], line["status"], line["credits"]) for line in rows} == {
        ("'=1+1", "sums", "CREATED", "0.5")
    }
    await dialog.get_by_role("button", name="Close").last.click()
    await panel.open("/messages?tag=words")
    async with page.expect_download() as quoted:
        await page.get_by_role("button", name="Export as CSV").click()
        await dialog.get_by_role("button", name="Export", exact=True).click()
    assert [line["body"] for line in rows_of(await (await quoted.value).path())] == ['Say "hi", now']


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
