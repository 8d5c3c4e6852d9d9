"""The single-value settings of SMPP links, for the API, the database and URLs; and reading such a URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from server.errors import InvalidInput
from server.kit.described_enums import DescribedStr
from server.rules.links import links as rules
from server.rules.links.scalars import COMMON, Scalar, number_scalar, text_scalar, word_scalar
from server.rules.links.smpp import (
    MAX_VALIDITY_SECONDS,
    PORT,
    TLS_PORT,
    BindMode,
    DefaultAlphabet,
    FlashForm,
    IdForm,
    LongForm,
)

SCALARS: Mapping[str, Scalar] = {
    "system_type": text_scalar("systemType", 12),
    "address_range": text_scalar("addressRange", 40),
    "bind_ton": number_scalar("bindTon", 0, 0, rules.MAX_OCTET),
    "bind_npi": number_scalar("bindNpi", 0, 0, rules.MAX_OCTET),
    "mode": word_scalar("mode", BindMode.TRANSCEIVER),
    "binds": number_scalar("binds", 1, 1, rules.MAX_BINDS),
    "window_size": COMMON["window_size"],
    "per_second": COMMON["per_second"],
    "enquire_seconds": number_scalar(
        "enquireSeconds", 30, rules.MIN_ENQUIRE_SECONDS, rules.MAX_ENQUIRE_SECONDS
    ),
    "response_seconds": COMMON["response_seconds"],
    "alphabet": word_scalar("alphabet", DefaultAlphabet.GSM_7BIT),
    "flash_form": word_scalar("flash", FlashForm.GENERAL),
    "long_messages": word_scalar("longMessages", LongForm.UDH),
    "service_type": text_scalar("serviceType", 5),
    "priority_flag": number_scalar("priorityFlag", 0, 0, rules.MAX_PRIORITY_FLAG),
    "protocol_id": number_scalar("protocolId", 0, 0, rules.MAX_OCTET),
    "registered_delivery": Scalar("registeredDelivery", 1, rules.check_registered_delivery, int),
    "validity_seconds": Scalar(
        "validitySeconds",
        MAX_VALIDITY_SECONDS,
        lambda seconds: rules.check_validity(seconds, MAX_VALIDITY_SECONDS),
        int,
    ),
    "id_form": word_scalar("idForm", IdForm.ANY),
    "err_is_ptt": COMMON["err_is_ptt"],
    "unknown_outcome": COMMON["unknown_outcome"],
    "unknown_resends": COMMON["unknown_resends"],
}
"""By the column that stores each."""

USUAL: Mapping[str, Any] = {column: scalar.usual for column, scalar in SCALARS.items()}

_COLUMNS = {scalar.name.lower(): column for column, scalar in SCALARS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPlace:
    """Where a link connects to, and its login."""

    host: str
    port: int
    tls: bool
    system_id: str
    password: str = field(repr=False)


def read_place(url: str) -> LinkPlace:
    """Return the part of `smpp://user:password@host:port` before its query; `smpps` means TLS.

    Raises:
        ValueError: it is not such a URL. The message does not repeat it, because it has a password.
    """
    msg = "A link's URL has to be smpp://user:password@host:port, or smpps://… for TLS."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(msg) from error
    if parts.scheme not in {"smpp", "smpps"} or not parts.hostname or not parts.username:
        raise ValueError(msg)
    tls = parts.scheme == "smpps"
    return LinkPlace(
        host=parts.hostname,
        port=port or (TLS_PORT if tls else PORT),
        tls=tls,
        system_id=unquote(parts.username),
        password=unquote(parts.password or ""),
    )


def check_link_url(url: str) -> None:
    """Check that a link's URL is valid and complete.

    Raises:
        ValueError: it is not, or its query has an unknown or wrong setting.
    """
    place = read_place(url)
    try:
        rules.check_printable(place.system_id, 15, shortest=1)
        rules.check_password(place.password)
    except InvalidInput as error:
        raise ValueError(error.message) from error
    read_query(urlsplit(url).query)


def read_query(query: str) -> dict[str, Any]:
    """Return the settings in a URL's query, by column; the case of names does not matter.

    Raises:
        ValueError: a setting is unknown or set twice, or a value is wrong. The message repeats no value: if
        somebody forgot to escape the password, a part of it may be here.
    """
    given: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        column = _COLUMNS.get(name.lower())
        if column is None:
            known = ", ".join(scalar.name for scalar in SCALARS.values())
            raise ValueError(f"The query of a link's URL can only set these: {known}.")
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
