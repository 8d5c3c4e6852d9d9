"""What the first visit fetches."""

import re

import pytest
from playwright.async_api import expect

from server.web.panel_page import BUILT
from tests.browser.panel.conftest import Panel

LIBRARY = BUILT.parent / "node_modules" / "@mantine" / "core" / "styles.css"
CLASS = re.compile(r"m_[0-9a-f]{6,8}\b")
MOST_BYTES = 250_000


def test_each_component_has_its_styles() -> None:
    """The panel takes only the styles that it needs of its library: src/mantine.css names them."""
    code = {name for path in BUILT.rglob("*.js") for name in CLASS.findall(path.read_text("utf-8"))}
    styles = {name for path in BUILT.rglob("*.css") for name in CLASS.findall(path.read_text("utf-8"))}
    assert code
    assert code & set(CLASS.findall(LIBRARY.read_text("utf-8"))) - styles == set()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_first_load_is_small(panel: Panel) -> None:
    """All that the sign-in page fetches, compressed, with the headers."""
    await panel.context.clear_cookies()
    await panel.page.goto(panel.url)
    await expect(panel.page.get_by_label("E-mail")).to_be_visible()
    sizes = await panel.page.evaluate(
        "performance.getEntries().filter((one) => one.transferSize).map((one) => one.transferSize)"
    )
    assert len(sizes) > 3
    assert sum(sizes) < MOST_BYTES
