"""The addresses and hosts that may be called."""

from ipaddress import ip_address, ip_network

import pytest

from server.rules.callbacks.addresses import AddressPolicy, is_plain_host, is_public

PUBLIC = ["93.184.216.34", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0",
          "2606:4700:4700::1111", "2a00:1450:4001::1", "64:ff9b::101:101"]  # fmt: skip
REFUSED = {
    "0.0.0.0": "this host",  # noqa: S104 nothing is bound
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "100.100.100.200": "metadata of a cloud",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "the platform of a cloud",
    "169.254.169.254": "metadata of most clouds",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.192": "metadata of a cloud",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.1.1": "private",
    "198.19.255.255": "benchmarks",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::7f00:1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped loopback",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "64:ff9b::7f00:1": "NAT64 of loopback",
    "64:ff9b::a9fe:a9fe": "NAT64 of metadata",
    "64:ff9b:1::1": "local NAT64",
    "100::1": "discard",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4 of loopback",
    "3fff::1": "documentation",
    "5f00::1": "segment routing",
    "fc00::1": "unique local",
    "fd00:ec2::254": "metadata of a cloud",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with a zone",
    "2606:4700:4700::1111%eth0": "a zone, which no public address has",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "example.org": "no address",
    "127.1": "no address in the one form",
    "": "nothing",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_hosts_are_called_on_the_webs_ports(address: str) -> None:
    """On 80 and 443, and on no other port."""
    policy = AddressPolicy()
    assert [port for port in (1, 22, 80, 443, 8080, 65_535) if policy.allows(address, port)] == [80, 443]


@pytest.mark.parametrize("address", REFUSED)
def test_nothing_inside_is_called(address: str) -> None:
    """Nor addresses that map to inside ones."""
    assert not AddressPolicy().allows(address, 443)


@pytest.mark.parametrize("address", [address for address in REFUSED if "%" not in address and ":" in address])
def test_an_allowed_network_is_allowed_as_it_is_written(address: str) -> None:
    """Allowing an IPv4 network does not open it by IPv6; allowing the IPv6 network does."""
    every_ipv4 = AddressPolicy(networks=(ip_network("0.0.0.0/0"),))
    every_ipv6 = AddressPolicy(networks=(ip_network("::/0"),))
    assert not every_ipv4.allows(address, 80)
    assert every_ipv6.allows(address, 80)
    assert not is_public(ip_address(address))


def test_the_operator_opens_networks_and_ports_only_as_far_as_was_said() -> None:
    """Neighbours stay closed, and public addresses get the same ports."""
    policy = AddressPolicy(networks=(ip_network("10.1.0.0/16"),), ports=frozenset({8080}))
    assert policy.allows("10.1.2.3", 8080)
    assert policy.allows("1.1.1.1", 8080)
    assert not policy.allows("10.2.0.1", 8080)
    assert not policy.allows("10.1.2.3", 80)


@pytest.mark.parametrize(
    "host",
    ["example.org", "example.org.", "a", "1.example", "0x7f.example", "xn--bcher-kva.example", "_a.b",
     "192.0.2.1", "::1", "::ffff:127.0.0.1", "2001:db8::1", "a1", "1a", "0xg"],
)  # fmt: skip
def test_names_and_addresses_in_the_one_form_are_plain(host: str) -> None:
    """Every reader sees the same host."""
    assert is_plain_host(host)


@pytest.mark.parametrize(
    "host",
    ["127.1", "2130706433", "0x7f.1", "0x7f000001", "0X7F.0.0.1", "017700000001", "0177.0.0.1", "127.0.0.1.",
     "1.2.3.4.5", "256.1.1.1", "a.1", "0x", "1.2.3.0x4", "[::1]", "::g", ":"],
)  # fmt: skip
def test_hosts_that_some_parser_takes_for_another_address_are_not_plain(host: str) -> None:
    """They end in a number, but are not an address in four decimal parts."""
    assert not is_plain_host(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "10.0.0.1"]
)
def test_a_url_names_no_host_that_is_known_to_be_inside(host: str) -> None:
    """Literal addresses and this machine's names need no look-up; all other names do."""
    policy = AddressPolicy()
    assert not policy.names(host, 443)
    assert policy.names("example.org", 443)
    assert policy.names("localhost.example", 443)
    assert policy.names("1.1.1.1", 443)
    assert not policy.names("example.org", 8080)


@pytest.mark.parametrize("network", ["127.0.0.0/8", "::1/128"])
def test_this_machine_is_named_where_its_network_is_open(network: str) -> None:
    """By the opened address, and by its name."""
    policy = AddressPolicy(networks=(ip_network(network),))
    assert policy.names("localhost", 80)
    assert policy.names("127.0.0.1", 80) is (network == "127.0.0.0/8")
    assert policy.names("::1", 80) is (network == "::1/128")
