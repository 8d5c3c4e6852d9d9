"""Where callbacks may go: to public addresses on web ports, and to what the operator allows in addition."""

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

# We have our own table because the standard library's idea of a global address differs between Python
# releases and includes multicast and 6to4. Source: the IANA special-purpose address registries.
_REFUSED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host: on Linux, 0.0.0.0 connects to the machine itself
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT, where some clouds serve their metadata
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a public number, but the platform itself inside Azure
            "169.254.0.0/16",  # link-local, where most clouds serve their metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, including metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved and broadcast
        ),
    )
)

# IPv6 only assigns this range to hosts: loopback, mapped and compatible IPv4, local, link-local and multicast
# addresses are all outside it.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo contains an IPv4 address, ORCHID is not an address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4 contains an IPv4 address, and is deprecated
            "3fff::/20",  # documentation
        ),
    )
)

# In IPv6-only networks, DNS64 gives public IPv4 hosts an address in this range (RFC 6052 §2.1).
_NAT64 = IPv6Network("64:ff9b::/96")

_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?")

# RFC 6761 §6.3: these names mean this machine, whatever a name server says.
_LOCAL_NAME = re.compile(r"(?:.*\.)?localhost\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Which addresses and ports may be called; `networks` are allowed although they are not public."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    ports: frozenset[int] = WEB_PORTS

    def allows(self, address: str, port: int) -> bool:
        """Tell whether a connection may go to this address and port; it has to be an IP address."""
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, IPv6Address) and ip.scope_id is not None:
            return False
        return port in self.ports and (is_public(ip) or any(ip in network for network in self.networks))

    def names(self, host: str, port: int) -> bool:
        """Tell whether a URL may have this host and port, as far as is known before the name is looked up."""
        if _LOCAL_NAME.fullmatch(host):
            return self.allows("127.0.0.1", port) or self.allows("::1", port)
        if ":" in host or _ENDS_IN_A_NUMBER.fullmatch(host):
            return self.allows(host, port)
        return port in self.ports


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address belongs to a host on the public internet and contains no other address."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _REFUSED_IPV4)
    if ip in _NAT64:
        return is_public(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return ip in _GLOBAL_IPV6 and not any(ip in network for network in _REFUSED_IPV6)


def is_plain_host(host: str) -> bool:
    """Tell whether all parsers read a URL's host in the same way (IPv6 without its brackets).

    They don't for `127.1`, `0x7f.1` and `2130706433`, which the C library reads as an IPv4 address. As in
    browsers, a host that ends in a number has to be an IPv4 address in four decimal parts (WHATWG URL §3.5).
    """
    try:
        if ":" in host:
            IPv6Address(host)
        elif _ENDS_IN_A_NUMBER.fullmatch(host):
            IPv4Address(host)
    except AddressValueError:
        return False
    return True
