"""Where callbacks may go: to public addresses on the web's ports, and where the operator allows more."""

import re
from dataclasses import dataclass
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

WEB_PORTS = frozenset({80, 443})

# A table of our own, because the standard library's idea of a global address differs between releases of
# Python, and counts multicast and 6to4 in. Source: the IANA special-purpose address registries.
_REFUSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host: Linux connects 0.0.0.0 to itself
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT, where some clouds have their metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # public by number, yet the platform inside Azure
            "169.254.0.0/16",  # link-local, where most clouds have their metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, among them metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, given up
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)

# Of IPv6 only this is given out to hosts: loopback, mapped and compatible IPv4, local, link-local and
# multicast addresses are all outside.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo carries an IPv4 address, ORCHID is no address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4 carries an IPv4 address, and is given up
            "3fff::/20",  # documentation
        ),
    )
)

# Where a network has IPv6 alone, DNS64 gives public IPv4 hosts an address in here (RFC 6052 §2.1).
_NAT64 = IPv6Network("64:ff9b::/96")

_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?")

# RFC 6761 §6.3: these names are this machine, whatever a name server says.
_LOCAL_NAME = re.compile(r"(?:.*\.)?localhost\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Which addresses and ports may be called; `networks` are those allowed though they are not public."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: frozenset[int] = WEB_PORTS

    def allows(self, address: str, port: int) -> bool:
        """Tell whether a connection may go to this address and port; what is no IP address is refused."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, IPv6Address) and ip.scope_id is not None:
            return False
        return port in self.ports and (is_public(ip) or any(ip in network for network in self.networks))

    def names(self, host: str, port: int) -> bool:
        """Tell whether a URL may name this host and port, as far as can be told before its name is looked up."""
        if _LOCAL_NAME.fullmatch(host):
            return self.allows("127.0.0.1", port) or self.allows("::1", port)
        if ":" in host or _ENDS_IN_A_NUMBER.fullmatch(host):
            return self.allows(host, port)
        return port in self.ports


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is a host's on the public internet, and stands for nothing but itself."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _REFUSED_IPV4)
    if ip in _NAT64:
        return is_public(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _REFUSED_IPV6)


def is_plain_host(host: str) -> bool:
    """Tell whether every parser reads a URL's host alike (IPv6 without its brackets).

    Not so `127.1`, `0x7f.1` and `2130706433`, in which the C library sees an IPv4 address: as in
    browsers, a host that ends in a number is an IPv4 address in four decimal parts, or nothing (WHATWG
    URL §3.5).
    """
    try:
        if ":" in host:
            IPv6Address(host)
        elif _ENDS_IN_A_NUMBER.fullmatch(host):
            IPv4Address(host)
    except AddressValueError:
        return False
    return True
