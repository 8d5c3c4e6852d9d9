"""Addresses and their types."""

import pytest

from server.gateways.smpp.addresses import Address, AddressRules, stored_form


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Chappe", Address(5, 0, "Chappe")),
        ("1800 CALL", Address(5, 0, "1800 CALL")),
        ("36105", Address(3, 1, "36105")),
        ("+447700900004", Address(1, 1, "447700900004")),
    ],
)
def test_each_kind_of_sender_has_its_type(sender: str, address: Address) -> None:
    """A name, a short code, a number."""
    assert AddressRules().source(sender) == address


def test_receivers_are_international() -> None:
    """Digits without the plus."""
    assert AddressRules().destination("+447700900004") == Address(1, 1, "447700900004")


def test_an_operator_may_want_other_types() -> None:
    """Each kind can be set."""
    rules = AddressRules(alphanumeric=(5, 1), short_code=(6, 0), international=(0, 1))
    assert [rules.source(sender).ton for sender in ("Chappe", "36105", "+447700900004")] == [5, 6, 0]


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        (Address(1, 1, "447700900004"), "+447700900004"),
        (Address(0, 0, "447700900004"), "+447700900004"),
        (Address(0, 1, "+447700900004"), "+447700900004"),
        (Address(2, 1, "00447700900004"), "+447700900004"),
        (Address(2, 1, "07700900004"), "07700900004"),
        (Address(1, 1, "999999999"), "999999999"),
        (Address(3, 1, "36105"), "36105"),
        (Address(0, 0, "36105"), "36105"),
        (Address(1, 1, "36105"), "36105"),
        (Address(5, 0, "Chappe"), "Chappe"),
        (Address(0, 0, ""), ""),
    ],
)
def test_what_comes_in_has_the_stored_form(address: Address, stored: str) -> None:
    """Numbers are E.164 if that is certain; everything else is unchanged."""
    assert stored_form(address) == stored
