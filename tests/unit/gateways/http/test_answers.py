"""How an answer decides about a message: it is refused only if that is certain."""

from typing import Any

import orjson
import pytest

from server.gateways.http.answers import Reading, read_answer, text_at
from server.gateways.http.presets import PRESETS
from server.gateways.http.template import Meaning, Template
from server.gateways.protocol import Accepted, NotSent, Refused, Unknown
from server.kit.http_exchange import HttpAnswer
from server.rules.links.http import HttpPreset
from tests.factories.outbound.webhook_client import NOON_US

TEMPLATE = Template(id_path="messages.0.id", error_path="error.code", refusals={"17": Meaning(23)})
OWN = {"18": Meaning(28), "19": Meaning(25, again=True), "409": Meaning(20)}


def read(
    status: int, body: Any = None, template: Template = TEMPLATE, *, retry_after: str | None = None
) -> Reading:
    """Read an answer."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {} if retry_after is None else {"retry-after": retry_after}
    answer = HttpAnswer(status=status, headers=headers, body=content)
    return read_answer(template, OWN, answer, now_us=NOON_US)


def test_an_id_is_the_operators_word_for_it() -> None:
    """Compared case-insensitively, and stored unchanged; a number is an id too."""
    assert read(201, {"messages": [{"id": "Ab-1"}]}) == Reading(part=Accepted("ab-1", "Ab-1"))
    assert read(200, {"messages": [{"id": 26929925}]}).part == Accepted("26929925", "26929925")


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (200, {"messages": []}, Unknown()),
        (200, b"<html>", Unknown()),
        (204, b"", Unknown()),
        (200, {"error": {"code": 17}}, Refused(23)),
        (200, {"error": {"code": 4_711}}, Refused(5)),
        (400, {"error": {"code": 17}}, Refused(23)),
        (400, {"error": {"code": "18"}}, Refused(28)),
        (400, {"error": {"code": 19}}, NotSent(25)),
        (400, {"error": {"code": 4_711}}, Refused(5)),
        (400, b"\xff", Refused(5)),
        (409, {}, Refused(20)),
        (422, {}, Refused(5)),
        (408, {}, NotSent(25)),
        (425, {}, NotSent(25)),
        (500, {"error": {"code": 17}}, Refused(23)),
        (500, {}, Unknown()),
        (502, {}, Unknown()),
        (504, {}, Unknown()),
        (599, {}, Unknown()),
    ],
)
def test_what_an_answer_makes_of_a_message(status: int, body: Any, part: object) -> None:
    """By its own reason first, then its status; a message that may have been accepted is unknown."""
    assert read(status, body) == Reading(part=part)  # type: ignore[arg-type]


def test_an_api_without_ids_has_taken_what_it_says_yes_to() -> None:
    """No receipt will ever match it."""
    assert read(200, b"OK", Template()).part == Accepted("")


@pytest.mark.parametrize(("status", "seconds"), [(429, 7), (503, 7)])
def test_haste_slows_the_link_down(status: int, seconds: int) -> None:
    """For as long as the operator asks, if it does."""
    slow = read(status, {}, retry_after=str(seconds))
    assert slow == Reading(part=NotSent(25), slows=True, pause_seconds=seconds)
    assert read(status, {}) == Reading(part=NotSent(25), slows=True)
    assert read(status, {"error": {"code": 19}}).slows
    assert not read(status, {"error": {"code": 17}}).slows


@pytest.mark.parametrize("status", [301, 302, 307, 401, 402, 403, 404, 405, 407, 410])
def test_what_is_about_the_link_ends_no_message(status: int) -> None:
    """It waits until somebody has fixed the link."""
    reading = read(status, {})
    assert reading.part == NotSent()
    assert reading.fault is not None
    assert str(status) in reading.fault


def test_a_path_leads_to_one_value() -> None:
    """Through lists and mappings; of several paths, the first existing one counts."""
    document = {"a": [{"b": "x"}], "n": 0, "t": True, "l": []}
    assert text_at(document, "a.0.b") == "x"
    assert text_at(document, "n") == "0"
    assert text_at(document, "z a.0.b n") == "x"
    for path in ("", "a", "a.1.b", "a.x", "a.0.b.c", "t", "l.0", "z"):
        assert text_at(document, path) == ""
    assert text_at(None, "a") == ""


@pytest.mark.parametrize(
    ("preset", "status", "body", "part"),
    [
        (HttpPreset.OVHCLOUD, 200, {"totalCreditsRemoved": 1, "invalidReceivers": [], "ids": [26929925], "validReceivers": ["+3360000000"]}, Accepted("26929925", "26929925")),
        (HttpPreset.OVHCLOUD, 200, {"totalCreditsRemoved": 0, "invalidReceivers": ["+3360000000"], "ids": [], "validReceivers": []}, Refused(23)),
        (HttpPreset.OVHCLOUD, 400, {"class": "Client::BadRequest", "message": "Sender is not allowed"}, Refused(5)),
        (HttpPreset.TWILIO, 201, {"sid": "SM00", "status": "queued", "error_code": None}, Accepted("sm00", "SM00")),
        (HttpPreset.TWILIO, 400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}, Refused(23)),
        (HttpPreset.TWILIO, 429, {"code": 20429, "message": "Too Many Requests", "status": 429}, NotSent(25)),
        (HttpPreset.SMSGATE, 202, {"id": "PyDmBQZZXYmyxMwED8Fzy", "state": "Pending"}, Accepted("pydmbqzzxymyxmwed8fzy", "PyDmBQZZXYmyxMwED8Fzy")),
        (HttpPreset.SMSGATE, 400, {"message": "invalid phone number"}, Refused(5)),
    ],
)  # fmt: skip
def test_the_answers_of_the_presets(preset: HttpPreset, status: int, body: Any, part: object) -> None:
    """As in their documentation."""
    answer = HttpAnswer(status=status, body=orjson.dumps(body))
    assert read_answer(PRESETS[preset], {}, answer, now_us=NOON_US).part == part
