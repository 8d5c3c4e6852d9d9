"""IP addresses."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit import ip_address
from server.kit.ip_address import network_of, parse_ip


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104
        ("255.255.255.255", "255.255.255.255"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:0db8::0001", "2001:db8::1"),
        ("::", "::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
    ],
)
def test_an_address_has_one_form(text: str, address: str) -> None:
    """Two spellings of an address compare equal, and so do IPv4 and its IPv6-mapped form."""
    assert parse_ip(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "localhost", "192.0.2", "192.0.2.256", "192.0.2.01", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1/32",
        "192.0.2.1:80", "1", "0x7f.0.0.1", "192.0.2.\uff11", "fe80::1%eth0", "::ffff:192.0.2.1%1", "[::1]", "2001:db8::1::",
        ":::", "12345::", "::ffff:192.0.2.01", "::1\n", "1" * 10_000,
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    """Names, networks, ports, zones, octal-looking parts and stray characters are refused."""
    with pytest.raises(
        InvalidInput, match=r"^An IP address is written like 192.0.2.1 or 2001:db8::1.$"
    ) as refusal:
        parse_ip(text)
    assert refusal.value.code is ErrorCode.INVALID_IP_ADDRESS


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "nowhere"),
    ],
)
def test_who_is_behind_an_address_is_told_from_others_by_their_network(
    address: str | None, network: str
) -> None:
    """An IPv6 /64 is one subscriber, and so is an IPv4 address; all callers without an address are one."""
    assert network_of(address) == network


def test_long_texts_are_not_remembered() -> None:
    """A client behind a proxy may name itself by any text, and thousands of them."""
    known = ip_address._known_text.cache_info().currsize
    assert ip_address.address_text("x" * 60_000) is None
    assert ip_address.address_text("1" * 65) is None
    assert ip_address._known_text.cache_info().currsize == known
