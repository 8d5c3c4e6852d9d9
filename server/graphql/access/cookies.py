"""The session cookie: only for pages, and hidden from scripts and other sites."""

from starlette.responses import Response

COOKIE = "chappe_session"


def set_session_cookie(response: Response, secret: str, *, seconds: int, secure: bool) -> None:
    """Make the browser keep the session's secret (RFC 6265bis, sections 4.1.2.6 and 4.1.2.7)."""
    response.set_cookie(
        COOKIE, secret, max_age=seconds, path="/", httponly=True, secure=secure, samesite="strict"
    )


def clear_session_cookie(response: Response, *, secure: bool) -> None:
    """Make the browser forget the session."""
    response.delete_cookie(COOKIE, path="/", httponly=True, secure=secure, samesite="strict")
