"""Where things stand: in line with what they belong to, and as wide as a phone has room for."""

import pytest
from playwright.async_api import FloatRect, Locator, expect

from tests.browser.panel.conftest import OPERATOR, Panel

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def box(of: Locator) -> FloatRect:
    """Return where something stands."""
    await expect(of).to_be_visible()
    found = await of.bounding_box()
    assert found
    return found


async def test_the_operators_lists_are_searched_from_the_left(
    panel: Panel, panel_demo: tuple[str, dict[str, str]]
) -> None:
    """The search begins where the table does, and fills a phone; what is done in a row ends where the row does."""
    page = panel.page
    await panel.sign_in(OPERATOR, panel_demo[1]["operator"])
    rooms = {
        "accounts": "Name or description",
        "holders": "Name or e-mail address",
        "senders": "Search by sender",
        "rates": "Search by country",
    }
    for width in (1280, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        for room, label in rooms.items():
            await page.goto(f"{panel.url}/operator/{room}")
            search = page.get_by_label(label)
            inside, frame = await box(search), await box(page.locator("section").filter(has=search))
            assert inside["x"] - frame["x"] < 20, room
            if width == 390:
                assert inside["width"] > frame["width"] - 40, room
    rate = page.get_by_role("row", name="Belgium")
    change = await box(rate.get_by_role("button"))
    credits = await box(rate.get_by_text("1.2", exact=True))
    assert change["x"] + change["width"] == pytest.approx(credits["x"] + credits["width"], abs=1)
    await page.set_viewport_size({"width": 1920, "height": 900})
    await page.reload()
    table, add = (
        await box(page.get_by_role("table")),
        await box(page.get_by_role("button", name="Set a rate")),
    )
    assert add["x"] + add["width"] <= table["x"] + table["width"]

    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto(f"{panel.url}/operator/links?add=1")
    window, rate_limit = await box(page.get_by_label("Window")), await box(page.get_by_label("Per second"))
    assert window["y"] == rate_limit["y"] or window["x"] == rate_limit["x"]


async def test_the_sign_in_is_in_one_piece(panel: Panel) -> None:
    """No gap is above the card on a phone, and the ways into the demo stand beside each other."""
    page = panel.page
    await panel.context.clear_cookies()
    for width in (390, 1920):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.goto(panel.url)
        ways = [await box(page.get_by_role("button", name=name)) for name in ("Demo holder", "Demo operator")]
        assert ways[0]["y"] == ways[1]["y"]
        if width == 390:
            about = await box(page.locator("main > section"))
            card = await box(page.locator("main form"))
            assert card["y"] - about["y"] - about["height"] < 70


async def test_a_new_users_dialog_has_its_buttons_in_one_row(panel: Panel) -> None:
    """Nothing wraps alone."""
    page = await panel.open("/users?add=1")
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Login").fill("shop")
    await dialog.get_by_role("button", name="Add user").click()
    names = ("Add another", "I have copied it")
    tops = [(await box(dialog.get_by_role("button", name=name)))["y"] for name in names]
    tops.append((await box(dialog.get_by_role("link", name="Send with this user")))["y"])
    assert len(set(tops)) == 1


async def test_a_name_stands_on_the_line_of_its_value(panel: Panel) -> None:
    """Also where a button beside the value makes its line higher."""
    await panel.page.goto(f"{panel.url}/profile")
    you = panel.page.get_by_role("region", name="You")
    for name, value in (("Name", "Ada Holder"), ("Your address", "127.0.0.1")):
        beside = await you.get_by_text(value, exact=True).evaluate(
            """value => {
              const range = document.createRange();
              range.selectNodeContents([...value.childNodes].find((each) => each.nodeType === Node.TEXT_NODE));
              return range.getBoundingClientRect().y;
            }"""
        )
        assert (await box(you.get_by_text(name, exact=True)))["y"] == pytest.approx(beside, abs=3)
