"""Who may be asked, and which addresses belong to nobody but ourselves."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.hosts import Hosts, public
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue

# IANA IPv4 and IPv6 Special-Purpose Address Registries, all entries that are not globally reachable
# (and the relays and translators, which lead where the inner address says).
SPECIAL = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
    "::1/128", "::/128", "::ffff:0:0/104", "64:ff9b::7f00:0/104", "64:ff9b:1::/48", "100::/64",
    "2001::/23", "2001:2::/48", "2001:db8::/32", "2002:7f00::/24", "3fff::/20", "5f00::/16",
    "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)  # fmt: skip


@pytest.mark.parametrize("text", SPECIAL)
def test_no_address_of_a_special_network_is_public(text):
    network = ip_network(text)
    size = network.num_addresses
    for step in (0, 1, size // 3, size // 2, size - 2, size - 1):
        assert not public(network[step % size]), network[step % size]


@given(st.sampled_from(SPECIAL[:16]), st.integers(0, (1 << 32) - 1))
def test_an_inner_address_is_as_private_as_bare(text, number):
    network = ip_network(text)
    inner = int(network[number % network.num_addresses])
    for outer in (
        (0xFFFF << 32) | inner,
        inner,
        (0x64FF9B << 96) | inner,
        (0x2002 << 112) | (inner << 80),
        (0x20010000 << 96) | (inner ^ 0xFFFFFFFF),
        (0x2606 << 112) | (0x5EFE << 32) | inner,
    ):
        assert not public(ip_address(outer.to_bytes(16, "big"))), hex(outer)


@pytest.mark.parametrize(
    "text",
    ["93.184.216.34", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:2800:21f:cb07::1",
     "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"],
)  # fmt: skip
def test_the_internet_is_public(text):
    assert public(ip_address(text))


def rule(hosts, address):
    """Which rule an address breaks; none where it is let in."""
    try:
        Hosts.parse(hosts).target(address)
    except Refused as refused:
        return refused.rule
    return None


@pytest.mark.parametrize(
    ("hosts", "address", "expected"),
    [
        ("", "https://example.org/", "host_not_allowed"),
        ("example.org", "https://example.org", None),
        ("example.org", "https://EXAMPLE.org/a b/ü?q=ü#x", None),
        ("example.org", "https://example.org:443/", None),
        ("example.org", "https://example.org:444/", "host_not_allowed"),
        ("example.org:444", "https://example.org:444/", None),
        ("example.org:444", "https://example.org/", "host_not_allowed"),
        ("example.org", "http://example.org/", "host_not_allowed"),
        ("http://example.org", "http://example.org/", None),
        ("http://example.org", "https://example.org/", None),
        ("http://example.org", "http://example.org:8080/", "host_not_allowed"),
        ("http://example.org:8080", "http://example.org:8080/", None),
        ("example.org", "https://sub.example.org/", "host_not_allowed"),
        ("*.example.org", "https://a.sub.example.org/", None),
        ("*.example.org", "https://example.org/", "host_not_allowed"),
        ("*.example.org", "https://evilexample.org/", "host_not_allowed"),
        ("*.example.org", "https://.example.org/", "not_an_address"),
        ("a.org, b.org\nc.org", "https://c.org/", None),
        ("192.168.1.10", "https://192.168.1.10/", None),
        ("192.168.1.10", "http://192.168.1.10/", "host_not_allowed"),
        ("192.168.1.10", "https://192.168.1.11/", "host_not_allowed"),
        ("http://192.168.1.0/24:8000", "http://192.168.1.11:8000/", None),
        ("[fd00::1]:8443", "https://[fd00::1]:8443/", None),
        ("fd00::/8", "https://[fd12::1]/", None),
        ("fd00::/8", "https://[fe80::1]/", "host_not_allowed"),
        ("8.8.8.8", "https://8.8.4.4/", "host_not_allowed"),
    ],
)
def test_the_allow_list_says_who_is_asked(hosts, address, expected):
    assert rule(hosts, address) == expected


@pytest.mark.parametrize(
    "text",
    ["*", "*.*", "exa mple.org/x", "https://example.org", "ftp://a.org", "2130706433", "127.1",
     "*.1", "10.0.0.1/8", "a..org", "-a.org", "a.org:99999999", "ünicode.org", "[::1", "a/b", "."],
)  # fmt: skip
def test_what_is_no_entry_is_told(text):
    with pytest.raises(BadValue, match="feed_hosts"):
        Hosts.parse(text)


def test_a_named_address_need_not_be_public():
    hosts = Hosts.parse("feeds.example, 10.1.0.0/16")
    hosts.check("10.1.2.3")
    hosts.check("93.184.216.34")
    for address in ("10.2.0.1", "::ffff:10.1.2.3", "localhost", ""):
        with pytest.raises(Refused):
            hosts.check(address)


@given(st.text(max_size=60))
def test_any_text_is_let_in_or_refused(text):
    hosts = Hosts.parse("example.org")
    for address in (text, "https://" + text, "https://example.org/" + text):
        try:
            target = hosts.target(address)
        except Refused:
            continue
        assert target.host == "example.org"
        assert target.path.isascii()
        assert target.path.isprintable()
        assert " " not in target.path
