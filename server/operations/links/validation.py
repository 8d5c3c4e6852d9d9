"""What may be set for a link, looked over and brought into the form in which it is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypedDict, cast

import orjson

from server.errors import InvalidInput, about
from server.gateways.link_scalars import SCALARS, USUAL
from server.gateways.smpp.long_messages import LongForm
from server.gateways.smpp.options import BindMode
from server.gateways.smpp.pdu import DeliverSm, EsmClass
from server.gateways.smpp.receipts import IdForm, Receipt, read_receipt
from server.gateways.smpp.text import DefaultAlphabet, FlashForm
from server.kit.encryption import Cipher
from server.operations.links.links import RefusalEntry, password_place
from server.rules.dispatch.routing import DEFAULT_PRIORITY
from server.rules.links import links as rules
from server.rules.links.links import UnknownOutcome
from server.rules.senders.senders import SenderKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PttEntry:
    """What a receipt's `stat` and `err` mean; an empty `err` stands for any."""

    stat: str
    err: str
    ptt: int
    billed: bool


class LinkChanges(TypedDict, total=False):
    """What may be set for a link; a key that is absent leaves it as it is.

    `addresses` has type of number and numbering plan by kind of address (the fields of `AddressRules`),
    `refusal_ptts` what command statuses mean.
    """

    enabled: bool
    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    password_variable: str
    system_type: str
    address_range: str
    mode: BindMode
    binds: int
    window_size: int
    per_second: int
    alphabet: DefaultAlphabet
    long_messages: LongForm
    id_form: IdForm
    bind_ton: int
    bind_npi: int
    enquire_seconds: int
    response_seconds: int
    flash_form: FlashForm
    service_type: str
    priority_flag: int
    protocol_id: int
    registered_delivery: int
    validity_seconds: int
    addresses: Mapping[str, tuple[int, int]]
    ptt_table: Sequence[PttEntry]
    refusal_ptts: Sequence[RefusalEntry]
    unknown_outcome: UnknownOutcome
    unknown_resends: int
    err_is_ptt: bool
    priority: int
    prefixes: Sequence[str]
    countries: Sequence[str]
    sender_kinds: Sequence[SenderKind]


DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        **USUAL,
        "tls": False,
        "addresses": "{}",
        "ptt_table": "[]",
        "refusal_ptts": "{}",
        "priority": DEFAULT_PRIORITY,
        "prefixes": "",
        "countries": "",
        "sender_kinds": "",
    }
)
"""The columns of a link of which no more is said than where it goes and as whom."""


def checked_columns(cipher: Cipher, name: str, changes: LinkChanges) -> dict[str, Any]:
    """Return the columns that changes of the link of this name come to, its password encrypted.

    Raises:
        InvalidInput: something has the wrong form.
    """
    checked: dict[str, Any] = {}
    for key, value in changes.items():
        if key in {"password", "password_variable"}:
            continue
        field, check = _CHECKS.get(key, (key, lambda value: value))
        with about(field):
            checked[key] = check(value)
    password, variable = changes.get("password"), changes.get("password_variable")
    if password is not None and variable is not None:
        raise InvalidInput("A password, or the variable that has it: not both.", field=("passwordVariable",))
    if password is not None:
        with about("password"):
            rules.check_password(password)
        encrypted = cipher.encrypt(password, password_place(name))
        checked |= {"password_encrypted": encrypted, "password_variable": None}
    if variable is not None:
        with about("passwordVariable"):
            checked |= {"password_encrypted": None, "password_variable": rules.check_variable(variable)}
    return checked


def _address_types(addresses: Mapping[str, tuple[int, int]]) -> str:
    for pair in addresses.values():
        for octet in pair:
            rules.check_between(octet, 0, rules.MAX_OCTET)
    return orjson.dumps(addresses).decode()


def _ptt_table(entries: Sequence[PttEntry]) -> str:
    rules.check_length(entries)
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        key = _as_read(rules.check_stat(entry.stat), rules.check_err(entry.err))
        rules.check_between(entry.ptt, 0, rules.MAX_PTT)
        if key in table:
            raise InvalidInput(f"Two entries are about {' '.join(key).strip()}.")
        table[key] = {"stat": key[0], "err": key[1], "ptt": entry.ptt, "billed": entry.billed}
    return orjson.dumps(list(table.values())).decode()


def _as_read(stat: str, err: str) -> tuple[str, str]:
    """Return how a receipt with these is read: words that operators spell differently become one."""
    text = f"id:1 stat:{stat} err:{err}"
    pdu = DeliverSm(esm_class=EsmClass.RECEIPT, short_message=text.encode())
    receipt = cast("Receipt", read_receipt(pdu))  # its class says that it is one
    return receipt.stat, receipt.err


def _refusal_ptts(entries: Sequence[RefusalEntry]) -> str:
    rules.check_length(entries)
    for entry in entries:
        rules.check_between(entry.status, 1, rules.MAX_STATUS)
        rules.check_between(entry.ptt, 0, rules.MAX_PTT)
    if len({entry.status for entry in entries}) < len(entries):
        raise InvalidInput("A status is listed twice.")
    return orjson.dumps({str(entry.status): [entry.ptt, int(entry.again)] for entry in entries}).decode()


# By column: the input field that an error points at, and what makes the column of what was given.
_CHECKS: Mapping[str, tuple[str, Callable[[Any], object]]] = {
    **{column: (scalar.name, scalar.check) for column, scalar in SCALARS.items()},
    "host": ("host", rules.check_host),
    "port": ("port", lambda port: rules.check_between(port, 1, rules.MAX_PORT)),
    "system_id": ("systemId", lambda text: rules.check_printable(text, 15, shortest=1)),
    "priority": ("priority", lambda rank: rules.check_between(rank, 0, rules.MAX_PRIORITY)),
    "prefixes": ("prefixes", lambda texts: " ".join(rules.check_prefixes(texts))),
    "countries": ("countries", lambda texts: " ".join(rules.check_countries(texts))),
    "sender_kinds": ("senderKinds", lambda kinds: " ".join(dict.fromkeys(kinds))),
    "addresses": ("addresses", _address_types),
    "ptt_table": ("pttTable", _ptt_table),
    "refusal_ptts": ("refusalPtts", _refusal_ptts),
}
