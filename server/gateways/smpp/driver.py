"""Links over SMPP: checking and storing their settings, and opening them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any, cast

import orjson

from server.errors import InvalidInput, about
from server.gateways.drivers import LinkSecrets, OperatorCall, UnreadableCall, Unusable
from server.gateways.protocol import OpenLink, OperatorMessage, OperatorReceipt, PooledLink
from server.gateways.smpp.addresses import AddressRules
from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.gateway import smpp_links
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.pdu import DeliverSm, EsmClass
from server.gateways.smpp.receipts import Receipt, read_receipt
from server.gateways.smpp.settings import LinkSettings, options_of, settings_of
from server.gateways.smpp.statuses import Refusal
from server.kit.clock import Clock
from server.rules.dispatch.routing import Route
from server.rules.links import links as rules
from server.rules.links.scalars import COMMON
from server.rules.links.smpp import PORT, TLS_PORT
from server.rules.links.smpp_url import SCALARS
from server.rules.links.tables import (
    PttEntry,
    RefusalEntry,
    keep_ptt_table,
    keep_refusals,
    read_ptt_table,
    read_refusals,
)
from server.store.models import OperatorLink


class SmppDriver:
    """The kind SMPP."""

    setup_class = LinkSettings
    own_field = None

    def __init__(self, clock: Clock, *, validity_seconds: int, lease_seconds: int) -> None:
        """See `SmppGateway` for the times."""
        self._open: OpenLink = smpp_links(
            clock, validity_seconds=validity_seconds, lease_seconds=lease_seconds
        )

    def columns(self, changes: Mapping[str, Any], row: OperatorLink | None) -> dict[str, Any]:
        """Check the changes, and return them as columns; see `LinkDriver`."""
        checked = {}
        for key, value in changes.items():
            if key not in _CHECKS:
                raise InvalidInput("A link over SMPP has no such setting.", field=(key,))
            field, check = _CHECKS[key]
            with about(field):
                checked[key] = check(value)
        if "addresses" in checked:
            kept = {} if row is None else orjson.loads(row.addresses)
            checked["addresses"] = orjson.dumps(kept | checked["addresses"]).decode()
        return checked

    def completed(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of a new link, with its port. It needs a host and a system id."""
        for key, field in (("host", "host"), ("system_id", "systemId")):
            if key not in columns:
                raise InvalidInput("A link needs this.", field=(field,))
        return {"port": TLS_PORT if columns.get("tls") else PORT, **columns}

    def check_password(self, text: str) -> str:
        """Return the password if a bind can carry it."""
        return rules.check_password(text)

    def place(self, row: OperatorLink) -> str:
        """Return where a link goes, with `smpps` for TLS."""
        host = f"[{row.host}]" if ":" in row.host else row.host
        return f"{'smpps' if row.tls else 'smpp'}://{host}:{row.port}"

    def setup(self, row: OperatorLink, route: Route, secrets: LinkSecrets) -> LinkSettings:
        """Return a row's settings; raise Unusable if a value fits into no PDU."""
        scalars = {column: scalar.check(getattr(row, column)) for column, scalar in SCALARS.items()}
        try:
            options = LinkOptions(
                name=row.name,
                host=row.host,
                port=row.port,
                system_id=row.system_id,
                password=secrets.password,
                tls=_verified() if row.tls else None,
                **options_of(scalars),
            )
        except Unencodable as error:
            raise Unusable("The password has a character outside Latin-1.") from error
        table = read_ptt_table(row.ptt_table)
        return LinkSettings(
            options=options,
            route=route,
            version=row.version,
            addresses=AddressRules(**{kind: tuple(of) for kind, of in orjson.loads(row.addresses).items()}),
            ptt_table={_key(entry): entry.ptt for entry in table},
            not_billed=frozenset(_key(entry) for entry in table if not entry.billed),
            refusals={
                entry.status: Refusal(entry.ptt, again=entry.again)
                for entry in read_refusals(row.refusal_ptts)
            },
            **settings_of(scalars),
        )

    def open(self, setup: Any, before: PooledLink | None) -> PooledLink:
        """Make a link from its settings."""
        return self._open(setup, before)

    def read_call(self, setup: Any, call: OperatorCall) -> OperatorReceipt | OperatorMessage | None:  # noqa: ARG002
        """Refuse any call: over SMPP the operator reports everything in a session."""
        raise UnreadableCall("A link over SMPP takes no calls.")


def _address_types(addresses: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
    for pair in addresses.values():
        for octet in pair:
            rules.check_between(octet, 0, rules.MAX_OCTET)
    return addresses


def _ptt_table(entries: Sequence[PttEntry]) -> str:
    rules.check_length(entries)
    table: dict[tuple[str, str], PttEntry] = {}
    for entry in entries:
        key = _as_read(rules.check_stat(entry.stat), rules.check_err(entry.err))
        rules.check_between(entry.ptt, 0, rules.MAX_PTT)
        if key in table:
            raise InvalidInput(f"There are two entries for {' '.join(key).strip()}.")
        table[key] = PttEntry(stat=key[0], err=key[1], ptt=entry.ptt, billed=entry.billed)
    return keep_ptt_table(list(table.values()))


def _as_read(stat: str, err: str) -> tuple[str, str]:
    """Return these as they are read from a receipt, where different spellings of a word become one."""
    text = f"id:1 stat:{stat} err:{err}"
    pdu = DeliverSm(esm_class=EsmClass.RECEIPT, short_message=text.encode())
    receipt = cast("Receipt", read_receipt(pdu))  # its `esm_class` says so
    return receipt.stat, receipt.err


def _refusal_ptts(entries: Sequence[RefusalEntry]) -> str:
    return keep_refusals(rules.check_refusals(entries))


def _key(entry: PttEntry) -> str:
    return f"{entry.stat}:{entry.err}" if entry.err else entry.stat


@cache
def _verified() -> SSLContext:
    """Return the context that all TLS links share: reading the machine's certificates takes too long."""
    return create_default_context()


# By column: the input field that an error points at, and the check of its value.
_CHECKS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    **{column: (scalar.name, scalar.check) for column, scalar in SCALARS.items() if column not in COMMON},
    "host": ("host", rules.check_host),
    "port": ("port", lambda port: rules.check_between(port, 1, rules.MAX_PORT)),
    "tls": ("tls", bool),
    "system_id": ("systemId", lambda text: rules.check_printable(text, 15, shortest=1)),
    "addresses": ("addresses", _address_types),
    "ptt_table": ("pttTable", _ptt_table),
    "refusal_ptts": ("refusalPtts", _refusal_ptts),
}
