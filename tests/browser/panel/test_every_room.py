"""Every room in the dark, on the narrowest screen, and in each language."""

import pytest
from playwright.async_api import expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOMS = [
    "users",
    "messages",
    "send",
    "charts",
    "credits",
    "senders",
    "incoming",
    "blacklist",
    "callbacks",
    "alerts",
    "audit",
    "settings",
]
ALERTS = ("alerts?tab=raised", "alerts?tab=texts")
SERVER_ROOMS = ["accounts", "holders", "senders", "rates", "links", "health"]
OVERFLOW = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('main *')].filter((each) => each.getBoundingClientRect().right > innerWidth)
    .map((each) => each.outerHTML.slice(0, 200))"""


async def _fill(panel: Panel) -> list[str]:
    """Give every room something to show, and return the pages of the account."""
    await panel.create_user("warehouse-of-the-north")
    [message] = await panel.send("+447700900024", text="A text that is as long as most of them are: " * 3)
    await panel.api(
        """mutation($limit: SetAccountLimitInput!, $number: AddToBlacklistInput!) {
          setAccountLimit(input: $limit) { userErrors { message } }
          addToBlacklist(input: $number) { userErrors { message } }
        }""",
        limit={
            "account": panel.account,
            "enabled": True,
            "threshold": "5000",
            "channel": "MAIL",
            "email": panel.email,
        },
        number={"account": panel.account, "number": "+447700900907"},
    )
    of_user = "users/warehouse-of-the-north"
    inside = [*ROOMS, *ALERTS, of_user, f"{of_user}/send", f"messages/{message}"]
    account = f"/accounts/{panel.account}"
    return ["/", "/profile", account, *(f"{account}/{path}" for path in inside)]


@pytest.mark.parametrize("language", ["de", "fr"])
async def test_every_room_is_fit_for_everyone(
    panel: Panel, panel_demo: tuple[str, dict[str, str]], language: str
) -> None:
    """Nothing is wider than the screen, each page has one head and its title, and no text is missing.

    In German, which has the longest words, axe looks at each page too.
    """
    paths = await _fill(panel)
    paths += [f"/operator/{room}" for room in SERVER_ROOMS]
    page = panel.page
    await panel.sign_in("operator@example.com", panel_demo[1]["operator"])
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    await page.add_init_script(f"localStorage.setItem('chappe.locale', '{language}')")
    await page.goto(panel.url)
    await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    found: list[str] = []
    for path in paths:
        await page.evaluate("path => history.pushState(null, '', path)", path)
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.locator("main [role=status]:has(.mantine-Skeleton-root)")).to_have_count(0)
        head = await page.get_by_role("heading", level=1).inner_text()
        await expect(page).to_have_title(f"{head} · Chappe")
        found += [f"{path}: too wide: {each}" for each in await page.evaluate(OVERFLOW)]
        if language == "de":
            found += [f"{path}: {each}" for each in await panel.violations()]
    assert found == []
