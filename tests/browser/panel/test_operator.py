"""The rooms of the people who run the server: each action is walked, and its result is asked of the API."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import Api, Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPERATOR = "operator@example.com"


async def _choose(page: Page, row: str, action: str) -> None:
    """Choose an action from a row's menu."""
    await page.get_by_role("button", name=f"Actions for {row}", exact=True).click()
    await page.get_by_role("menuitem", name=action, exact=True).click()


async def _confirm(page: Page, button: str) -> None:
    """Confirm what a dialog asks, and see it close."""
    await page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _link(panel: Panel, name: str) -> dict[str, Any] | None:
    answer = await panel.operator(
        """{ links {
          name kind
          settings { enabled host port tls systemId window perSecond http { preset user } }
        } }"""
    )
    return next((link for link in answer["links"] if link["name"] == name), None)


async def _holders_and_accounts(panel: Panel, page: Page) -> None:
    email, account = f"new-{panel.email}", f"{panel.account}-new"
    await page.goto(f"{panel.url}/operator/holders")
    await page.get_by_role("button", name="Create a holder").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail address").fill(panel.email)
    await dialog.get_by_label("Name").fill("Grace New")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(dialog.get_by_text("has this e-mail address")).to_be_visible()
    await dialog.get_by_label("E-mail address").fill(email)
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(dialog.get_by_role("button", name="I have kept it")).to_be_visible()
    password = await dialog.get_by_label("Password", exact=True).inner_text()
    await _confirm(page, "I have kept it")
    first = await Api.sign_in(panel.url, email, password)

    await page.get_by_label("Name or e-mail address").fill(email)
    await expect(page.get_by_role("row")).to_have_count(2)
    assert await panel.violations() == []
    await _choose(page, email, "End all sessions")
    await expect(page.get_by_text("1 session is open.")).to_be_visible()
    await _confirm(page, "End the sessions")
    with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        await first("{ viewer { name } }")
    await first.client.aclose()

    await _choose(page, email, "Reset the password")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Reset the password", exact=True).click()
    await expect(dialog.get_by_text("has a new password")).to_be_visible()
    changed = await dialog.get_by_label("Password", exact=True).inner_text()
    await _confirm(page, "I have kept it")
    assert changed != password
    second = await Api.sign_in(panel.url, email, changed)
    await second.client.aclose()

    async def enabled() -> bool:
        answer = await panel.operator(
            "query($email: String!) { holders(filter: {emailPrefix: $email}) { nodes { enabled } } }",
            email=email,
        )
        return bool(answer["holders"]["nodes"][0]["enabled"])

    await _choose(page, email, "Disable")
    await _confirm(page, "Disable the holder")
    assert not await enabled()
    await _choose(page, email, "Enable")
    await _confirm(page, "Enable the holder")
    assert await enabled()

    await page.goto(f"{panel.url}/operator/accounts")
    await page.get_by_role("button", name="Create an account").click()
    await dialog.get_by_label("Name", exact=True).fill(account)
    await dialog.get_by_role("combobox", name="Holder").fill(email)
    await page.get_by_role("option", name=email).click()
    await _confirm(page, "Create")
    await _credits(panel, page, account)


