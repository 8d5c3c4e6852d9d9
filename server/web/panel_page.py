"""The control panel: the page that `make panel` builds from the folder `panel`."""

import secrets
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.web.built_pages import BuiltPage

BUILT = Path(__file__).parent / "panel" / "dist"

PAGES = ("/", "/sign-in", "/profile", "/accounts/{path:path}", "/operator/{path:path}")
"""The panel's addresses: it is one page, which chooses its view by the address."""

NONCE_BYTES = 16  # as the specification requires (CSP level 3, section 7.1)


def panel_policy(nonce: str) -> str:
    """Return the panel's Content-Security-Policy: nothing from elsewhere, only its own styles."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def panel_routes(built: Path = BUILT) -> list[Route]:
    """Return the routes of the panel's addresses and files, from the folder of the build."""
    panel = BuiltPage(built, name="The control panel", command="make panel")

    def page(_: Request) -> Response:
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        return panel.page(panel_policy(nonce), nonce)

    def asset(request: Request) -> Response:
        return panel.asset(request, panel_policy(""))

    return [*(Route(path, page) for path in PAGES), Route("/panel/assets/{name}", asset)]
