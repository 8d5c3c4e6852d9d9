"""Fields of http2sms that are badly encoded, duplicate or too many."""

import gzip
from collections.abc import AsyncIterator

import httpx
import pytest

from server.web.http2sms.fields import MAX_FIELDS, MAX_INPUT_BYTES
from tests.integration.web.conftest import Script, nothing_happened, sent

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        (b"tag=%", "Invalid tag: "),
        (b"tag=100%", "Invalid tag: "),
        (b"tag=%4", "Invalid tag: "),
        (b"tag=%zz", "Invalid tag: "),
        (b"tag=%C3%28", "Invalid tag: "),
        (b"tag=%E9", "Invalid tag: "),
        (b"tag=%ED%A0%80", "Invalid tag: "),
        (b"tag=%00", "Invalid tag: "),
        (b"TAG=one&tag=two", "Invalid tag: "),
        (b"message=Bye", "Invalid message: "),
        (b"smsCoding=1&SMSencoding=2", "Invalid smsCoding: "),
        (b"%FF=1", "Invalid field name: "),
    ],
)
async def test_what_can_not_be_read_is_refused(either_script: Script, extra: bytes, reason: str) -> None:
    """Rather than guessed at: no message goes out garbled."""
    response = await either_script.send_raw(
        str(httpx.QueryParams(either_script.fields)).encode() + b"&" + extra
    )
    assert response.text.startswith(f"KO\n{reason}")
    assert await nothing_happened()


async def test_an_unreadable_content_type_is_answered_in_plain_text(either_script: Script) -> None:
    """There is no telling what was wanted."""
    response = await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&contentType=%zz")
    assert response.text.startswith("KO\nInvalid contentType: ")


@pytest.mark.parametrize("broken", ["password=%zz", "login=%ff", "account=%00", "password=abcd1235"])
async def test_unreadable_credentials_are_wrong(either_script: Script, broken: str) -> None:
    """As are credentials that are given twice and differ."""
    response = await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&{broken}")
    assert response.text == "KO\nInvalid account, login or password"
    assert await nothing_happened()


async def test_a_field_may_be_repeated_with_the_same_value(either_script: Script) -> None:
    """It is clear what is meant."""
    await either_script.send_raw(
        f"{httpx.QueryParams(either_script.fields)}&message=Hello&smsCoding=1&SMSencoding=1"
    )
    assert len(await sent()) == 1


async def test_a_post_whose_query_and_form_differ_is_refused(script: Script) -> None:
    """A message has one text."""
    response = await script.client.post("/http2sms", params={"message": "Bye"}, data=script.fields)
    assert response.text.startswith("KO\nInvalid message: ")


async def test_too_many_fields_are_refused(either_script: Script) -> None:
    """The bound is on what is given, known or not."""
    filler = "&".join(f"x{number}=1" for number in range(MAX_FIELDS))
    response = await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&{filler}")
    assert response.text == "KO\nThere are more than 100 fields."
    assert await nothing_happened()


async def test_too_large_a_request_is_refused_unread(either_script: Script) -> None:
    """With HTTP status 413, as the body's own code could be looked for in vain."""
    fits = await either_script.send({"x": "x" * (MAX_INPUT_BYTES - 1_000)})
    response = await either_script.send({"x": "x" * MAX_INPUT_BYTES})
    assert fits.text.startswith("OK\n")
    assert response.status_code == 413
    assert response.text.startswith("KO\n")
    assert len(await sent()) == 1


