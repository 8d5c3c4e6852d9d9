"""The person's own page: password, sessions and access tokens."""

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.panel.conftest import Api, Panel
from tests.factories.running import plain_http

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIEWER = """{ viewer {
  sessions { totalCount }
  accessTokens { nodes { label scopes accounts { name } user { login } revokedAt } }
} }"""
CREATE_USER = """mutation($input: CreateUserInput!) {
  createUser(input: $input) { user { id } userErrors { message } }
}"""


async def _viewer(panel: Panel) -> dict[str, Any]:
    found: dict[str, Any] = (await panel.api(VIEWER))["viewer"]
    return found


async def test_password_and_sessions_are_changed_and_ended(panel: Panel) -> None:
    """A wrong password is refused beside its field; a new one ends the other sessions, and signs in."""
    page = panel.page
    await page.goto(f"{panel.url}/profile")
    sessions = page.get_by_role("region", name="Sessions")
    await expect(sessions.get_by_role("row")).to_have_count(3)  # the browser's and the API's
    await expect(sessions.get_by_role("row", name="This one")).to_contain_text("Chrome")
    assert await panel.violations() == []
    third, fourth = [await Api.sign_in(panel.url, panel.email, panel.password) for _ in range(2)]
    await page.reload()
    await expect(sessions.get_by_role("row")).to_have_count(5)
    await sessions.get_by_role("button", name="End", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    assert await panel.violations() == []
    await dialog.get_by_role("button", name="End the session").click()
    await expect(sessions.get_by_role("row")).to_have_count(4)
    await sessions.get_by_role("button", name="End all others").click()
    await dialog.get_by_role("button", name="End all others").click()
    await expect(page.get_by_text("2 sessions have ended.")).to_be_visible()
    await expect(sessions.get_by_role("row")).to_have_count(2)
    for ended in (third, fourth, panel.api):
        with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
            await ended("{ viewer { name } }")
        await ended.client.aclose()

    panel.api = await Api.sign_in(panel.url, panel.email, panel.password)
    form = page.get_by_role("region", name="Password")
    current = form.get_by_role("textbox", name="Current password")
    new = form.get_by_role("textbox", name="New password")
    await current.fill("not the password")
    await new.fill("correct horse battery staple")
    await form.get_by_role("button", name="Change password").click()
    await expect(current).to_have_attribute("aria-invalid", "true")
    await current.fill(panel.password)
    await new.fill("short")
    await form.get_by_role("button", name="Change password").click()
    await expect(new).to_have_attribute("aria-invalid", "true")
    assert await panel.violations() == []
    await new.fill("correct horse battery staple")
    await form.get_by_role("button", name="Change password").click()
    await expect(
        page.get_by_text("Your password was changed. Your other sessions have ended.")
    ).to_be_visible()
    with pytest.raises(AssertionError, match="UNAUTHENTICATED"):
        await panel.api("{ viewer { name } }")
    await panel.api.client.aclose()
    panel.api = await Api.sign_in(panel.url, panel.email, "correct horse battery staple")
    assert (await _viewer(panel))["sessions"]["totalCount"] == 2
    await panel.api.client.aclose()


async def _make(panel: Panel, page: Page, tokens: Locator) -> str:
    await tokens.get_by_role("button", name="Create a token").first.click()
    dialog = page.get_by_role("dialog", name="Create a token")
    await dialog.get_by_label("Label").fill("Nightly export")
    await dialog.get_by_label("Read", exact=True).uncheck()
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await expect(dialog.get_by_text("A token needs a scope.")).to_be_visible()
    assert await panel.violations() == []
    await dialog.get_by_label("Read", exact=True).check()
    await dialog.get_by_label("Send", exact=True).check()
    await dialog.get_by_label("Manage", exact=True).check()
    await dialog.get_by_role("combobox", name="Accounts").click()
    await page.get_by_role("option", name=panel.account).click()
    await page.keyboard.press("Escape")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    made = page.get_by_role("dialog", name="Token “Nightly export”")
    secret = await made.locator("code").first.inner_text()
    assert await panel.violations() == []
    await made.get_by_role("button", name="I have copied it").click()
    await expect(tokens.get_by_role("row", name="Nightly export")).to_contain_text(panel.account)
    [token] = (await _viewer(panel))["accessTokens"]["nodes"]
    assert (set(token["scopes"]), token["accounts"]) == (
        {"READ", "SEND", "MANAGE"},
        [{"name": panel.account}],
    )
    return secret


async def _revoke(panel: Panel, page: Page, tokens: Locator, secret: str) -> None:
    async with plain_http.client(headers={"Authorization": f"Bearer {secret}"}) as client:
        for login in ("kept", "gone"):
            await Api(panel.url, client)(CREATE_USER, input={"account": panel.account, "login": login})
    await tokens.get_by_role("button", name="Revoke").click()
    dialog = page.get_by_role("dialog", name="Revoke “Nightly export”?")
    await expect(dialog).to_contain_text("2 API users that it made end with it")
    assert await panel.violations() == []
    await (
        dialog.get_by_text(f"kept on {panel.account}")
        .locator("..")
        .get_by_role("button", name="Keep")
        .click()
    )
    await expect(dialog).to_contain_text("One API user that it made ends with it")
    await dialog.get_by_role("button", name="Revoke the token").click()
    await expect(tokens.get_by_text("No token is in use any more")).to_be_visible()
    await expect(tokens.get_by_role("row", name="Nightly export")).to_have_count(0)
    await tokens.get_by_label("Show one that has ended").check()
    await expect(tokens.get_by_role("row", name="Nightly export")).to_contain_text("Revoked")
    await expect(tokens.get_by_role("row", name="Nightly export")).to_contain_text("ended")
    assert (await _viewer(panel))["accessTokens"]["nodes"][0]["revokedAt"]
    answer = await panel.api(
        "query($account: String!) { users(account: $account) { nodes { login endsAt } } }",
        account=panel.account,
    )
    users = {user["login"]: user["endsAt"] for user in answer["users"]["nodes"]}
    assert users["kept"] is None
    assert datetime.fromisoformat(users["gone"]) <= datetime.now(UTC)


async def _bind(panel: Panel, page: Page, tokens: Locator) -> None:
    await tokens.get_by_role("button", name="Create a token").click()
    dialog = page.get_by_role("dialog", name="Create a token")
    await dialog.get_by_label("Label").fill("Shop")
    await dialog.get_by_role("combobox", name="Accounts").click()
    await page.get_by_role("option", name=panel.account).click()
    await page.keyboard.press("Escape")
    await dialog.get_by_role("combobox", name="Acts as the user").click()
    await page.get_by_role("option", name="shop").click()
    await expect(dialog.get_by_label("Manage", exact=True)).to_have_count(0)
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await page.get_by_role("button", name="I have copied it").click()
    await expect(tokens.get_by_role("row", name="shop on")).to_be_visible()
    nodes = (await _viewer(panel))["accessTokens"]["nodes"]
    assert {"login": "shop"} in [token["user"] for token in nodes]


async def test_tokens_are_made_and_revoked(panel: Panel) -> None:
    """A token is shown once and works as far as it may; the users that it made end with it, unless they are kept."""
    await panel.create_user("shop")
    page = panel.page
    await page.goto(f"{panel.url}/profile")
    tokens = page.get_by_role("region", name="Access tokens")
    await expect(tokens.get_by_text("No token yet")).to_be_visible()
    await _revoke(panel, page, tokens, await _make(panel, page, tokens))
    await _bind(panel, page, tokens)
