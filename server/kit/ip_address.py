"""IP addresses in the one form in which they are stored and compared."""

import ipaddress

from server.errors import ErrorCode, InvalidInput


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


def _invalid() -> InvalidInput:
    msg = "An IP address is written like 192.0.2.1 or 2001:db8::1."
    return InvalidInput(msg, code=ErrorCode.INVALID_IP_ADDRESS)
