"""The table of API users, what is done with one of them or with several, and a user's own page."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.panel.conftest import Api, Panel
from tests.factories.running import plain_http

pytestmark = pytest.mark.asyncio(loop_scope="session")

USER = """query($account: String!, $login: String!) {
  user(account: $account, login: $login) {
    enabled
    quota { enabled left assigned }
    limit { enabled threshold channel email phoneNumber }
    ipRestrictions
    callback { url stopUrl signingKeyId lastDelivery { kind } }
    sessions { totalCount }
    accessTokens { nodes { revokedAt } }
  }
  account(name: $account) { creditsLeft }
}"""


async def _user(panel: Panel, login: str) -> dict[str, Any]:
    answer = await panel.api(USER, account=panel.account, login=login)
    user: dict[str, Any] | None = answer["user"]
    return {**(user or {}), "account": answer["account"]["creditsLeft"], "gone": user is None}


async def _act(page: Page, login: str, action: str) -> Locator:
    """Open a dialog from a user's menu."""
    await page.get_by_role("button", name=f"Actions for {login}").click()
    await page.get_by_role("menuitem", name=action, exact=True).click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await expect(page.get_by_role("menu")).to_have_count(0)
    return dialog


async def _set_quota(panel: Panel, login: str, credits: str) -> None:
    await panel.api(
        "mutation($input: SetUserQuotaInput!) { setUserQuota(input: $input) { userErrors { message } } }",
        input={"account": panel.account, "login": login, "enabled": True, "credits": credits},
    )


async def _signs_in(panel: Panel, login: str, password: str) -> bool:
    async with plain_http.client() as client:
        answer = await Api(panel.url, client)(
            "mutation($user: UserCredentials!) { signIn(input: {user: $user}) { token } }",
            user={"account": panel.account, "login": login, "password": password},
        )
    return answer["signIn"]["token"] is not None


