"""The page behind the link in a mail or an SMS, where its receiver says whether alerts may come.

Opening the page changes nothing, since mail scanners open every link. Only its buttons do, by a POST.
"""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from server.kit.clock import to_datetime
from server.operations.core.services import Services
from server.operations.notifications.contacts import PAGE, answer, contact_of_token
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState, state_now
from server.store.models import Contact
from server.store.queries.notifications import contact_with_account

MAX_BODY_BYTES = 1_000
YES, NO = "yes", "no"

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 17px/1.55 system-ui, sans-serif; margin: 12vh auto 2rem; max-width: 34rem; padding: 0 1.25rem }}
h1 {{ font-size: 1.5rem; line-height: 1.25 }}
form {{ display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.75rem }}
button {{ font: inherit; padding: .6rem 1.1rem; border: 1px solid #8888; border-radius: .5rem; cursor: pointer }}
button.main {{ background: #14532d; border-color: #14532d; color: #fff }}
small {{ color: #777 }}
</style>
<h1>{title}</h1>
{body}
</html>
"""
_UNKNOWN = "<p>Open the link again exactly as it is in the mail or the SMS, complete and on one line.</p>"


def alert_page_routes(services: Services) -> list[Route]:
    """Return the page's route."""

    async def show(request: Request) -> Response:
        contact = await contact_of_token(services, request.query_params.get("token", ""))
        return _unknown() if contact is None else _shown(services, contact)

    async def take(request: Request) -> Response:
        contact = await contact_of_token(services, request.query_params.get("token", ""))
        said = await _said(request)
        if contact is None:
            return _unknown()
        if said not in {YES, NO}:
            return _shown(services, contact, status=400)
        done = await answer(services, contact, wanted=said == YES)
        contact = await contact_with_account(contact.id) or contact
        return _shown(services, contact, status=200 if done else 409)

    return [Route(PAGE, show, methods=["GET"]), Route(PAGE, take, methods=["POST"])]


async def _said(request: Request) -> str:
    """Return the answer of the form's button; an empty text if the body is not our form."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return ""
    name, _, value = body.decode("latin-1").partition("=")
    return value if name == "answer" else ""


def _shown(services: Services, contact: Contact, *, status: int = 200) -> Response:
    account, address = escape(contact.account.name), escape(contact.address)
    state = state_now(contact.state, contact.expires_at_us, services.clock.now_us())
    may_agree = contact.channel is AlertChannel.MAIL and services.clock.now_us() < contact.expires_at_us
    yes = '<button class="main" name="answer" value="yes">Yes, send them here</button>' if may_agree else ""
    no = '<button name="answer" value="no">{}</button>'
    if state is ContactState.CONFIRMED:
        title = f"{account} sends its alerts here"
        body = (
            f"<p>{address} gets the alerts of the SMS account <b>{account}</b>, as somebody here agreed.</p>"
        )
        buttons = no.format("Stop them for good")
    elif state is ContactState.REFUSED:
        title = f"{account} sends nothing here"
        body = f"<p>{address} gets no alerts of the SMS account <b>{account}</b>, and is not asked again.</p>"
        buttons = yes and yes.replace("Yes, send them here", "Send them here after all")
    else:
        title = f"Do you want the alerts of {account}?"
        body = (
            f"<p>The holder of the SMS account <b>{account}</b> would like to send its alerts to {address}: "
            "messages that say how many credits are left. Nothing is sent unless somebody here says yes.</p>"
        )
        buttons = yes + no.format("No, this is not for me")
        body += _hint(contact, may_agree=may_agree)
    form = f'<form method="post">{buttons}</form>' if buttons else ""
    return _answer(title, body + form, status=status)


def _hint(contact: Contact, *, may_agree: bool) -> str:
    if may_agree:
        until = to_datetime(contact.expires_at_us).strftime("%d %B %Y, %H:%M UTC")
        return f"<p><small>You can say yes until {until}, and no at any time.</small></p>"
    if contact.channel is AlertChannel.SMS:
        return "<p><small>To say yes, give the code in the SMS to the account's holder.</small></p>"
    return "<p><small>It is too late to say yes. The holder would have to ask again.</small></p>"


def _unknown() -> Response:
    return _answer("This link is not valid", _UNKNOWN, status=404)


def _answer(title: str, body: str, *, status: int) -> Response:
    return HTMLResponse(_PAGE.format(title=title, body=body), status_code=status, headers=_HEADERS)
