"""The rooms of the people who run the server: each action is walked, and its result is asked of the API."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import OPERATOR, Api, Panel, choose, confirm

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    await confirm(page, "I have kept it")
    first = await Api.sign_in(panel.url, email, password)

    await page.get_by_label("Name or e-mail address").fill(email)
    await expect(page.get_by_role("row")).to_have_count(2)
    assert await panel.violations() == []
    await choose(page, email, "End all sessions")
    await expect(page.get_by_text("1 session is open.")).to_be_visible()
    await confirm(page, "End the sessions")
    with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        await first("{ viewer { name } }")
    await first.client.aclose()

    await choose(page, email, "Reset the password")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Reset the password", exact=True).click()
    await expect(dialog.get_by_text("has a new password")).to_be_visible()
    changed = await dialog.get_by_label("Password", exact=True).inner_text()
    await confirm(page, "I have kept it")
    assert changed != password
    second = await Api.sign_in(panel.url, email, changed)
    await second.client.aclose()

    async def enabled() -> bool:
        answer = await panel.operator(
            "query($email: String!) { holders(filter: {emailPrefix: $email}) { nodes { enabled } } }",
            email=email,
        )
        return bool(answer["holders"]["nodes"][0]["enabled"])

    await choose(page, email, "Disable")
    await confirm(page, "Disable the holder")
    assert not await enabled()
    await choose(page, email, "Enable")
    await confirm(page, "Enable the holder")
    assert await enabled()

    await page.goto(f"{panel.url}/operator/accounts")
    await page.get_by_role("button", name="Create an account").click()
    await dialog.get_by_label("Name", exact=True).fill(account)
    await dialog.get_by_role("combobox", name="Holder").fill(email)
    await page.get_by_role("option", name=email).click()
    await confirm(page, "Create")
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
    await choose(page, account, "Grant credits")
    await dialog.get_by_label("Credits", exact=True).fill("250")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("250")
    await confirm(page, "Grant credits")
    assert (await now())["creditsLeft"] == "250"

    await choose(page, account, "Correct credits")
    await dialog.get_by_label("Credits", exact=True).fill("300")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("not enough")
    await dialog.get_by_label("Credits", exact=True).fill("50")
    take = dialog.get_by_role("button", name="Take the credits off")
    await expect(take).to_be_disabled()  # a reason is owed
    await dialog.get_by_label("Reason").fill("Paid once, granted twice")
    await expect(dialog.get_by_role("group", name="What the account will have")).to_contain_text("200")
    assert await panel.violations() == []
    await confirm(page, "Take the credits off")
    taken = await now()
    assert taken["creditsLeft"] == "200"
    assert taken["creditEntries"]["nodes"][0]["reason"] == "Paid once, granted twice"
    await expect(page.get_by_role("cell", name="200", exact=True)).to_be_visible()

    await choose(page, account, "Disable")
    await confirm(page, "Disable the account")
    assert (await now())["status"] == "DISABLED"
    await page.get_by_role("combobox", name="Status").click()
    await page.get_by_role("option", name="Disabled").click()
    await expect(page).to_have_url(re.compile("status=DISABLED"))
    await expect(page.get_by_role("link", name=account, exact=True)).to_be_visible()
    assert await panel.violations() == []
    await page.get_by_role("link", name=account, exact=True).click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{account}")
    await page.goto(f"{panel.url}/operator/accounts?search={account}")
    await choose(page, account, "Enable")
    await confirm(page, "Enable the account")
    assert (await now())["status"] == "ENABLED"


async def _senders_and_rates(panel: Panel, page: Page) -> None:
    for name in ("Harbour", "Beacon"):
        await panel.api(
            "mutation($input: CreateSenderInput!) { createSender(input: $input) { userErrors { message } } }",
            input={"account": panel.account, "name": name, "comment": "Our brand"},
        )
    await page.goto(f"{panel.url}/operator/senders")
    await page.get_by_role("button", name=f"Approve Harbour of {panel.account}").click()
    await confirm(page, "Approve the sender")
    await page.get_by_role("button", name=f"Refuse Beacon of {panel.account}").click()
    await confirm(page, "Refuse the sender")
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
    await confirm(page, "Set the rate")
    assert await rate("IS") == [{"credits": "2.5"}]
    await page.get_by_label("Search by country").fill("icel")
    await page.get_by_role("button", name="Change the rate of Iceland").click()
    await expect(dialog.get_by_text("2.5 at present.")).to_be_visible()
    await dialog.get_by_label("Credits per part").fill("2.75")
    await confirm(page, "Set the rate")
    await expect(page.get_by_role("cell", name="2.75")).to_be_visible()
    assert await rate("IS") == [{"credits": "2.75"}]
    assert await panel.violations() == []


async def test_an_operator_runs_the_server(panel: Panel, panel_demo: tuple[str, dict[str, str]]) -> None:
    """Holders, accounts, credits, senders and rates; a holder finds nothing there."""
    page = panel.page
    await page.goto(f"{panel.url}/operator/accounts")
    await expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    await panel.sign_in(OPERATOR, panel_demo[1]["operator"])
    await _holders_and_accounts(panel, page)
    await _senders_and_rates(panel, page)


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
    await expect(shown).to_contain_text(f"later{waiting:,}")
