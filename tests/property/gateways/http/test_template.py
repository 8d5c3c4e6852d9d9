"""A request contains the text as it is, whatever is in it, and nothing else of it."""

from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.http.signatures import Signing
from server.gateways.http.template import Template, render
from server.rules.links.http import BodyFormat, HttpMethod

TEXTS = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["{password}", '"}', "&to=1", "%22", "\r\nX: y", "{text}{text}", "..", "#", "?a=b"]
)


@given(text=TEXTS, sender=TEXTS)
def test_no_text_becomes_anything_else(text: str, sender: str) -> None:
    """In JSON, in a form, in a query and in a path."""
    values: dict[str, str | int] = {"text": text, "sender": sender, "password": "secret"}
    url = "https://api.example.com/{sender}/x?t={text}&s={sender}"
    as_json = render(
        Template(url=url, body='{"a": ["{text}", {"b": "-{sender}-"}]}'), values, Signing(), timestamp=0
    )
    assert orjson.loads(as_json.body) == {"a": [text, {"b": f"-{sender}-"}]}
    parts = urlsplit(as_json.url)
    assert (parts.hostname, parts.fragment) == ("api.example.com", "")
    assert [unquote(step) for step in parts.path.split("/")] == ["", sender, "x"]
    assert parse_qsl(parts.query, keep_blank_values=True) == [("t", text), ("s", sender)]
    form = Template(url=url, body="t={text}&s={sender}", body_format=BodyFormat.FORM, method=HttpMethod.PUT)
    as_form = render(form, values, Signing(), timestamp=0)
    assert parse_qsl(as_form.body.decode(), keep_blank_values=True) == [("t", text), ("s", sender)]
    assert "secret" not in repr((as_json.url, as_json.body, as_form.body)) or "secret" in text + sender
