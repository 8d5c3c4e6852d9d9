"""Delivery receipts: recognising, reading and interpreting them (SMPP 3.4 §5.2.12, appendix B).

No two operators write them alike. TLVs win over the text, the text's keys are read in any order and case,
and what is missing is left empty.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from server.gateways.smpp.pdu import EsmClass, FromOperator, Tag
from server.gateways.smpp.text import decode_text, is_unicode
from server.kit.clock import from_datetime
from server.rules.dispatch.delivery_state import State
from server.rules.links.smpp import IdForm
from server.rules.messages.ptt import PTT_CODES, DeliveryStatus

MAX_ID_CHARS = 64
"""The specification's maximum for an id."""

_KEY = re.compile(r"\b(id|sub|dlvrd|submit[ _]?date|done[ _]?date|stat|err|text)\s*:", re.IGNORECASE)
# What a receipt's text must have after each key if only the text can tell it from a person's message.
_STRICT_START = re.compile(r"\s*id\s*:", re.IGNORECASE)
_STRICT_VALUES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "id": re.compile(r"[A-Za-z0-9._@:+-]{1,64}"),
        "sub": re.compile(r"[0-9]{0,3}"),
        "dlvrd": re.compile(r"[0-9]{0,3}"),
        "submitdate": re.compile(r"[0-9TZ:/. +-]{0,25}"),
        "donedate": re.compile(r"[0-9TZ:/. +-]{0,25}"),
        "stat": re.compile(r"[A-Za-z_]{1,20}"),
        "err": re.compile(r"[A-Za-z0-9]{0,10}"),
    }
)
_RECEIPT_TYPES = frozenset({EsmClass.RECEIPT, EsmClass.INTERMEDIATE})
_DATE_FORMATS: Mapping[int, str] = MappingProxyType({10: "%y%m%d%H%M", 12: "%y%m%d%H%M%S"})
_NETWORK_ERROR_OCTETS = 3
_MIN_KEYS = 2

_MESSAGE_STATES: Mapping[int, str] = MappingProxyType(
    {
        0: "ENROUTE",
        1: "ENROUTE",
        2: "DELIVRD",
        3: "EXPIRED",
        4: "DELETED",
        5: "UNDELIV",
        6: "ACCEPTD",
        7: "UNKNOWN",
        8: "REJECTD",
    }
)
# Some operators write the words in full; the first letters tell them apart.
_STAT_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "DELIV": "DELIVRD",
        "ENROU": "ENROUTE",
        "BUFFE": "ENROUTE",
        "SCHED": "ENROUTE",
        "ACCEP": "ACCEPTD",
        "EXPIR": "EXPIRED",
        "UNDEL": "UNDELIV",
        "FAILE": "UNDELIV",
        "DELET": "DELETED",
        "REJEC": "REJECTD",
        "UNKNO": "UNKNOWN",
    }
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one receipt says. What it leaves out is empty.

    `id` is as the operator wrote it; `stat` is one of the specification's words, or what was there instead;
    `err` has no leading zeros. `done_at_us` reads the date as UTC, since operators seldom name a zone.

    An `intermediate` one is about one try, and the operator goes on after it, whatever its `stat`. If it is
    known `by_text_alone`, a person may have written it: it is a receipt if it fits something that we sent.
    """

    id: str
    stat: str
    err: str = ""
    done_at_us: int | None = None
    intermediate: bool = False
    by_text_alone: bool = field(default=False, compare=False)


def read_receipt(pdu: FromOperator) -> Receipt | None:
    """Return the receipt in a PDU, or None if it is a message from a phone.

    The operator marks a receipt in `esm_class`, or by a TLV that no phone can set. Some do neither: then the
    text must be a receipt's from its first character to its last.
    """
    tlv_id = _tlv_text(pdu, Tag.RECEIPTED_MESSAGE_ID)
    text = _text(pdu)
    said_so = pdu.esm_class & EsmClass.TYPE_MASK in _RECEIPT_TYPES
    fields = _fields(text)
    certain = said_so or bool(tlv_id)
    if not certain and not _is_strict(text, fields):
        return None
    return Receipt(
        id=(tlv_id or fields.get("id", ""))[:MAX_ID_CHARS],
        stat=_tlv_stat(pdu) or _stat(fields.get("stat", "")) or _unknown_state(pdu),
        err=_tlv_error(pdu) or _error(fields.get("err", "")),
        done_at_us=_date(fields.get("donedate", "")),
        intermediate=pdu.esm_class & EsmClass.TYPE_MASK == EsmClass.INTERMEDIATE,
        by_text_alone=not certain,
    )


_DECIMAL = re.compile(r"[0-9]{1,20}")
_PTT = re.compile(r"[0-9]{1,4}")
_HEXADECIMAL = re.compile(r"[0-9a-f]{1,16}")


def response_key(message_id: str, form: IdForm) -> str:
    """Return the key of a part that a response gave this id; empty for no id."""
    plain = _plain(message_id)
    return (form is IdForm.RESPONSE_HEX and _to_decimal(plain)) or plain


def receipt_keys(message_id: str, form: IdForm) -> tuple[str, ...]:
    """Return the keys that a part with this id in a receipt may have, the likeliest first.

    There is one, unless the form is not known.
    """
    plain = _plain(message_id)
    if form is IdForm.RECEIPT_HEX:
        return (_to_decimal(plain) or plain,)
    if form is not IdForm.ANY:
        return (plain,)
    return tuple(dict.fromkeys(key for key in (plain, _to_hexadecimal(plain), _to_decimal(plain)) if key))


FALLBACK: Mapping[str, State] = MappingProxyType(
    {
        "DELIVRD": State(DeliveryStatus.SUCCESS, 4),
        "ENROUTE": State(DeliveryStatus.BUFFERED, 2),
        "ACCEPTD": State(DeliveryStatus.PENDING, 3),
        "EXPIRED": State(DeliveryStatus.FAILED, 8),
        "UNDELIV": State(DeliveryStatus.FAILED, 5),
        "DELETED": State(DeliveryStatus.FAILED, 5),
        "REJECTD": State(DeliveryStatus.FAILED, 20),
        "UNKNOWN": State(DeliveryStatus.FAILED, 6),
    }
)
"""The meaning of each word that is not in a link's own table."""


