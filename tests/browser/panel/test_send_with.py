"""The page of samples: each program runs as it is copied, and a test's delivery is shown as it happens."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.panel.conftest import Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "Spring26"
TEXT = 'It\'s "5 €" \\ $HOME `now` é'
"""What each language would take for something else, were it not quoted."""

COMMANDS = {
    "curl": ["sh"],
    "Python": [sys.executable],
    "JavaScript": [shutil.which("node") or ""],
    "PHP": [shutil.which("php") or ""],
}


async def _copied(page: Page) -> str:
    """Copy the program that is shown, as a person does."""
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    program: str = await page.evaluate("navigator.clipboard.readText()")
    await expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    return program


async def _run(command: list[str], program: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, program, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return output.decode()


async def _texts(panel: Panel, login: str) -> list[str]:
    answer = await panel.api(
        """query($account: String!, $login: String!) {
          messages(account: $account, filter: {login: $login}) { nodes { body } }
        }""",
        account=panel.account,
        login=login,
    )
    return [message["body"] for message in answer["messages"]["nodes"]]


async def test_each_sample_sends_as_it_is_copied(panel: Panel, tmp_path: Path) -> None:
    """Eight programs, of which each sends the text that was typed, with the user's own login."""
    await panel.create_user("shop", password=PASSWORD)
    await panel.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await panel.open("/users/shop/send")
    await page.get_by_label("Text").fill(TEXT)
    await page.get_by_label("Password of the user").fill(PASSWORD)
    ran = 0
    for language, command in COMMANDS.items():
        await page.get_by_role("tab", name=language).click()
        for way in ("By URL", "By GraphQL"):
            await page.get_by_text(way, exact=True).click()
            program = tmp_path / f"{language} {way}"
            program.write_text(await _copied(page), "utf-8")
            if not command[0]:  # no PHP here
                continue
            ran += 1
            output = await _run(command, program)
            assert await _texts(panel, "shop") == [TEXT] * ran, output
    assert ran >= 6
    assert await panel.violations() == []


async def test_a_test_is_sent_as_the_user_and_followed_live(panel: Panel) -> None:
    """The user's quota pays, each step and its ptt code appear by themselves, and no token is left."""
    await panel.create_user("shop")
    await panel.api(
        """mutation($input: SetUserQuotaInput!) { setUserQuota(input: $input) { userErrors { message } } }""",
        input={"account": panel.account, "login": "shop", "enabled": True, "credits": "5"},
    )
    page = await panel.open("/users/shop/send")
    await page.get_by_label("To", exact=True).fill("12")
    await page.get_by_role("button", name="Send test").click()
    await expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("To", exact=True).fill("+447700900001")
    await page.get_by_role("button", name="Send test").click()
    test = page.get_by_role("region", name="Send a test")
    for told in ("Not delivered yet because of the phone", "Delivered to the handset.", "ptt 4"):
        await expect(test.get_by_text(told)).to_be_visible()
    assert await panel.violations() == []
    answer = await panel.api(
        """query($account: String!) {
          user(account: $account, login: "shop") {
            quota { left }
            messages { nodes { receiver status userLogin } }
            accessTokens { nodes { revokedAt } }
          }
        }""",
        account=panel.account,
    )
    user = answer["user"]
    assert user["quota"]["left"] == "4.5"
    (message,) = user["messages"]["nodes"]
    assert message == {"receiver": "+447700900001", "status": "SUCCESS", "userLogin": "shop"}
    assert all(token["revokedAt"] for token in user["accessTokens"]["nodes"])
    await test.get_by_role("link", name="Message ").click()
    await expect(page.get_by_role("heading", name="+447700900001")).to_be_visible()


async def test_a_user_bound_to_addresses_is_told_of_beforehand(panel: Panel) -> None:
    """The page says from where the user may send and from where the test would come; it is refused, and so said."""
    await panel.create_user("shop")
    await panel.api(
        """mutation($input: SetUserIpRestrictionsInput!) {
          setUserIpRestrictions(input: $input) { userErrors { message } }
        }""",
        input={"account": panel.account, "login": "shop", "addresses": ["192.0.2.1"]},
    )
    page = await panel.open("/users/shop/send")
    told = page.get_by_text("This user may send only from 192.0.2.1.")
    await expect(told).to_contain_text("address, 127.0.0.1")
    await page.get_by_role("button", name="Send test").click()
    await expect(page.get_by_role("region", name="Send a test").get_by_role("alert")).to_be_visible()
