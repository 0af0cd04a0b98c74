"""Which hosts may be asked for something, and which addresses they may turn out to have.

Nothing is asked unless the owner named its host. That alone is not enough: a name can lead anywhere,
so each address it leads to must be public, unless the owner named that address too (people do run
feeds at home).

======================================  ===========================================================
entry of the allow-list                 lets in
======================================  ===========================================================
``example.org``                         ``https://example.org/…`` on port 443
``*.example.org``                       every host below ``example.org``, not itself
``http://example.org``                  plain HTTP on port 80 too
``example.org:8443``                    port 8443 instead
``192.168.1.10``, ``10.0.0.0/8``,       an address although it is not public: asked for by itself,
``[fd00::1]``                           or where an allowed name leads to
======================================  ===========================================================

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890); RFC 6052 (NAT64), RFC 3056
(6to4), RFC 4380 (Teredo), RFC 5214 (ISATAP).
"""

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import BadValue

FIELD = "address"
MAX_ADDRESS = 2000
PORTS = {"https": 443, "http": 80}

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_ENTRY = re.compile(
    r"(?P<plain>http://)?(?P<host>\[[0-9a-f:.]+\]|(?:\*\.)?[a-z0-9._-]+(?:/\d{1,3})?"
    r"|[0-9a-f:]+(?:/\d{1,3})?)(?::(?P<port>\d{1,5}))?/?\Z"
)
_LETTER = re.compile(r"[a-z]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")
# Special forms that Python's ``is_global`` lets pass, or only did in some releases.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Target(NamedTuple):
    """An address taken apart and let in: whom to ask, and for what."""

    scheme: str
    host: str
    port: int
    path: str


class _Entry(NamedTuple):
    """One name of the allow-list, or one network of addresses."""

    host: str
    network: Network | None
    port: int | None
    plain: bool

    def admits(self, target: Target, literal: Address | None) -> bool:
        """Whether a target is meant; ``literal`` is its host where that is an address."""
        if target.scheme == "http" and not self.plain:
            return False
        if target.port != (self.port or PORTS[target.scheme]):
            return False
        if literal is not None:
            return self.contains(literal)
        if self.host.startswith("*."):
            return target.host.endswith(self.host[1:])
        return target.host == self.host

    def contains(self, address: Address) -> bool:
        """Whether the owner named this very address."""
        return self.network is not None and address in self.network


class Hosts(NamedTuple):
    """An allow-list."""

    entries: tuple[_Entry, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Hosts":
        """Read an allow-list, its entries parted by commas or blanks; empty lets nothing in.

        Raises
        ------
        BadValue : an entry of no known form.

        Examples
        --------
        >>> Hosts.parse("example.org").target("https://example.org/feed.xml").host
        'example.org'
        """
        return cls(tuple(map(_entry, text.replace(",", " ").lower().split())))

    def target(self, address: str) -> Target:
        """Take an address apart, and let it in or not.

        Raises
        ------
        Refused : no address, or one the allow-list does not cover.
        """
        target = _parts(address)
        literal = literal_of(target.host)
        if literal is None and not _HOST.match(target.host):
            message = f"{target.host[:80]!r} is no plain host name; write other scripts as xn--…"
            raise Refused(FIELD, "not_an_address", message)
        if not any(entry.admits(target, literal) for entry in self.entries):
            place = f"{target.scheme}://{target.host}:{target.port}"
            raise Refused(
                FIELD, "host_not_allowed", f"the setting feed_hosts does not name {place}"
            )
        return target

    def check(self, address: str) -> None:
        """Hold an address a name led to against what may be reached.

        Raises
        ------
        Refused : not public, and not named in the allow-list.
        """
        literal = literal_of(address)
        named = literal is not None and any(entry.contains(literal) for entry in self.entries)
        if literal is None or not (named or public(literal)):
            message = f"{address[:80]} is no public address; if it is meant, name it in feed_hosts"
            raise Refused(FIELD, "private_address", message)


def _entry(word: str) -> _Entry:
    """Read one entry."""
    found = _ENTRY.match(word)
    host = found["host"].strip("[]") if found else ""
    network = _network(host)
    name = host.removeprefix("*.")
    if found is None or (network is None and (not _HOST.match(name) or not _LETTER.search(name))):
        message = (
            f"feed_hosts: {word!r} is no host; write example.org, *.example.org, "
            "http://example.org, example.org:8443, 192.168.1.10 or 10.0.0.0/8"
        )
        raise BadValue(message)
    return _Entry(host, network, int(found["port"] or 0) or None, bool(found["plain"]))


def absolute(address: str, found_at: str) -> str:
    """Return what an address means that was found at another one.

    Raises
    ------
    Refused : no address.
    """
    try:
        return urlsplit(urljoin(found_at, address)).geturl()
    except ValueError as error:
        raise Refused(FIELD, "not_an_address", f"{address[:80]!r}: {error}") from error


def public(address: Address) -> bool:
    """Whether an address, and each IPv4 address wrapped in it, belongs to the public internet.

    Examples
    --------
    >>> public(ip_address("93.184.216.34")), public(ip_address("::ffff:127.0.0.1"))
    (True, False)
    """
    inner = _wrapped(address)
    if inner is not None:
        return all(public(part) for part in inner)
    if address.is_multicast or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def _wrapped(address: Address) -> tuple[IPv4Address, ...] | None:
    """Return the IPv4 addresses an IPv6 address stands for; ``None`` for one that is itself."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _NAT64 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return (last,)
    return None


def _parts(address: str) -> Target:
    """Take an address apart, whoever it belongs to."""
    text = address.strip()
    if len(text) > MAX_ADDRESS or _UNPRINTABLE.search(text):
        raise Refused(FIELD, "not_an_address", "too long, or with characters no address has")
    try:
        split = urlsplit(text)
        host, stated_port = (split.hostname or "").lower(), split.port
    except ValueError as error:
        raise Refused(FIELD, "not_an_address", f"{text[:80]!r}: {error}") from error
    if split.scheme not in PORTS:
        message = f"only https (and http where allowed) is fetched, not {text[:80]!r}"
        raise Refused(FIELD, "scheme_not_allowed", message)
    if "@" in split.netloc:
        raise Refused(FIELD, "userinfo", "an address that carries a name or a password")
    path = quote(split.path or "/", safe="/%:@!$&'()*+,;=~")
    query = "?" + quote(split.query, safe="/%:@!$&'()*+,;=~?") if split.query else ""
    port = PORTS[split.scheme] if stated_port is None else stated_port
    return Target(split.scheme, host, port, path + query)


def literal_of(host: str) -> Address | None:
    """Return the address a host is, ``None`` where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None
