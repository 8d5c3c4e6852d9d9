"""Checking a link's settings, and turning them into columns."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypedDict

from server.errors import InvalidInput, about
from server.gateways.drivers import LinkDriver
from server.kit.encryption import Cipher
from server.operations.links.links import password_place, second_key_place
from server.rules.dispatch.routing import DEFAULT_PRIORITY
from server.rules.links import links as rules
from server.rules.links.http import MAX_SECOND_KEY_CHARS
from server.rules.links.links import UnknownOutcome
from server.rules.links.scalars import COMMON
from server.rules.links.smpp import BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.links.smpp_url import USUAL
from server.rules.links.tables import PttEntry, RefusalEntry
from server.rules.senders.senders import SenderKind
from server.store.models import OperatorLink


class LinkChanges(TypedDict, total=False):
    """The changes to a link; an absent key leaves its column as it is.

    `addresses` has the type of number and numbering plan by kind of address (the fields of `AddressTypes`),
    `refusal_ptts` the meaning of command statuses, `http` the settings of links over HTTP (the fields of
    `HttpOptions`).
    """

    enabled: bool
    host: str
    port: int
    tls: bool
    system_id: str
    password: str
    password_variable: str
    second_key: str
    http: Mapping[str, Any]
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
        "options": "{}",
        "addresses": "{}",
        "ptt_table": "[]",
        "refusal_ptts": "{}",
        "priority": DEFAULT_PRIORITY,
        "prefixes": "",
        "countries": "",
        "sender_kinds": "",
    }
)
"""The columns of a link for which only its address and login are given."""


def checked_columns(
    driver: LinkDriver, cipher: Cipher, name: str, changes: LinkChanges, row: OperatorLink | None = None
) -> dict[str, Any]:
    """Check changes of the link of this name, and return them as columns, with the password encrypted.

    `row` is the link as it is, or None for a new one.

    Raises:
        InvalidInput: something has the wrong form.
    """
    checked: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for key, value in changes.items():
        if key in _SECRETS:
            continue
        if key not in _CHECKS:
            own[key] = value
            continue
        field, check = _CHECKS[key]
        with about(field):
            checked[key] = check(value)
    checked |= driver.columns(own, row)
    password, variable = changes.get("password"), changes.get("password_variable")
    if password is not None and variable is not None:
        raise InvalidInput("Give a password or its variable, not both.", field=("passwordVariable",))
    if password is not None:
        with about("password"):
            driver.check_password(password)
        encrypted = cipher.encrypt(password, password_place(name))
        checked |= {"password_encrypted": encrypted, "password_variable": None}
    second_key = changes.get("second_key")
    if second_key is not None:
        with about("http", "secondKey"):
            rules.check_printable(second_key, MAX_SECOND_KEY_CHARS)
        checked["second_key_encrypted"] = cipher.encrypt(second_key, second_key_place(name))
    if variable is not None:
        with about("passwordVariable"):
            checked |= {"password_encrypted": None, "password_variable": rules.check_variable(variable)}
    return checked


_SECRETS = frozenset({"password", "password_variable", "second_key"})

# By column, for every kind of link: the input field that an error points at, and the check of its value.
_CHECKS: Mapping[str, tuple[str, Callable[[Any], object]]] = {
    **{column: (scalar.name, scalar.check) for column, scalar in COMMON.items()},
    "enabled": ("enabled", bool),
    "priority": ("priority", lambda rank: rules.check_between(rank, 0, rules.MAX_PRIORITY)),
    "prefixes": ("prefixes", lambda texts: " ".join(rules.check_prefixes(texts))),
    "countries": ("countries", lambda texts: " ".join(rules.check_countries(texts))),
    "sender_kinds": ("senderKinds", lambda kinds: " ".join(dict.fromkeys(kinds))),
}
