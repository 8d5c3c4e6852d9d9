"""Properties of every address that may be called."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from hypothesis import example, given
from hypothesis import strategies as st

from server.rules.callbacks.addresses import AddressPolicy, is_plain_host, is_public

POLICY = AddressPolicy()
NAT64 = IPv6Network("64:ff9b::/96")
ipv4 = st.ip_addresses(v=4)
# Most numbers are in no network in use, so the prefixes of special networks are drawn often.
ipv6 = st.builds(
    lambda head, tail: IPv6Address(head << 96 | tail),
    st.sampled_from([0, 0x64FF9B, 0x20010000, 0x20010DB8, 0x20020000, 0xFC000000, 0xFE800000, 0xFF020000])
    | st.integers(0, 2**32 - 1),
    st.sampled_from([0, 1, 0xFFFF7F000001, 0x7F000001, 0xA9FEA9FE]) | st.integers(0, 2**96 - 1),
)


@given(ipv4 | ipv6)
@example(IPv4Address("224.0.0.1"))
@example(IPv6Address("2002:7f00:1::"))
def test_what_is_called_is_global_unicast(address: IPv4Address | IPv6Address) -> None:
    """The standard library agrees, for the special networks that it knows."""
    if not is_public(address):
        return  # most addresses here are special: those might be mistaken for public ones
    is_nat64 = address in NAT64
    assert is_nat64 or (address.is_global and not address.is_multicast and not address.is_reserved)
    assert not (address.is_private or address.is_loopback or address.is_link_local) or is_nat64
    assert POLICY.allows(str(address), 443)


@given(ipv4)
def test_no_ipv6_address_leads_to_a_refused_ipv4_one(inner: IPv4Address) -> None:
    """Mapped, compatible, 6to4 and NAT64 addresses; only NAT64 leads to public ones."""
    number = int(inner)
    forms = [number, 0xFFFF << 32 | number, 0x2002 << 112 | number << 80]
    assert not any(is_public(IPv6Address(form)) for form in forms)
    assert is_public(IPv6Address(int(NAT64.network_address) | number)) == is_public(inner)


@given(st.from_regex(r"(0x[0-9a-f]{0,8}|[0-9]{1,10})(\.(0x[0-9a-f]{0,2}|[0-9]{1,3})){0,4}", fullmatch=True))
def test_a_numeric_host_that_is_plain_is_what_the_system_sees_in_it(host: str) -> None:
    """And a number that the system would read differently is never accepted."""
    if is_plain_host(host):
        assert socket.inet_ntoa(socket.inet_aton(host)) == host
    else:
        assert not POLICY.allows(host, 80)


@given(st.text(max_size=40), st.integers(-1, 70_000))
def test_any_text_is_judged(text: str, port: int) -> None:
    """No text of a resolver or a URL raises an error."""
    is_plain_host(text)
    POLICY.allows(text, port)
