"""What is set for a link in one value each: once for the API, for the database and for a URL's query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from server.errors import InvalidInput
from server.gateways.smpp.long_messages import LongForm
from server.gateways.smpp.options import BindMode
from server.gateways.smpp.receipts import IdForm
from server.gateways.smpp.text import DefaultAlphabet, FlashForm
from server.gateways.smpp.times import MAX_VALIDITY_SECONDS
from server.kit.described import DescribedStr
from server.rules.links import links as rules


@dataclass(frozen=True, slots=True)
class Scalar:
    """A setting: its name at the API and in a URL's query, the usual value, and how a value is looked over.

    `check` raises InvalidInput (or, of a word that is none of an enum's, ValueError), and `read` makes a
    value of a text, or raises ValueError.
    """

    name: str
    usual: Any
    check: Callable[[Any], Any]
    read: Callable[[str], Any]


def _text(name: str, longest: int) -> Scalar:
    return Scalar(name, "", lambda text: rules.check_printable(text, longest), str)


def _number(name: str, usual: int, least: int, most: int) -> Scalar:
    return Scalar(name, usual, lambda number: rules.check_between(number, least, most), int)


def _word(name: str, usual: DescribedStr) -> Scalar:
    words = type(usual)
    return Scalar(name, usual, words, lambda text: words[text.upper()])


def _switch(name: str) -> Scalar:
    return Scalar(name, False, bool, lambda text: {"true": True, "false": False}[text.lower()])  # noqa: FBT003


SCALARS: Mapping[str, Scalar] = {
    "system_type": _text("systemType", 12),
    "address_range": _text("addressRange", 40),
    "bind_ton": _number("bindTon", 0, 0, rules.MAX_OCTET),
    "bind_npi": _number("bindNpi", 0, 0, rules.MAX_OCTET),
    "mode": _word("mode", BindMode.TRANSCEIVER),
    "binds": _number("binds", 1, 1, rules.MAX_BINDS),
    "window_size": _number("window", 10, 1, rules.MAX_WINDOW),
    "per_second": _number("perSecond", 20, 1, rules.MAX_PER_SECOND),
    "enquire_seconds": _number("enquireSeconds", 30, rules.MIN_ENQUIRE_SECONDS, rules.MAX_ENQUIRE_SECONDS),
    "response_seconds": _number("responseSeconds", 60, 1, rules.MAX_RESPONSE_SECONDS),
    "alphabet": _word("alphabet", DefaultAlphabet.GSM_7BIT),
    "flash_form": _word("flash", FlashForm.GENERAL),
    "long_messages": _word("longMessages", LongForm.UDH),
    "service_type": _text("serviceType", 5),
    "priority_flag": _number("priorityFlag", 0, 0, rules.MAX_PRIORITY_FLAG),
    "protocol_id": _number("protocolId", 0, 0, rules.MAX_OCTET),
    "registered_delivery": Scalar("registeredDelivery", 1, rules.check_registered_delivery, int),
    "validity_seconds": Scalar(
        "validitySeconds",
        MAX_VALIDITY_SECONDS,
        lambda seconds: rules.check_validity(seconds, MAX_VALIDITY_SECONDS),
        int,
    ),
    "id_form": _word("idForm", IdForm.ANY),
    "err_is_ptt": _switch("errIsPtt"),
    "unknown_outcome": _word("unknownOutcome", rules.UnknownOutcome.SERVER_SETTING),
    "unknown_resends": _number("unknownResends", 2, 1, rules.MAX_RESENDS),
}
"""By the column in which each is kept."""

USUAL: Mapping[str, Any] = {column: scalar.usual for column, scalar in SCALARS.items()}

_COLUMNS = {scalar.name.lower(): column for column, scalar in SCALARS.items()}


def read_query(query: str) -> dict[str, Any]:
    """Return what a URL's query sets, by column; a name's case makes no difference.

    Raises:
        ValueError: it names nothing that can be set so, or twice the same, or a value is none. The message
            repeats no value: whoever forgot to escape a password has a part of it here.
    """
    given: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        column = _COLUMNS.get(name.lower())
        if column is None:
            known = ", ".join(scalar.name for scalar in SCALARS.values())
            raise ValueError(f"The query of a link's URL sets one of these: {known}.")
        scalar = SCALARS[column]
        if column in given:
            raise ValueError(f"{scalar.name} is set twice.")
        try:
            given[column] = scalar.check(scalar.read(text))
        except InvalidInput as error:
            raise ValueError(f"{scalar.name}: {error.message}") from error
        except (KeyError, ValueError) as error:
            raise ValueError(f"{scalar.name}: {_expected(scalar)}") from error
    return given


def _expected(scalar: Scalar) -> str:
    if isinstance(scalar.usual, bool):
        return "true or false."
    if isinstance(scalar.usual, DescribedStr):
        return f"one of {', '.join(type(scalar.usual).__members__)}."
    return "a number."
