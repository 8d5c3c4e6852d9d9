"""Telling a redelivery from another message with the same text."""

import hashlib
from collections import OrderedDict

from server.gateways.smpp.pdu import DataSm, DeliverSm, FromOperator
from server.kit.clock import MINUTE_US

REMEMBERED_US = 10 * MINUTE_US
MAX_REMEMBERED = 1_000

Fingerprint = bytes


def fingerprint(pdu: FromOperator) -> Fingerprint:
    """Return a digest of a PDU without its sequence number, which a redelivery changes."""
    of_kind = (type(pdu).__name__, pdu.source_addr, pdu.destination_addr, pdu.esm_class, pdu.data_coding)
    # A digest, because many are remembered and a PDU may have 64 KiB.
    return hashlib.sha256(repr((of_kind, pdu.content, sorted(pdu.tlvs.items()))).encode()).digest()


class Redeliveries:
    """PDUs that are recorded but may come again, mostly because they could not be answered."""

    def __init__(self) -> None:
        self._expected: OrderedDict[Fingerprint, tuple[str, int]] = OrderedDict()

    def expect(self, pdu: DeliverSm | DataSm, recorded_as: str, now_us: int) -> None:
        """Expect a repeat of a PDU that is recorded under an id. Beyond a bound, the oldest is forgotten."""
        self._expected[fingerprint(pdu)] = (recorded_as, now_us + REMEMBERED_US)
        if len(self._expected) > MAX_REMEMBERED:
            self._expected.popitem(last=False)

    def recorded_as(self, pdu: DeliverSm | DataSm, now_us: int) -> str | None:
        """Return the id under which a redelivered PDU is recorded, or None. It is then no longer expected."""
        known = self.known_as(pdu, now_us)
        self._expected.pop(fingerprint(pdu), None)
        return known

    def known_as(self, pdu: DeliverSm | DataSm, now_us: int) -> str | None:
        """Return the id under which a redelivered PDU is recorded, or None. More repeats may follow."""
        recorded_as, until_us = self._expected.get(fingerprint(pdu), ("", 0))
        return recorded_as if now_us < until_us else None
