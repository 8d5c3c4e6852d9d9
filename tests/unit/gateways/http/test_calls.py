"""Operators' calls: the words of each API's receipts, and messages from phones."""

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from server.gateways.drivers import OperatorCall, UnreadableCall
from server.gateways.http.calls import read_call, state_of, stored_address
from server.gateways.http.presets import PRESETS
from server.gateways.http.settings import HttpSettings
from server.gateways.http.template import Template
from server.gateways.protocol import NO_NEWS, OperatorMessage, OperatorReceipt
from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Route
from server.rules.links.http import CallKind, HttpPreset, MessagePaths, ReceiptPaths
from server.rules.links.tables import PttEntry
from server.rules.messages.ptt import DeliveryStatus
from tests.factories.outbound.webhook_client import NOON_US

OWN = Template(
    receipts=ReceiptPaths(id="id", status="s", error="e"),
    messages=MessagePaths(sender="from", receiver="to", text="text"),
)


def settings(template: Template = OWN, **more: Any) -> HttpSettings:
    """Return the settings of a link."""
    return HttpSettings(**{"route": Route(link="web"), "template": template, **more})


def read(
    fields: dict[str, Any], kind: CallKind = CallKind.RECEIPTS, *, form: bool = False
) -> OperatorReceipt | OperatorMessage | None:
    """Read a call with these fields."""
    body = urlencode(fields).encode() if form else orjson.dumps(fields)
    call = OperatorCall(kind=kind, url="https://a.example/?token=x", query="token=x", body=body)
    return read_call(settings(account="12345"), call, now_us=NOON_US)


@pytest.mark.parametrize(
    ("preset", "status", "error", "expected"),
    [
        (HttpPreset.TWILIO, "queued", "", (4, 3)),
        (HttpPreset.TWILIO, "sent", "", (4, 3)),
        (HttpPreset.TWILIO, "delivered", "", (1, 4)),
        (HttpPreset.TWILIO, "undelivered", "", (2, 5)),
        (HttpPreset.TWILIO, "undelivered", "30003", (2, 24)),
        (HttpPreset.TWILIO, "failed", "30007", (2, 28)),
        (HttpPreset.TWILIO, "undelivered", "39999", (2, 5)),
        (HttpPreset.TWILIO, "pondering", "", None),
        (HttpPreset.OVHCLOUD, "1", "4", (1, 4)),
        (HttpPreset.OVHCLOUD, "2", "24", (2, 24)),
        (HttpPreset.OVHCLOUD, "2", "777", (2, 777)),
        (HttpPreset.OVHCLOUD, "8", "2", (8, 2)),
        (HttpPreset.OVHCLOUD, "16", "25", (16, 25)),
        (HttpPreset.OVHCLOUD, "0", "", (4, 3)),
        (HttpPreset.OVHCLOUD, "", "23", (2, 23)),
        (HttpPreset.OVHCLOUD, "", "777", None),
        (HttpPreset.SMSGATE, "sms:sent", "", (4, 3)),
        (HttpPreset.SMSGATE, "sms:delivered", "", (1, 4)),
        (HttpPreset.SMSGATE, "sms:failed", "RESULT_ERROR_NO_SERVICE", (2, 5)),
        (HttpPreset.SMSGATE, "system:ping", "", None),
    ],
)
def test_the_words_of_the_presets(
    preset: HttpPreset, status: str, error: str, expected: tuple[int, int] | None
) -> None:
    """By word and reason, then by word; a reason that is a ptt code is combined with the word's status."""
    state = None if expected is None else State(DeliveryStatus(expected[0]), expected[1])
    assert state_of(settings(PRESETS[preset]), status, error) == state


def test_the_links_own_table_goes_first() -> None:
    """In any case, with or without the reason; unbilled entries say so."""
    table = {
        "failed": PttEntry(stat="failed", err="", ptt=39, billed=True),
        "failed:7": PttEntry(stat="failed", err="7", ptt=20, billed=False),
        "odd": PttEntry(stat="odd", err="", ptt=9_998, billed=True),
    }
    link = settings(PRESETS[HttpPreset.TWILIO], ptt_table=table)
    assert state_of(link, "Failed", "30003") == State(DeliveryStatus.FAILED, 39)
    assert state_of(link, "FAILED", "007") == State(DeliveryStatus.NOT_BILLED, 20)
    assert state_of(link, "odd", "") == State(DeliveryStatus.FAILED, 9_998)
    assert state_of(settings(err_is_ptt=True), "any", "24") == State(DeliveryStatus.FAILED, 24)


def test_a_receipt_bears_the_id_as_it_came() -> None:
    """As JSON or as a form; an unknown word is kept."""
    for form in (False, True):
        receipt = read({"id": "Ab-1", "s": "x", "e": "y"}, form=form)
        assert isinstance(receipt, OperatorReceipt)
        assert (receipt.operator_id, receipt.raw_id, receipt.state) == ("ab-1", "Ab-1", NO_NEWS)
        assert (receipt.link, receipt.unread) == ("web", "x y")


def test_a_message_without_an_id_is_known_by_all_that_it_says() -> None:
    """A repetition is the same message; without a receiver it is for the account's number."""
    first = read({"from": "+44 7700 900004", "text": "STOP", "at": 1}, CallKind.MESSAGES)
    again = read({"from": "+44 7700 900004", "text": "STOP", "at": 1}, CallKind.MESSAGES)
    other = read({"from": "+44 7700 900004", "text": "STOP", "at": 2}, CallKind.MESSAGES)
    assert isinstance(first, OperatorMessage)
    assert isinstance(other, OperatorMessage)
    assert first == again
    assert first.id != other.id
    assert (first.sender, first.receiver, first.text) == ("+447700900004", "12345", "STOP")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [({}, CallKind.RECEIPTS), ({"id": " "}, CallKind.RECEIPTS), ({"text": "x"}, CallKind.MESSAGES)],
)
def test_what_says_nothing_is_refused(fields: dict[str, Any], kind: CallKind) -> None:
    """A receipt without a message, and a message without a sender."""
    with pytest.raises(UnreadableCall):
        read(fields, kind)


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("+447700900004", "+447700900004"),
        ("00447700900004", "+447700900004"),
        (" 447700900004", "+447700900004"),
        ("07700900004", "07700900004"),
        ("Chappe", "Chappe"),
        ("+1", "+1"),
        ("x" * 99, "x" * 20),
    ],
)
def test_addresses_are_stored_as_ours_are(address: str, stored: str) -> None:
    """In E.164 if they are international; national forms are resolved later."""
    assert stored_address(address) == stored
