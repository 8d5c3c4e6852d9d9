"""The settings of one link over SMPP, whatever their source."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from server.gateways.smpp.addresses import AddressRules
from server.gateways.smpp.options import LinkOptions, SessionOptions
from server.gateways.smpp.receipts import FALLBACK, ReceiptTable
from server.gateways.smpp.statuses import Refusal, RefusalTable
from server.kit.clock import SECOND_US
from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Route
from server.rules.links.links import DEFAULT_LINK, max_resends
from server.rules.links.smpp import MAX_VALIDITY_SECONDS, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.links.smpp_url import USUAL, read_query
from server.rules.messages.ptt import DeliveryStatus, ptt_code

_SUBMITTED = ("service_type", "priority_flag", "protocol_id", "registered_delivery", "validity_seconds")
"""Fields that each submission gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """One link. Another `version` with the same name replaces it, which closes and reopens its binds.

    `ptt_table` has the meanings of receipts, by `STAT:ERR` or just `STAT` (`UNDELIV:27`, `REJECTD`; an ERR
    has no leading zeros), and `not_billed` those, in the same form, that the operator does not bill.
    With `err_is_ptt` an ERR is the ptt itself. `refusals` has the meanings of command statuses (numbers) that
    differ from the usual ones. `max_resends` is how often a message of unknown outcome is submitted again;
    None means the server's setting. `validity_seconds` is the longest validity that messages get; 0 means
    none.
    """

    options: LinkOptions
    route: Route
    version: int = 1
    addresses: AddressRules = field(default_factory=AddressRules)
    alphabet: DefaultAlphabet = DefaultAlphabet.GSM_7BIT
    long_messages: LongForm = LongForm.UDH
    ids: IdForm = IdForm.ANY
    ptt_table: Mapping[str, int] = field(default_factory=dict)
    err_is_ptt: bool = False
    not_billed: frozenset[str] = frozenset()
    refusals: Mapping[int, Refusal] = field(default_factory=dict)
    max_resends: int | None = None
    flash_form: FlashForm = FlashForm.GENERAL
    service_type: str = ""
    priority_flag: int = 0
    protocol_id: int = 0
    registered_delivery: int = 1
    validity_seconds: int = MAX_VALIDITY_SECONDS

    @property
    def name(self) -> str:
        """Return the link's name."""
        return self.options.name

    def receipt_table(self) -> ReceiptTable:
        """Return the table for this link's receipts."""
        entries = {}
        for key in (*self.ptt_table, *self.not_billed):
            stat, _, err = key.partition(":")
            entries[stat, err] = self._state(key, stat)
        return ReceiptTable(entries, errors_are_ptt=self.err_is_ptt)

    def refusal_table(self) -> RefusalTable:
        """Return the table for this link's command statuses."""
        return RefusalTable(self.refusals)

    def _state(self, key: str, stat: str) -> State:
        """Return the meaning of an entry. A word for a message still under way never ends it."""
        fallback = FALLBACK.get(stat, State(DeliveryStatus.FAILED, None))
        ptt = self.ptt_table.get(key, self.ptt_table.get(stat, fallback.ptt))
        if key in self.not_billed:
            return State(DeliveryStatus.NOT_BILLED, ptt)
        status = None if ptt is None else ptt_code(ptt).delivery_status
        if status is None or (status.final and not fallback.status.final):
            status = fallback.status
        return State(status, ptt)


def options_of(scalars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `LinkOptions` from a link's scalars, by column; absent ones get defaults."""
    values = {**USUAL, **scalars}
    return {
        **{name: values[name] for name in ("system_type", "address_range", "bind_ton", "bind_npi", "mode")},
        "count": values["binds"],
        "session": SessionOptions(
            window=values["window_size"],
            rate=values["per_second"],
            enquire_every_us=values["enquire_seconds"] * SECOND_US,
            response_us=values["response_seconds"] * SECOND_US,
        ),
    }


def settings_of(scalars: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `LinkSettings` from a link's scalars, by column."""
    values = {**USUAL, **scalars}
    names = ("alphabet", "flash_form", "long_messages", "err_is_ptt", *_SUBMITTED)
    return {
        "ids": values["id_form"],
        "max_resends": max_resends(values["unknown_outcome"], values["unknown_resends"]),
        **{name: values[name] for name in names},
    }


def link_from_url(url: str, name: str = DEFAULT_LINK) -> LinkSettings:
    """Return the link in `smpp://user:password@host:port?setting=value`. It takes every message.

    Raises:
        ValueError: it is no such URL.
    """
    options = LinkOptions.from_url(name, url)
    scalars = read_query(urlsplit(url).query)
    return LinkSettings(
        options=replace(options, **options_of(scalars)), route=Route(link=name), **settings_of(scalars)
    )
