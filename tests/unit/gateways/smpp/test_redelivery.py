"""Recognizing repetitions by an operator."""

from dataclasses import replace

from server.gateways.smpp.pdu import DeliverSm, Tag
from server.gateways.smpp.redelivery import fingerprint

LONGEST = DeliverSm(sequence=1, source_addr="44", tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 65_535})


def test_a_redelivery_has_another_sequence_number_only() -> None:
    """All other fields distinguish it from another message."""
    assert fingerprint(replace(LONGEST, sequence=2)) == fingerprint(LONGEST)
    assert fingerprint(replace(LONGEST, source_addr="45")) != fingerprint(LONGEST)
    assert fingerprint(replace(LONGEST, tlvs={})) != fingerprint(LONGEST)


def test_little_is_kept_of_each() -> None:
    """However long it is, since many are remembered."""
    assert len(fingerprint(LONGEST)) == 32
