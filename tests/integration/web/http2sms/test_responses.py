"""The answers of http2sms: each content type, word for word."""

from xml.etree import ElementTree as ET

import pytest

from tests.integration.web.conftest import Script, nothing_happened, sent

pytestmark = pytest.mark.one_database

PAGE = '<!DOCTYPE html><html lang="en"><head><title>http2sms</title></head><body>{}</body></html>'
XML_SUCCESS = (
    "<response><status>100</status><creditLeft>199</creditLeft>"
    "<smsIds><smsId>{0}</smsId><smsId>{1}</smsId></smsIds></response>"
)
XML_FAILURE = "<response><status>201</status><message>Missing message</message></response>"
JSON_SUCCESS = '{{"status":100,"creditLeft":"199","SmsIds":["{0}","{1}"]}}'
JSON_FAILURE = '{"status":201,"message":"Missing message"}'


@pytest.mark.parametrize(
    ("content_type", "success", "failure"),
    [
        (None, "OK\n199\n{0}\n{1}", "KO\nMissing message"),
        ("text/plain", "OK\n199\n{0}\n{1}", "KO\nMissing message"),
        ("text/html", PAGE.format("OK<br>199<br>{0}<br>{1}"), PAGE.format("KO<br>Missing message")),
        ("text/xml", XML_SUCCESS, XML_FAILURE),
        ("application/xml", XML_SUCCESS, XML_FAILURE),
        ("text/json", JSON_SUCCESS, JSON_FAILURE),
        ("application/json", JSON_SUCCESS, JSON_FAILURE),
        ("Application/JSON", JSON_SUCCESS, JSON_FAILURE),
    ],
)
async def test_bodies_are_exact(
    either_script: Script, content_type: str | None, success: str, failure: str
) -> None:
    """Success and failure in each content type, labelled as such, kept by no cache."""
    failed = await either_script.send({"contentType": content_type, "message": None})
    done = await either_script.send({"contentType": content_type, "to": "+447700900004,+447700900005"})
    assert failed.text == failure
    assert done.text == success.format(*(message.id for message in await sent()))
    for response in (failed, done):
        assert response.status_code == 200
        assert response.headers["Content-Type"].split(";")[0] == (content_type or "text/plain").lower()
        assert response.headers["Cache-Control"] == "no-store"


async def test_another_content_type_is_refused_in_plain_text(either_script: Script) -> None:
    """There is no other way to word the answer."""
    response = await either_script.send({"contentType": "image/png"})
    assert response.text.startswith("KO\nInvalid contentType: ")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert await nothing_happened()


HOSTILE = "<script>alert('&\"')</script>\r\n\x01\u2028\ufffe]]>"


@pytest.mark.parametrize("content_type", ["text/xml", "application/xml"])
async def test_what_a_reason_quotes_is_escaped_in_xml(either_script: Script, content_type: str) -> None:
    """The document stays well-formed, and says what was wrong."""
    response = await either_script.send({"contentType": content_type, "to": HOSTILE})
    message = ET.fromstring(response.text).findtext("message")  # noqa: S314 our own answer
    assert message is not None
    assert message.startswith("Invalid to: <script>alert('&\"')</script>")


async def test_what_a_reason_quotes_is_escaped_in_a_page(either_script: Script) -> None:
    """No markup of the request becomes markup of the page."""
    response = await either_script.send({"contentType": "text/html", "to": HOSTILE})
    assert "KO<br>Invalid to: &lt;script&gt;alert(&#x27;&amp;&quot;&#x27;)&lt;/script&gt;" in response.text
    assert "<script" not in response.text


async def test_a_reason_is_one_short_line(either_script: Script) -> None:
    """A plain-text failure has two lines, whatever it quotes."""
    response = await either_script.send({"to": "x\r\ny\u2028" * 1_000})
    assert len(response.text.splitlines()) == 2
    assert len(response.text) < 320
