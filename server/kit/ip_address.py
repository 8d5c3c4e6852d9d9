"""IP addresses, in one form for storage and comparison."""

import ipaddress
from functools import lru_cache

from server.errors import ErrorCode, InvalidInput

NOWHERE = "nowhere"
_NETWORK_BITS, _HOST_BITS = 64, 64
_REMEMBERED, _LONGEST = 4_096, 64
"""How many addresses' forms are remembered, and up to which length: each request asks for its caller's several times.

A client behind a proxy may name itself by any text.
"""


def parse_ip(text: str) -> str:
    """Return the canonical form of an IPv4 or IPv6 address (RFC 5952; an IPv4-mapped one becomes IPv4).

    Raises:
        InvalidInput: INVALID_IP_ADDRESS, when malformed, with a zone id, or with leading zeros in IPv4.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError as error:
        raise _invalid() from error
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.scope_id is not None:
        raise _invalid()
    return str(address.ipv4_mapped or address)


def address_text(host: str | None) -> str | None:
    """Return a peer's address in the canonical form of IP restrictions, or None if it is not an address."""
    return _known_text(host) if host is None or len(host) <= _LONGEST else _text(host)


def _text(host: str | None) -> str | None:
    try:
        parsed = ipaddress.ip_address(host or "")
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


_known_text = lru_cache(_REMEMBERED)(_text)


def network_of(address: str | None) -> str:
    """Return the network of an address, which stands for one subscriber: with IPv6 a /64 (RFC 4291 §2.5.4).

    An IPv4-mapped address counts as its IPv4 address. All callers without an address, because a proxy did not
    name it, share one name.
    """
    return _known_network(address) if address is None or len(address) <= _LONGEST else _network(address)


def _network(address: str | None) -> str:
    if address is None:
        return NOWHERE
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed) >> _HOST_BITS << _HOST_BITS, _NETWORK_BITS)))


_known_network = lru_cache(_REMEMBERED)(_network)


def _invalid() -> InvalidInput:
    msg = "An IP address is written like 192.0.2.1 or 2001:db8::1."
    return InvalidInput(msg, code=ErrorCode.INVALID_IP_ADDRESS)
