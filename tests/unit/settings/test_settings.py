"""The start of links to this server's pages."""

import pytest

from server.settings import Profile, Settings


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"web": {"host": "::1", "port": 80}}, "http://[::1]:80"),
        ({"web": {"public_url": "https://sms.example.org/chappe/"}}, "https://sms.example.org/chappe"),
        ({"profile": Profile.PRODUCTION}, ""),
        (
            {"profile": Profile.PRODUCTION, "web": {"public_url": "https://sms.example.org"}},
            "https://sms.example.org",
        ),
    ],
)
def test_links_lead_where_the_server_is_found(given: dict[str, object], base: str) -> None:
    """The setting or, in development, the listening address; production does not guess."""
    assert Settings.model_validate(given).base_url == base
