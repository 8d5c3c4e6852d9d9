"""The page where the receiver of a link says whether alerts may come."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.credits.limits import set_account_limit
from server.operations.notifications.contacts import link_of
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState
from server.store.models import Contact
from server.web.alert_page import alert_page_routes
from tests.factories.accounts.accounts import World

pytestmark = pytest.mark.one_database

BASE = "https://sms.example.org"


@pytest.fixture
async def page(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser."""
    app = Starlette(routes=alert_page_routes(services))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


async def _asked(services: Services, world: World, **more: Any) -> tuple[Contact, str]:
    """Set a limit that names a stranger, and return the contact with its link."""
    account = await world.account()
    given: dict[str, Any] = {"channel": AlertChannel.MAIL, "email": "a'b@example.net", **more}
    await set_account_limit(
        services, world.holder, account=account.name, enabled=True, threshold=5_000, **given
    )
    contact = await Contact.get()
    at_base = replace(services, policy=replace(services.policy, public_url=BASE))
    return contact, link_of(at_base, contact)


async def _state() -> ContactState:
    return (await Contact.get()).state


async def test_opening_the_link_answers_nothing(
    services: Services, world: World, page: httpx.AsyncClient
) -> None:
    """Mail scanners open every link, and press no button."""
    _, link = await _asked(services, world)
    for _ in range(2):
        shown = await page.get(link)
        assert shown.status_code == 200
        assert "Do you want the alerts of sms-demo-1?" in shown.text
        assert "a&#x27;b@example.net" in shown.text
        assert "until 28 September 2026, 12:00 UTC" in shown.text
    assert (await page.head(link)).status_code == 200
    assert await _state() is ContactState.ASKED


async def test_the_buttons_answer(services: Services, world: World, page: httpx.AsyncClient) -> None:
    """Yes and no, each shown as what holds from now on."""
    _, link = await _asked(services, world)
    yes = await page.post(link, data={"answer": "yes"})
    assert (yes.status_code, await _state()) == (200, ContactState.CONFIRMED)
    assert "sms-demo-1 sends its alerts here" in yes.text
    no = await page.post(link, data={"answer": "no"})
    assert (no.status_code, await _state()) == (200, ContactState.REFUSED)
    assert "sms-demo-1 sends nothing here" in no.text
    assert "Send them here after all" in no.text


async def test_too_late_a_yes_is_told_and_no_is_never_too_late(
    services: Services, world: World, page: httpx.AsyncClient, clock: ManualClock
) -> None:
    """The page offers what still counts."""
    _, link = await _asked(services, world)
    clock.advance(7 * 86_400)
    assert 'value="yes"' not in (await page.get(link)).text
    assert (await page.post(link, data={"answer": "yes"})).status_code == 409
    assert await _state() is ContactState.ASKED
    refused = await page.post(link, data={"answer": "no"})
    assert await _state() is ContactState.REFUSED
    assert "<form" not in refused.text


async def test_a_number_can_only_refuse_here(
    services: Services, world: World, page: httpx.AsyncClient
) -> None:
    """Yes takes the code of the SMS."""
    _, link = await _asked(services, world, channel=AlertChannel.SMS, email=None, phone_number="+33612340000")
    shown = await page.get(link)
    assert 'value="yes"' not in shown.text
    assert "give the code in the SMS" in shown.text
    assert (await page.post(link, data={"answer": "yes"})).status_code == 409
    await page.post(link, data={"answer": "no"})
    assert await _state() is ContactState.REFUSED


@pytest.mark.parametrize("token", ["", "?token=", "?token=1-wrong", "?other=1"])
async def test_a_link_that_was_made_up_leads_nowhere(
    services: Services, world: World, page: httpx.AsyncClient, token: str
) -> None:
    """Neither opened nor answered."""
    await _asked(services, world)
    assert (await page.get(f"/alerts{token}")).status_code == 404
    assert (await page.post(f"/alerts{token}", data={"answer": "no"})).status_code == 404
    assert await _state() is ContactState.ASKED


@pytest.mark.parametrize("body", [b"", b"answer=", b"answer=maybe", b"yes", b"x" * 5_000, b"answer=no&a=b"])
async def test_what_no_button_sends_answers_nothing(
    services: Services, world: World, page: httpx.AsyncClient, body: bytes
) -> None:
    """Whatever else a body holds, and however much."""
    _, link = await _asked(services, world)
    assert (await page.post(link, content=body)).status_code == 400
    assert await _state() is ContactState.ASKED


async def test_the_link_is_kept_from_others(
    services: Services, world: World, page: httpx.AsyncClient
) -> None:
    """No cache, no referrer, no search engine, no script and no frame."""
    _, link = await _asked(services, world)
    headers = (await page.get(link)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