async def test_a_body_without_end_is_cut_off(script: Script) -> None:
    """Only the checked part is read."""
    given = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1_024
            yield b"x" * 1_024

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await script.client.post("/http2sms", content=endless(), headers=headers)
    assert response.status_code == 413
    assert given <= MAX_INPUT_BYTES + 1_024


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/mixed; boundary=x"])
async def test_another_kind_of_body_is_refused(script: Script, content_type: str) -> None:
    """http2sms knows two kinds of forms only."""
    response = await script.client.post(
        "/http2sms", content=str(httpx.QueryParams(script.fields)), headers={"Content-Type": content_type}
    )
    words = "The body of a POST is application/x-www-form-urlencoded or multipart/form-data."
    assert response.text == f"KO\n{words}"
    assert await nothing_happened()


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "GZIP, identity"])
@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"]
)
async def test_a_compressed_body_is_refused(script: Script, coding: str, media_type: str) -> None:
    """With HTTP status 415 and the reason, in the form that the query asks for, rather than as one without fields."""
    response = await script.client.post(
        "/http2sms",
        params={"contentType": "text/json"},
        content=gzip.compress(str(httpx.QueryParams(script.fields)).encode()),
        headers={"Content-Type": media_type, "Content-Encoding": coding},
    )
    words = "The body of a POST can't have a Content-Encoding."
    assert (response.status_code, response.json()) == (415, {"status": 202, "message": words})
    assert await nothing_happened()


async def test_a_body_that_says_it_is_as_it_stands_is_read(script: Script) -> None:
    """Identity is no coding."""
    response = await script.client.post(
        "/http2sms", data=script.fields, headers={"Content-Encoding": "Identity"}
    )
    assert response.text.startswith("OK\n")


@pytest.mark.parametrize("charset", ["iso-8859-1", "US-ASCII", "utf-16", "nonsense", '"utf-8"'])
async def test_a_text_is_utf_8_whatever_is_said_of_it(script: Script, charset: str) -> None:
    """As in browsers: many clients name a character set that they don't use; other encodings are refused."""
    headers = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
    form = str(httpx.QueryParams(script.fields | {"message": "\xe9t\xe9"})).encode()
    assert (await script.client.post("/http2sms", content=form, headers=headers)).text.startswith("OK\n")
    latin = form.replace(b"%C3%A9", b"\xe9")
    response = await script.client.post("/http2sms", content=latin, headers=headers)
    assert response.text == "KO\nInvalid message: It is not UTF-8 text."
    wide = form.decode().encode("utf-16")
    response = await script.client.post("/http2sms", content=wide, headers=headers)
    assert response.text.startswith("KO\nMissing account")
    assert [message.body for message in await sent()] == ["\xe9t\xe9"]