async def _credits(panel: Panel, page: Page, account: str) -> None:
    async def now() -> dict[str, Any]:
        answer = await panel.operator(
            """query($name: String!) { account(name: $name) {
              status creditsLeft holder { email } creditEntries(first: 1) { nodes { kind reason } }
            } }""",
            name=account,
        )
        found: dict[str, Any] = answer["account"]
        return found

    dialog = page.get_by_role("dialog")
    await page.get_by_label("Name or description").fill(account)
    await expect(page.get_by_role("row")).to_have_count(2)
    assert (await now())["holder"]["email"] == f"new-{panel.email}"
    await _choose(page, account, "Grant credits")
    await dialog.get_by_label("Credits", exact=True).fill("250")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("250")
    await _confirm(page, "Grant credits")
    assert (await now())["creditsLeft"] == "250"

    await _choose(page, account, "Correct credits")
    await dialog.get_by_label("Credits", exact=True).fill("300")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("not enough")
    await dialog.get_by_label("Credits", exact=True).fill("50")
    take = dialog.get_by_role("button", name="Take the credits off")
    await expect(take).to_be_disabled()  # a reason is owed
    await dialog.get_by_label("Reason").fill("Paid once, granted twice")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("200")
    assert await panel.violations() == []
    await _confirm(page, "Take the credits off")
    taken = await now()
    assert taken["creditsLeft"] == "200"
    assert taken["creditEntries"]["nodes"][0]["reason"] == "Paid once, granted twice"
    await expect(page.get_by_role("cell", name="200", exact=True)).to_be_visible()

    await _choose(page, account, "Disable")
    await _confirm(page, "Disable the account")
    assert (await now())["status"] == "DISABLED"
    await page.get_by_role("combobox", name="Status").click()
    await page.get_by_role("option", name="Disabled").click()
    await expect(page).to_have_url(re.compile("status=DISABLED"))
    await expect(page.get_by_role("link", name=account, exact=True)).to_be_visible()
    assert await panel.violations() == []
    await page.get_by_role("link", name=account, exact=True).click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{account}")
    await page.goto(f"{panel.url}/operator/accounts?search={account}")
    await _choose(page, account, "Enable")
    await _confirm(page, "Enable the account")
    assert (await now())["status"] == "ENABLED"


async def _senders_and_rates(panel: Panel, page: Page) -> None:
    for name in ("Harbour", "Beacon"):
        await panel.api(
            "mutation($input: CreateSenderInput!) { createSender(input: $input) { userErrors { message } } }",
            input={"account": panel.account, "name": name, "comment": "Our brand"},
        )
    await page.goto(f"{panel.url}/operator/senders")
    await page.get_by_role("button", name=f"Approve Harbour of {panel.account}").click()
    await _confirm(page, "Approve the sender")
    await page.get_by_role("button", name=f"Refuse Beacon of {panel.account}").click()
    await _confirm(page, "Refuse the sender")
    await expect(page.get_by_text("Beacon", exact=True)).to_have_count(0)
    answer = await panel.api(
        "query($account: String!) { senders(account: $account) { nodes { name status } } }",
        account=panel.account,
    )
    statuses = {sender["name"]: sender["status"] for sender in answer["senders"]["nodes"]}
    assert (statuses["Harbour"], statuses["Beacon"]) == ("ENABLED", "REFUSED")
    assert await panel.violations() == []

    async def rate(country: str) -> list[dict[str, str]]:
        document = "query($countries: [CountryCode!]) { rates(countries: $countries) { credits } }"
        rates: list[dict[str, str]] = (await panel.operator(document, countries=[country]))["rates"]
        return rates

    assert await rate("IS") == []
    await page.goto(f"{panel.url}/operator/rates")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Set a rate").click()
    await dialog.get_by_role("combobox", name="Country").fill("Icel")
    await page.get_by_role("option", name="Iceland").click()
    await dialog.get_by_label("Credits per part").fill("2.5")
    await _confirm(page, "Set the rate")
    assert await rate("IS") == [{"credits": "2.5"}]
    await page.get_by_label("Search by country").fill("icel")
    await page.get_by_role("button", name="Change the rate of Iceland").click()
    await expect(dialog.get_by_text("2.5 at present.")).to_be_visible()
    await dialog.get_by_label("Credits per part").fill("2.75")
    await _confirm(page, "Set the rate")
    await expect(page.get_by_role("cell", name="2.75")).to_be_visible()
    assert await rate("IS") == [{"credits": "2.75"}]
    assert await panel.violations() == []


