"""Telling what an operator sends again from another message that reads the same."""

import hashlib
from collections import OrderedDict

from server.gateways.smpp.pdu import DataSm, DeliverSm, FromOperator
from server.kit.clock import MINUTE_US

REMEMBERED_US = 10 * MINUTE_US
MAX_REMEMBERED = 1_000

Fingerprint = bytes


def fingerprint(pdu: FromOperator) -> Fingerprint:
    """Return a digest of all of a PDU but for its sequence number, which a redelivery changes."""
    of_kind = (type(pdu).__name__, pdu.source_addr, pdu.destination_addr, pdu.esm_class, pdu.data_coding)
    # Many are remembered, and a PDU may have 64 KiB.
    return hashlib.sha256(repr((of_kind, pdu.content, sorted(pdu.tlvs.items()))).encode()).digest()


class Redeliveries:
    """What may come once again, though it is on record: above all what could not be answered any more."""

    def __init__(self) -> None:
        self._expected: OrderedDict[Fingerprint, tuple[str, int]] = OrderedDict()

    def expect(self, pdu: DeliverSm | DataSm, recorded_as: str, now_us: int) -> None:
        """Expect a PDU that is recorded under an id; the longest expected is forgotten beyond a number."""
        self._expected[fingerprint(pdu)] = (recorded_as, now_us + REMEMBERED_US)
        if len(self._expected) > MAX_REMEMBERED:
            self._expected.popitem(last=False)

    def recorded_as(self, pdu: DeliverSm | DataSm, now_us: int) -> str | None:
        """Return the id under which a PDU is on record, if it is a redelivery; it is then expected no more."""
        known = self.known_as(pdu, now_us)
        self._expected.pop(fingerprint(pdu), None)
        return known

    def known_as(self, pdu: DeliverSm | DataSm, now_us: int) -> str | None:
        """Return the id under which a PDU is on record, if it is a redelivery; others may follow."""
        recorded_as, until_us = self._expected.get(fingerprint(pdu), ("", 0))
        return recorded_as if now_us < until_us else None
