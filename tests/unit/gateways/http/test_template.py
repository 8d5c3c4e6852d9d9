"""From a message to a request: no text gets into a part where it does not belong."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from server.errors import InvalidInput
from server.gateways.http.signatures import Signing
from server.gateways.http.template import Template, check_template, endpoint, render
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.links.http import BodyFormat, HttpMethod
from server.rules.messages.segments import Coding
from tests.factories.gateways.http.operators import OWN_TEMPLATE

NASTY = 'a"b\\c\n&to=+1{password}%0d\r\n\u2028é😀</'
VALUES: dict[str, str | int] = {
    "receiver": "+447700900004", "receiver_digits": "447700900004", "sender": "Chappe", "text": NASTY, "id": "7",
    "coding": Coding.UNICODE.name, "class": "1", "validity_seconds": 3_600, "validity_minutes": 60, "user": "me",
    "account": "sms-ab1-1", "password": "pa&ss", "second_key": "", "receipts_url": "https://sms.example.com/?a=1&b=2",
}  # fmt: skip
KEYS = Signing(user="me", password="pa&ss")
ANYWHERE = AddressPolicy()


def rendered(**template: Any) -> Any:
    """Return the request of a template."""
    return render(Template(**{"url": "https://api.example.com/send", **template}), VALUES, KEYS, timestamp=1)


def test_a_text_stays_a_text_in_json() -> None:
    """Whatever it contains; and a variable for a number, alone in its string, becomes a number."""
    request = rendered(
        body='{"to": ["{receiver}"], "x": {"t": "<{text}>"}, "n": "{validity_seconds}", "b": true}'
    )
    assert orjson.loads(request.body) == {
        "to": ["+447700900004"],
        "x": {"t": f"<{NASTY}>"},
        "n": 3_600,
        "b": True,
    }
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")


def test_a_text_stays_a_text_in_a_form() -> None:
    """It adds no field."""
    request = rendered(body="To={receiver}&Body={text}&Cb={receipts_url}", body_format=BodyFormat.FORM)
    assert parse_qsl(request.body.decode(), strict_parsing=True) == [
        ("To", "+447700900004"),
        ("Body", NASTY),
        ("Cb", VALUES["receipts_url"]),
    ]


def test_a_text_stays_a_text_in_a_url() -> None:
    """In a query and in a path; a GET has no body."""
    request = rendered(
        url="https://api.example.com/{account}/{sender}?m={text}&key={password}",
        method=HttpMethod.GET,
        body="ignored={text}",
    )
    parts = urlsplit(request.url)
    assert (parts.hostname, parts.path) == ("api.example.com", "/sms-ab1-1/Chappe")
    assert parse_qsl(parts.query, strict_parsing=True) == [("m", NASTY), ("key", "pa&ss")]
    assert (request.method, request.body) == ("GET", b"")


def test_headers_have_secrets_and_no_line_of_their_own() -> None:
    """Line breaks are removed."""
    values = {**VALUES, "password": "pa\r\nX: y"}
    template = Template(
        url="https://api.example.com/", headers=(("Authorization", "App {password}"),), body="{}"
    )
    assert render(template, values, KEYS, timestamp=1).headers["Authorization"] == "App paX: y"
    basic = render(Template(url="https://a.example/", basic_auth=True, body="{}"), VALUES, KEYS, timestamp=1)
    assert basic.headers["Authorization"] == "Basic bWU6cGEmc3M="


def test_no_secret_is_in_what_is_printed() -> None:
    """A request, and the keys of a link."""
    request = rendered(body='{"k": "{password}"}', url="https://api.example.com/?key={password}")
    assert "pa&ss" not in repr(request) + repr(KEYS)
    assert "pa%26ss" not in repr(request)


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"url": "ftp://api.example.com/"}, "url"),
        ({"url": "https:///path"}, "url"),
        ({"url": "https://me:secret@api.example.com/"}, "url"),
        ({"url": "https://api.example.com/#x"}, "url"),
        ({"url": "https://{account}.example.com/"}, "url"),
        ({"url": "https://api.example.com:99999/"}, "url"),
        ({"url": "https://api.example.com:8080/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://0x7f.1/"}, "url"),
        ({"url": "https://api.example.com/a b"}, "url"),
        ({"url": "https://api.example.com/{txt}"}, "url"),
        ({"url": "https://api.example.com/?token=abc"}, "url"),
        ({"headers": (("Host", "x"),)}, "headers"),
        ({"headers": (("X Y", "x"),)}, "headers"),
        ({"headers": (("X-Text", "{text}"),)}, "headers"),
        ({"headers": (("X-Line", "a\nb"),)}, "headers"),
        ({"headers": (("X-Api-Key", "abc"),)}, "headers"),
        ({"body": "to={receiver}"}, "body"),
        ({"body": '{"to": "{phone}"}'}, "body"),
        ({"body": '{"a": [{"password": "abc"}]}'}, "body"),
        ({"body": "password=abc&to={receiver}", "body_format": BodyFormat.FORM}, "body"),
    ],
)
def test_a_template_that_can_not_be_filled_in_is_refused(template: dict[str, Any], field: str) -> None:
    """Or one that would store a plain secret, or lead to a forbidden address."""
    given = {"url": "https://api.example.com/send", "body": "{}", **template}
    with pytest.raises(InvalidInput) as refusal:
        check_template(Template(**given), ANYWHERE)
    assert refusal.value.field == ("http", field)
    assert "abc" not in refusal.value.message


def test_a_template_that_has_its_secrets_from_elsewhere_is_fine() -> None:
    """In the URL, in headers and in the body."""
    check_template(
        Template(
            url="https://api.example.com/?token={second_key}",
            headers=(("Authorization", "Bearer {password}"),),
            body='{"password": "{password}", "note": "{not a variable} {}"}',
        ),
        ANYWHERE,
    )
    check_template(
        Template(url="http://[2a00:1450::1]/x", **{k: OWN_TEMPLATE[k] for k in ("body",)}), ANYWHERE
    )


def test_where_requests_go() -> None:
    """With the scheme's port, if none is named."""
    assert (endpoint("https://a.example/x").port, endpoint("http://a.example/x").port) == (443, 80)
    assert endpoint("http://a.example:8080/x").tls is False