@pytest.mark.parametrize("plus", ["a+b", "a%20b"])
async def test_a_plus_is_a_space_and_an_escaped_one_itself(either_script: Script, plus: str) -> None:
    """As forms have it, in both content types that a text can be asked for in."""
    either_script.fields.pop("message")
    await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&message={plus}%2B")
    assert [message.body for message in await sent()] == ["a b+"]


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_no_other_method_sends(script: Script, method: str) -> None:
    """Though all fields are there."""
    response = await script.client.request(method, "/http2sms", params=script.fields)
    assert response.status_code == 405
    assert {name.strip() for name in response.headers["Allow"].split(",")} >= {"GET", "POST"}
    assert await nothing_happened()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"--b\r\n\r\n" * 10_000, "A field of multipart/form-data has no name."),
        (
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' * 2_000,
            "There are more than 100 fields.",
        ),
        (b"--b\r\n" * 20_000, "The body is not a complete multipart/form-data."),
        (
            b"--b\r\nContent-Disposition: form-data" + b';name="' * 15_000,
            "The body is not a complete multipart/form-data.",
        ),
        (b"", "Missing account, login, password, from, to, message"),
    ],
    ids=["nameless", "many", "no ends", "quotes", "empty"],
)
async def test_an_odd_form_in_parts_is_refused(script: Script, body: bytes, reason: str) -> None:
    """Quickly, and in the form that the query asks for."""
    response = await script.client.post(
        "/http2sms",
        params={"contentType": "application/json"},
        content=body,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert response.json()["message"] == reason
    assert await nothing_happened()


async def test_a_form_may_come_in_parts(script: Script) -> None:
    """As `curl -F` and PHP post it, with an array of receivers."""
    del script.fields["to"]
    files = [(name, (None, value)) for name, value in (script.fields | {"message": "un\r\nété"}).items()]
    files += [("to[]", (None, "+447700900004")), ("to[1]", (None, "0033612345678"))]
    response = await script.client.post("/http2sms", files=files)
    assert response.text.startswith("OK\n")
    assert [(message.receiver, message.body) for message in await sent()] == [
        ("+447700900004", "un\nété"),
        ("+33612345678", "un\nété"),
    ]


async def test_receivers_may_be_listed_one_by_one(either_script: Script) -> None:
    """As PHP writes an array, their plus signs bare."""
    del either_script.fields["to"]
    listed = "to[]=+447700900004&TO%5B%5D=%2B33612345678&to[7]=00447700900005"
    await either_script.send_raw(f"{httpx.QueryParams(either_script.fields)}&{listed}")
    receivers = [message.receiver for message in await sent()]
    assert receivers == ["+447700900004", "+33612345678", "+447700900005"]


async def test_a_part_that_is_a_file_or_no_text_is_refused(script: Script) -> None:
    """Rather than sent garbled."""
    fields = [(name, (None, value)) for name, value in script.fields.items() if name != "message"]
    response = await script.client.post("/http2sms", files=[*fields, ("message", ("note.txt", "Hello"))])
    assert response.text == "KO\nA field is plain text, not a file."
    response = await script.client.post("/http2sms", files=[*fields, ("message", (None, b"\xe9t\xe9"))])
    assert response.text == "KO\nInvalid message: It is not UTF-8 text."
    assert await nothing_happened()


FILLER = "&".join(f"x{number}=1" for number in range(MAX_FIELDS))


@pytest.mark.parametrize(
    ("query", "body", "media_type"),
    [
        ("contentType=text/json", b"{}", "application/json"),
        (f"contentType=text/json&{FILLER}", b"", "application/x-www-form-urlencoded"),
        (f"contentType=text/json&x={'x' * MAX_INPUT_BYTES}", b"", "application/x-www-form-urlencoded"),
        ("", f"contentType=text/json&{FILLER}".encode(), "application/x-www-form-urlencoded"),
        ("", b"contentType=text/json&x=" + b"x" * MAX_INPUT_BYTES, "application/x-www-form-urlencoded"),
        (
            "",
            b'--b\r\nContent-Disposition: form-data; name="contentType"\r\n\r\ntext/json\r\n--b\r\n',
            "multipart/form-data; boundary=b",
        ),
        ("", b"contentType=text/json&tag=%zz", "application/x-www-form-urlencoded"),
    ],
    ids=["no form", "many", "large query", "many posted", "large body", "half a form", "bad encoding"],
)
async def test_a_refusal_comes_in_the_form_that_was_asked_for(
    script: Script, query: str, body: bytes, media_type: str
) -> None:
    """Even before all fields are read: a program that reads JSON gets JSON."""
    script.client.headers["Content-Type"] = media_type
    response = await script.client.post(
        "/http2sms", content=body, headers={"X-Raw-Query": query.encode().hex()}
    )
    assert response.json()["status"] in {201, 202}


@pytest.mark.parametrize("content_type", [None, "Application/X-WWW-Form-URLencoded ; charset=UTF-8"])
async def test_a_form_is_known_with_and_without_its_label(script: Script, content_type: str | None) -> None:
    """Some scripts send no content type, others one with a character set."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    content = str(httpx.QueryParams(script.fields))
    response = await script.client.post("/http2sms", content=content, headers=headers)
    assert response.text.startswith("OK\n")


async def test_a_caller_that_goes_away_sends_nothing(script: Script) -> None:
    """Half a form is no form."""
    messages: list[dict[str, object]] = [
        {"type": "http.request", "body": b"account=sms-demo-1", "more_body": True},
        {"type": "http.disconnect"},
    ]
    answers = []

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/http2sms",
        "query_string": b"",
        "headers": [],
        "client": None,
    }
    await script.client._transport.app(scope, receive, send)  # type: ignore[attr-defined]
    assert answers[0]["status"] == 400
    assert await nothing_happened()
