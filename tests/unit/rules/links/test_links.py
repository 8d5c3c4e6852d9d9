"""The settings of a link."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from server.errors import InvalidInput
from server.rules.links.links import (
    MAX_ENTRIES,
    check_between,
    check_countries,
    check_err,
    check_host,
    check_length,
    check_link_name,
    check_password,
    check_prefixes,
    check_printable,
    check_registered_delivery,
    check_stat,
    check_validity,
    check_variable,
)

SYSTEM_ID = partial(check_printable, longest=15, shortest=1)


@pytest.mark.parametrize(
    ("check", "value", "kept"),
    [
        (check_link_name, "main-2", "main-2"),
        (check_link_name, "x" * 40, "x" * 40),
        (check_host, "smsc.example.com", "smsc.example.com"),
        (check_host, "smsc.example.com.", "smsc.example.com."),
        (check_host, "localhost", "localhost"),
        (check_host, "192.0.2.1", "192.0.2.1"),
        (check_host, "2001:DB8::1", "2001:db8::1"),
        (SYSTEM_ID, "x" * 15, "x" * 15),
        (partial(check_printable, longest=12), "", ""),
        (check_password, "p\u00e4ss word!", "p\u00e4ss word!"),
        (check_password, "", ""),
        (check_variable, "CHAPPE_LINK_MAIN_PASSWORD", "CHAPPE_LINK_MAIN_PASSWORD"),
        (partial(check_between, minimum=1, maximum=10), 10, 10),
        (check_prefixes, ["+447", "+33", "+447"], ["+447", "+33"]),
        (check_countries, ["FR", "GB", "FR"], ["FR", "GB"]),
        (check_stat, "UNDELIV", "UNDELIV"),
        (check_err, "0x1A", "0x1A"),
        (check_err, "", ""),
    ],
)
def test_what_data_sheets_say_is_taken(check: Callable[[Any], object], value: object, kept: object) -> None:
    """Unchanged, except for addresses in another spelling, and repetitions."""
    assert check(value) == kept


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_link_name, ""),
        (check_link_name, "Main"),
        (check_link_name, "-main"),
        (check_link_name, "x" * 41),
        (check_host, ""),
        (check_host, "smsc.example.com:2775"),
        (check_host, "smpp://smsc.example.com"),
        (check_host, "-smsc.example.com"),
        (check_host, "smsc..com"),
        (check_host, "\u0441msc.example.com"),
        (check_host, ".".join(["x" * 60] * 5)),
        (SYSTEM_ID, ""),
        (SYSTEM_ID, "x" * 16),
        (SYSTEM_ID, "a\0b"),
        (SYSTEM_ID, "\u00e4"),
        (check_password, "x" * 65),
        (check_password, "\u20ac"),
        (check_password, "a\nb"),
        (check_variable, "CHAPPE_SECRET_KEY"),
        (check_variable, "PATH"),
        (check_variable, "CHAPPE_LINK_"),
        (check_variable, "CHAPPE_LINK_a"),
        (partial(check_between, minimum=1, maximum=10), 0),
        (partial(check_between, minimum=1, maximum=10), 11),
        (check_prefixes, ["447"]),
        (check_prefixes, ["+"]),
        (check_prefixes, ["+0"]),
        (check_prefixes, ["+33"] * (MAX_ENTRIES + 1)),
        (check_countries, ["fr"]),
        (check_countries, ["FRA"]),
        (check_stat, ""),
        (check_stat, "UNDELIV err:0"),
        (check_err, "x" * 11),
        (check_err, "1 id:2"),
        (check_length, [0] * (MAX_ENTRIES + 1)),
    ],
)
def test_what_can_not_be_is_refused(check: Callable[[Any], object], value: object) -> None:
    """The message says what is expected."""
    with pytest.raises(InvalidInput) as refusal:
        check(value)
    assert len(refusal.value.message) > 10


@pytest.mark.parametrize("bits", [0, 1, 2, 5, 16, 17, 18, 29])
def test_what_receipts_may_be_asked_for(bits: int) -> None:
    """Every value with a meaning in SMPP 3.4."""
    assert check_registered_delivery(bits) == bits


@pytest.mark.parametrize("bits", [-1, 3, 7, 19, 32, 255])
def test_what_has_no_meaning_is_not_asked_for(bits: int) -> None:
    """Reserved bits and values."""
    with pytest.raises(InvalidInput):
        check_registered_delivery(bits)


def test_a_validity_has_bounds_or_is_the_operators() -> None:
    """At least a minute; 0 leaves it to the operator."""
    assert [check_validity(seconds, 100) for seconds in (0, 60, 100)] == [0, 60, 100]
    for seconds in (-1, 1, 59, 101):
        with pytest.raises(InvalidInput):
            check_validity(seconds, 100)