async def _links(panel: Panel, page: Page) -> None:
    smpp, twilio = f"{panel.account}-smpp", f"{panel.account}-twilio"
    await page.goto(f"{panel.url}/operator/links")
    dialog = page.get_by_role("dialog")
    await page.get_by_role("button", name="Create a link").first.click()
    for label, value in (
        ("Name", smpp),
        ("Host", "127.0.0.1"),
        ("Port", "9"),
        ("System ID", "chappe"),
        ("Password", "secret"),
        ("Window", "7"),
        ("Per second", "30"),
    ):
        await dialog.get_by_label(label, exact=True).fill(value)
    await dialog.get_by_label("Open it at once").uncheck()
    assert await panel.violations() == []
    await _confirm(page, "Create")
    made = await _link(panel, smpp)
    assert made
    assert made["settings"] == {
        "enabled": False,
        "host": "127.0.0.1",
        "port": 9,
        "tls": False,
        "systemId": "chappe",
        "window": 7,
        "perSecond": 30,
        "http": None,
    }

    await page.get_by_role("button", name="Create a link").first.click()
    await dialog.get_by_text("Twilio", exact=True).click()
    await dialog.get_by_label("Name", exact=True).fill(twilio)
    await dialog.get_by_label("Account SID or API key").fill("AC0123456789")
    await dialog.get_by_label("Auth token or API secret").fill("secret")
    await dialog.get_by_label("Open it at once").uncheck()
    await _confirm(page, "Create")
    made = await _link(panel, twilio)
    assert made
    assert made["kind"] == "HTTP"
    assert made["settings"]["http"] == {"preset": "TWILIO", "user": "AC0123456789"}

    # Nothing listens there: the page says so by itself, once a worker has tried.
    row = page.get_by_role("row").filter(has_text=smpp)
    await expect(row).to_contain_text("Stopped")
    await _choose(page, smpp, "Enable")
    await _confirm(page, "Enable the link")
    await expect(row).to_contain_text("refuses the connection")
    assert await panel.violations() == []
    await row.get_by_role("button", name=smpp, exact=True).click()
    await expect(dialog).to_contain_text("127.0.0.1:9")
    await expect(dialog).to_contain_text("updateLink")
    await page.keyboard.press("Escape")
    await _choose(page, smpp, "Disable")
    await _confirm(page, "Disable the link")
    found = await _link(panel, smpp)
    assert found
    assert not found["settings"]["enabled"]
    for name in (smpp, twilio):
        await _choose(page, name, "Delete")
        await _confirm(page, "Delete the link")
        await expect(page.get_by_role("row").filter(has_text=name)).to_have_count(0)
        assert await _link(panel, name) is None


async def test_an_operator_runs_the_server(panel: Panel, panel_demo: tuple[str, dict[str, str]]) -> None:
    """Holders, accounts, credits, senders, rates and links; a holder finds nothing there."""
    page = panel.page
    await page.goto(f"{panel.url}/operator/accounts")
    await expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    await panel.sign_in(OPERATOR, panel_demo[1]["operator"])
    await _holders_and_accounts(panel, page)
    await _senders_and_rates(panel, page)
    await _links(panel, page)


async def test_an_operator_sees_how_the_server_does(
    panel: Panel, panel_demo: tuple[str, dict[str, str]]
) -> None:
    """What waits is shown as the API has it, and changes by itself."""
    page = panel.page
    await panel.sign_in(OPERATOR, panel_demo[1]["operator"])
    await page.goto(f"{panel.url}/operator/health")
    facts = page.get_by_role("region", name="This server")
    await expect(facts).to_contain_text("SQLite")
    await expect(facts).to_contain_text("Up to date")
    await expect(page.get_by_text("None is due").first).to_be_visible()
    assert await panel.violations() == []

    async def deferred() -> int:
        answer = await panel.operator("{ serverHealth { messagesDeferred } }")
        return int(answer["serverHealth"]["messagesDeferred"])

    shown = facts.locator("dl > div").filter(has_text="Messages for later")
    until = datetime.now(UTC) + timedelta(hours=1)
    await panel.send("+447700900010", deferredUntil=until.isoformat())
    waiting = await deferred()
    assert waiting > 0
    await expect(shown).to_contain_text(f"later{waiting}")