async def test_a_user_is_added_and_given_its_password_once(panel: Panel) -> None:
    """What is refused stands beside its field; the password that is shown signs in, and so does another one."""
    page = await panel.open("/users?add=1")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Login").fill("a b")
    await dialog.get_by_text("Your own").click()
    await dialog.get_by_role("textbox", name="Password").fill("short")
    await dialog.get_by_role("button", name="Add user").click()
    await expect(dialog.get_by_label("Login")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Login").fill("shop")
    await dialog.get_by_role("button", name="Add user").click()
    await expect(dialog.get_by_role("textbox", name="Password")).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await dialog.get_by_text("Generated").click()
    await dialog.get_by_role("button", name="Add user").click()
    made = page.get_by_role("dialog", name="shop was added")
    password = await made.locator("code").inner_text()
    assert await _signs_in(panel, "shop", password)
    await made.get_by_role("button", name="I have copied it").click()
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/users")
    await expect(page.get_by_role("row", name="shop")).to_be_visible()

    dialog = await _act(page, "shop", "Change password")
    await dialog.get_by_text("Your own").click()
    await dialog.get_by_role("textbox", name="Password").fill("Another8")
    await dialog.get_by_role("button", name="Change password").click()
    await page.get_by_role("button", name="I have copied it").click()
    assert not await _signs_in(panel, "shop", password)
    assert await _signs_in(panel, "shop", "Another8")


async def test_what_moves_is_shown_before_it_is_confirmed(panel: Panel) -> None:
    """A quota is set, raised, lowered, turned off, and comes back with a deletion; the sums are the server's."""
    await panel.create_user("shop")
    page = await panel.open("/users")
    dialog = await _act(page, "shop", "Quota")
    await dialog.get_by_label("Credits left to this user").fill("1,500")
    await expect(dialog.get_by_text("1,000 left, 1,500 asked for: 500 are missing")).to_be_visible()
    await expect(dialog.get_by_text("not enough")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Set quota")).to_be_disabled()
    await dialog.get_by_label("Credits left to this user").fill("150")
    await expect(dialog.get_by_text("1,000 left, 150 to this user, 850 remain")).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Set quota").click()
    await expect(page.get_by_role("row", name="shop")).to_contain_text("of 150")
    assert (await _user(panel, "shop"))["account"] == "850"

    for change, field, amount, says, left, account in (
        ("Add", "Credits to add", "50.5", "850 left, 50.5 to this user, 799.5 remain", "200.5", "799.5"),
        ("Take back", "Credits to take back", "100", "799.5 left, 100 back from this user", "100.5", "899.5"),
    ):
        dialog = await _act(page, "shop", "Quota")
        await dialog.get_by_text(change, exact=True).click()
        await dialog.get_by_label(field).fill(amount)
        await expect(dialog.get_by_text(says)).to_be_visible()
        await dialog.get_by_role("button", name=f"{change.split()[0]} credits").click()
        await expect(dialog).to_have_count(0)
        user = await _user(panel, "shop")
        assert (user["quota"]["left"], user["account"]) == (left, account)

    dialog = await _act(page, "shop", "Quota")
    await dialog.get_by_text("Take back", exact=True).click()
    await dialog.get_by_label("Credits to take back").fill("101")
    await expect(
        dialog.get_by_text("100.5 left to this user, 101 asked for: 0.5 are missing")
    ).to_be_visible()
    await expect(dialog.get_by_role("button", name="Take credits back")).to_be_disabled()
    await dialog.press("Escape")
    await expect(page.get_by_role("button", name="Actions for shop")).to_be_focused()
    dialog = await _act(page, "shop", "Delete")
    await expect(
        dialog.get_by_text("899.5 left, 100.5 back from this user, 1,000 afterwards")
    ).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Delete user").click()
    await expect(page.get_by_text("shop was deleted, and 100.5 credits came back")).to_be_visible()
    await expect(page.get_by_text("No API user yet")).to_be_visible()
    user = await _user(panel, "shop")
    assert (user["gone"], user["account"]) == (True, "1000")


async def test_the_rules_of_a_user_are_set(panel: Panel) -> None:
    """Alert, restrictions, callback with a test call, and whether it may act at all."""
    await panel.create_user("shop")
    page = await panel.open("/users")
    dialog = await _act(page, "shop", "Alert")
    await dialog.get_by_text("Both", exact=True).click()
    await dialog.get_by_label("Alert at").fill("0.5")
    await dialog.get_by_label("Phone number").fill("+447700900001")
    await dialog.get_by_role("button", name="Save alert").click()
    await expect(dialog.get_by_label("Alert at")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Alert at").fill("50")
    await dialog.get_by_role("button", name="Save alert").click()
    await expect(dialog).to_have_count(0)
    assert (await _user(panel, "shop"))["limit"] == {
        "enabled": True,
        "threshold": "50",
        "channel": "BOTH",
        "email": panel.email,
        "phoneNumber": "+447700900001",
    }

    dialog = await _act(page, "shop", "Restrictions")
    await dialog.get_by_role("button", name="Add my address").click()
    await dialog.get_by_label("Address 3", exact=True).fill("elsewhere")
    await dialog.get_by_role("button", name="Save restrictions").click()
    await expect(dialog.get_by_label("Address 3", exact=True)).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Address 3", exact=True).fill("2001:db8::17")
    await dialog.get_by_role("button", name="Save restrictions").click()
    await expect(page.get_by_role("row", name="shop")).to_contain_text("2 addresses")
    assert (await _user(panel, "shop"))["ipRestrictions"] == ["127.0.0.1", "2001:db8::17"]

    dialog = await _act(page, "shop", "Callback")
    await dialog.get_by_label("URL for delivery statuses").fill("https://10.0.0.1/")
    await dialog.get_by_role("button", name="Save callback").click()
    await expect(dialog.get_by_label("URL for delivery statuses")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("URL for delivery statuses").fill("https://nowhere.invalid/sms")
    await dialog.get_by_role("button", name="Save and call now").click()
    await expect(dialog.get_by_text("name leads nowhere").first).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Save callback").click()
    await expect(dialog).to_have_count(0)
    callback = (await _user(panel, "shop"))["callback"]
    assert (callback["url"], callback["lastDelivery"]["kind"]) == ("https://nowhere.invalid/sms", "TEST")

    dialog = await _act(page, "shop", "Disable")
    await expect(dialog.get_by_text("None of its messages waits")).to_be_visible()
    await dialog.get_by_role("button", name="Disable").click()
    await expect(page.get_by_role("row", name="shop")).to_contain_text("Disabled")
    assert not (await _user(panel, "shop"))["enabled"]
    dialog = await _act(page, "shop", "Enable")
    await dialog.get_by_role("button", name="Enable").click()
    await expect(page.get_by_role("row", name="shop")).not_to_contain_text("Disabled")
    assert (await _user(panel, "shop"))["enabled"]


async def test_several_users_at_once(panel: Panel) -> None:
    """The sum of what moves is shown first, then what became of each; what was refused can be tried again."""
    for login in ("one", "two", "three"):
        await panel.create_user(login)
    page = await panel.open("/users")
    await page.get_by_label("Select all on this page").check()
    tools = page.get_by_role("toolbar")
    await expect(tools.get_by_text("3 users selected")).to_be_visible()
    await tools.get_by_role("button", name="Quota").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Credits left to each").fill("400")
    await expect(dialog.get_by_role("button", name="Set quota")).to_be_disabled()
    await dialog.get_by_label("Credits left to each").fill("40")
    await expect(dialog.get_by_text("1,000 left, 120 to 3 users, 880 remain")).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Set quota").click()
    await expect(dialog.get_by_text("3 done")).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="Close").click()
    assert [(await _user(panel, login))["quota"]["left"] for login in ("one", "two", "three")] == ["40"] * 3

    await page.get_by_label("Select one").uncheck()
    for open_it, button, enabled in (("Disable", "Disable", False), ("Enable", "Enable", True)):
        await tools.get_by_role("button", name=open_it).click()
        await dialog.get_by_role("button", name=button).click()
        await expect(dialog.get_by_text("2 done")).to_be_visible()
        await dialog.get_by_role("button", name="Close").click()
        assert (await _user(panel, "two"))["enabled"] is enabled
    await tools.get_by_role("button", name="Alert").click()
    await dialog.get_by_label("Alert at").fill("5")
    await dialog.get_by_role("button", name="Save alert").click()
    await expect(dialog.get_by_text("2 done")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    assert (await _user(panel, "three"))["limit"]["threshold"] == "5"

    await tools.get_by_role("button", name="Delete").click()
    await expect(dialog.get_by_text("880 left, 80 back from 2 users, 960 afterwards")).to_be_visible()
    await panel.api(
        "mutation($input: DeleteUserInput!) { deleteUser(input: $input) { userErrors { message } } }",
        input={"account": panel.account, "login": "three"},
    )
    await dialog.get_by_role("button", name="Delete 2 users").click()
    await expect(dialog.get_by_text("1 done, 1 refused")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Try the other one")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("row", name="two")).to_have_count(0)
    user = await _user(panel, "two")
    assert (user["gone"], user["account"]) == (True, "960")


async def test_the_server_sorts_searches_and_filters(panel: Panel) -> None:
    """What is asked for stands in the address, and a reload shows the same."""
    for login in ("alpha", "beta", "gamma", "shop-alpha"):
        await panel.create_user(login)
    await _set_quota(panel, "gamma", "10")
    await _set_quota(panel, "beta", "30")
    page = await panel.open("/users")
    logins = page.get_by_role("row").get_by_role("link")
    await expect(logins).to_have_text(["alpha", "beta", "gamma", "shop-alpha"])
    await page.get_by_role("button", name="Quota left").click()
    await page.get_by_role("button", name="Quota left").click()
    await expect(page.get_by_role("columnheader", name="Quota left")).to_have_attribute(
        "aria-sort", "descending"
    )
    await expect(logins.first).to_have_text("beta")
    await page.get_by_label("Search by login").fill("alpha")
    await expect(logins).to_have_count(2)
    await page.get_by_label("Quota", exact=True).select_option("With a quota")
    await expect(page.get_by_text("No user matches")).to_be_visible()
    await page.get_by_label("Search by login").fill("")
    await expect(logins).to_have_text(["beta", "gamma"])
    await page.reload()
    await expect(logins).to_have_text(["beta", "gamma"])
    await page.get_by_label("Quota", exact=True).select_option("Any quota")
    await expect(logins).to_have_count(4)
    assert await panel.violations() == []


async def test_a_users_page_shows_what_it_does_and_what_acts_as_it(panel: Panel) -> None:
    """A message that it sends appears by itself; its key, its tokens and its sessions are changed and ended."""
    created = await panel.create_user("shop")
    user = {"account": panel.account, "login": "shop"}
    await panel.api(
        "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { userErrors { message } } }",
        input={"label": "Nightly job", "scopes": ["READ", "SEND"], "user": user},
    )
    password = created["generatedPassword"]
    assert await _signs_in(panel, "shop", password)
    assert await _signs_in(panel, "shop", password)
    before = await _user(panel, "shop")
    page = await panel.open("/users/shop")
    await expect(page.get_by_text("It has sent nothing yet")).to_be_visible()
    async with plain_http.client() as client:
        fields = {"from": "Chappe", "to": "+447700900024", "message": "Hello", "password": password}
        await client.post(f"{panel.url}/http2sms", data={**user, **fields})
    messages = page.get_by_role("region", name="Last messages")
    await expect(messages.get_by_role("row", name="+447700900024")).to_contain_text("Failed")
    await expect(messages.get_by_role("link", name="All its messages")).to_have_attribute(
        "href", f"/accounts/{panel.account}/messages?login=shop"
    )
    assert await panel.violations() == []

    await page.get_by_role("button", name="New key").click()
    await page.get_by_role("button", name="Make a new key").click()
    await expect(page.get_by_role("dialog", name="The new key").locator("code")).to_contain_text("whsec_")
    await page.get_by_role("button", name="I have copied it").click()
    await page.get_by_role("button", name="Revoke Nightly job").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke token").click()
    await expect(page.get_by_text("No token acts as this user")).to_be_visible()
    await page.get_by_role("button", name="End all").click()
    await page.get_by_role("dialog").get_by_role("button", name="End sessions").click()
    await expect(page.get_by_text("No session", exact=True)).to_be_visible()
    after = await _user(panel, "shop")
    assert after["callback"]["signingKeyId"] != before["callback"]["signingKeyId"]
    assert after["accessTokens"]["nodes"][0]["revokedAt"]
    assert after["sessions"]["totalCount"] == 0

    await page.get_by_role("button", name="Change: Quota").click()
    await page.get_by_label("Credits left to this user").fill("7")
    await page.get_by_role("dialog").get_by_role("button", name="Set quota").click()
    await expect(page.get_by_role("region", name="Quota")).to_contain_text("7 of 7 credits left")
    await page.get_by_role("button", name="Actions for shop").press("Enter")
    await page.get_by_role("menuitem", name="Delete").press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="Delete user").press("Enter")
    await expect(page).to_have_url(f"{panel.url}/accounts/{panel.account}/users")
    assert (await _user(panel, "shop"))["gone"]