@dataclass(frozen=True, slots=True)
class ReceiptTable:
    """A link's own meanings of receipts: `entries` by (stat, err); an empty err stands for any.

    An err has no leading zeros. With `errors_are_ptt`, as with aggregators of the mBlox family, an err is
    the ptt itself.
    """

    entries: Mapping[tuple[str, str], State] = field(default_factory=dict)
    errors_are_ptt: bool = False

    def state(self, receipt: Receipt) -> State | None:
        """Return the state that a receipt means, or None if its words are not known."""
        state = self._state(receipt)
        if state is not None and state.status.final and receipt.intermediate:
            return FALLBACK["ENROUTE"]
        return state

    def _state(self, receipt: Receipt) -> State | None:
        entry = self.entries.get((receipt.stat, receipt.err)) or self.entries.get((receipt.stat, ""))
        if entry is not None:
            return entry
        fallback = FALLBACK.get(receipt.stat)
        if fallback is None or not self.errors_are_ptt or not _PTT.fullmatch(receipt.err):
            return fallback
        ptt = int(receipt.err)
        known = PTT_CODES.get(ptt)
        contradicts = known is not None and known.delivery_status is not fallback.status
        return fallback if ptt == 0 or contradicts else State(fallback.status, ptt)


def _text(pdu: FromOperator) -> str:
    """Return the text of a receipt. Operators write it in ASCII even if they announce GSM 03.38."""
    if is_unicode(pdu.data_coding):
        return decode_text(pdu.content, pdu.data_coding)
    return pdu.content.decode("latin-1").replace("\0", "")


def _fields(text: str) -> dict[str, str]:
    """Return what follows each key, or the first of equal keys. Everything from `text:` on is ignored."""
    fields: dict[str, str] = {}
    keys = list(_KEY.finditer(text))
    for index, key in enumerate(keys):
        name = re.sub(r"[ _]", "", key[1].lower())
        if name == "text":
            break
        end = keys[index + 1].start() if index + 1 < len(keys) else len(text)
        fields.setdefault(name, text[key.end() : end].strip(" \t\r\n,;"))
    return fields


def _is_strict(text: str, fields: Mapping[str, str]) -> bool:
    """Tell whether a text is exactly a receipt: it begins with an id, and each key has a value of its form.

    An unknown `stat` needs other keys too.
    """
    if not _STRICT_START.match(text) or not {"id", "stat"} <= fields.keys():
        return False
    if not all(_STRICT_VALUES[key].fullmatch(value) for key, value in fields.items()):
        return False
    return _stat(fields["stat"]) in FALLBACK or len(fields) > _MIN_KEYS


def _tlv_text(pdu: FromOperator, tag: int) -> str:
    return pdu.tlvs.get(tag, b"").split(b"\0", 1)[0].decode("latin-1").strip()


def _tlv_stat(pdu: FromOperator) -> str:
    value = pdu.tlvs.get(Tag.MESSAGE_STATE, b"")
    return _MESSAGE_STATES.get(value[0], "") if value else ""


def _unknown_state(pdu: FromOperator) -> str:
    value = pdu.tlvs.get(Tag.MESSAGE_STATE, b"")
    return f"MESSAGE_STATE {value[0]}" if value else ""


def _tlv_error(pdu: FromOperator) -> str:
    value = pdu.tlvs.get(Tag.NETWORK_ERROR_CODE, b"")
    return str(int.from_bytes(value[1:], "big")) if len(value) == _NETWORK_ERROR_OCTETS else ""


def _stat(text: str) -> str:
    word = text.upper()
    return _STAT_PREFIXES.get(word[:5], word)


def _error(text: str) -> str:
    return text.upper().lstrip("0") or text[:1]


def _date(text: str) -> int | None:
    form = _DATE_FORMATS.get(len(text))
    if form is None or not text.isascii() or not text.isdigit():
        return None
    try:
        return from_datetime(datetime.strptime(text, form).replace(tzinfo=UTC))
    except ValueError:
        return None


def _plain(message_id: str) -> str:
    # Some letters get longer in lower case.
    stripped = message_id.strip().lower()[:MAX_ID_CHARS]
    return stripped.lstrip("0") or stripped[:1]


def _to_decimal(key: str) -> str:
    return str(int(key, 16)) if _HEXADECIMAL.fullmatch(key) else ""


def _to_hexadecimal(key: str) -> str:
    return f"{int(key):x}" if _DECIMAL.fullmatch(key) else ""
