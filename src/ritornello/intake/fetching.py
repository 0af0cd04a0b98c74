"""A document from the web, asked for only where the owner allowed it.

Somebody else decides which address stands in a feed, so an address is taken as an attempt to reach
what stands behind us. A name is looked up once; if each address it has may be reached (``hosts``), a
connection goes to exactly one of those, so that a second look-up cannot lead elsewhere, and the
certificate is still held against the name. Redirects are followed here, each checked like the first.
What comes back is counted after decompression and has one deadline, however slowly it drips; only the
look-up of a name takes as long as the system lets it. No cookies, no proxy, no credentials are sent.
"""

import io
import socket
import ssl
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead
from time import monotonic
from typing import Any, NamedTuple, cast

import msgspec

from ritornello.intake.hosts import FIELD, PORTS, Hosts, Target, absolute, literal_of
from ritornello.intake.refusal import Refused

MAX_REDIRECTS = 5
MAX_ATTEMPTS = 4
BLOCK_BYTES = 1 << 16
LIMIT_BYTES = 50_000_000
DEADLINE_S = 30.0

_GZIP_OR_ZLIB = 47
_CODINGS = frozenset({"identity", "gzip", "x-gzip", "deflate"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def look_up(host: str, port: int) -> list[str]:
    """Return every address a name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in found]


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to an address, not to a name."""
    return socket.create_connection((address, port), timeout=timeout_s)


@cache
def trusted() -> ssl.SSLContext:
    """Return what decides whose certificates hold: those the system trusts."""
    return ssl.create_default_context()


class Fetcher(msgspec.Struct, frozen=True, kw_only=True):
    """Asks the hosts of an allow-list for documents.

    Parameters
    ----------
    limit_bytes : largest document, counted after decompression.
    deadline_s : for one document, redirects and all.
    look_up, connect, context : how names, connections and certificates are dealt with.
    """

    hosts: Hosts
    limit_bytes: int = LIMIT_BYTES
    deadline_s: float = DEADLINE_S
    look_up: Callable[[str, int], Sequence[str]] = look_up
    connect: Callable[[str, int, float], socket.socket] = connect
    context: ssl.SSLContext = msgspec.field(default_factory=trusted)

    def fetch(self, address: str) -> bytes:
        """Return the document at an address.

        Raises
        ------
        Refused : not allowed, not reached, not answered as asked, too large or too slow.
        """
        deadline = _Deadline(self.deadline_s)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(self.hosts.target(address), deadline)
            if isinstance(answer, bytes):
                return answer
            address = absolute(answer.location, address)
        raise Refused(FIELD, "too_many_redirects", f"more than {MAX_REDIRECTS} redirects")

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Send a document to an address and return the one that answers it; no redirect is followed.

        Parameters
        ----------
        headers : in ASCII, without line ends.

        Raises
        ------
        Refused : not allowed, not sendable, not reached, not answered as asked, too large or too slow.
        """
        target, deadline = self.hosts.target(address), _Deadline(self.deadline_s)
        answer = self._ask(target, deadline, _post(target, body, headers))
        if isinstance(answer, _Redirect):
            raise Refused(FIELD, "redirected", f"{target.host} redirects what is sent to it")
        return answer

    def _ask(
        self, target: Target, deadline: "_Deadline", request: bytes | None = None
    ) -> "bytes | _Redirect":
        addresses = self._addresses(target)
        try:
            with self._connected(target, addresses, deadline) as wire:
                wire.settimeout(deadline.left())
                wire.sendall(request or _get(target))
                return _answer(_Stream(wire, deadline), self.limit_bytes)
        except TimeoutError as error:
            raise deadline.missed() from error
        except ssl.SSLCertVerificationError as error:
            message = f"the certificate of {target.host} does not hold: {error.verify_message}"
            raise Refused(FIELD, "certificate", message) from error
        except (OSError, HTTPException, ValueError, zlib.error) as error:
            message = f"{target.host} did not answer as it should: {type(error).__name__}"
            raise Refused(FIELD, "unreachable", message) from error

    def _addresses(self, target: Target) -> Sequence[str]:
        """Return where a host is; not one of its addresses may be out of bounds."""
        if literal_of(target.host) is not None:
            addresses: Sequence[str] = [target.host]
        else:
            try:
                addresses = self.look_up(target.host, target.port)
            except (OSError, ValueError) as error:
                message = f"nobody knows a host {target.host}"
                raise Refused(FIELD, "unknown_host", message) from error
        for address in addresses:
            self.hosts.check(address)
        return addresses[:MAX_ATTEMPTS]

    def _connected(
        self, target: Target, addresses: Sequence[str], deadline: "_Deadline"
    ) -> socket.socket:
        """Connect to the first address that takes it, speaking TLS to the name."""
        refusal = OSError(f"{target.host} has no address")
        for address in addresses:
            try:
                wire = self.connect(address, target.port, deadline.left())
            except OSError as error:
                refusal = error
                continue
            if target.scheme == "http":
                return wire
            try:
                wire.settimeout(deadline.left())
                return self.context.wrap_socket(wire, server_hostname=target.host)
            except BaseException:
                wire.close()
                raise
        raise refusal


class _Redirect(NamedTuple):
    """Where an answer sends us."""

    location: str


class _Deadline:
    """The instant by which a document must be there."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._at = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises
        ------
        Refused : none.
        """
        seconds = self._at - monotonic()
        if seconds <= 0:
            raise self.missed()
        return seconds

    def missed(self) -> Refused:
        """Return the refusal of what came too late."""
        return Refused(FIELD, "too_slow", f"nothing complete after {self._seconds:g} s")


class _Stream(io.RawIOBase):
    """What a socket sends, each read with only the time that is left of the whole."""

    def __init__(self, wire: socket.socket, deadline: _Deadline) -> None:
        self._wire = wire
        self._deadline = deadline

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come."""
        self._wire.settimeout(self._deadline.left())
        return self._wire.recv_into(buffer)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Stand in for the socket where an answer is taken apart."""
        return io.BufferedReader(self)


def _get(target: Target) -> bytes:
    return _head("GET", target)


def _post(target: Target, body: bytes, headers: Mapping[str, str]) -> bytes:
    more = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    return _head("POST", target, more) + body


def _head(method: str, target: Target, headers: Mapping[str, str] | None = None) -> bytes:
    host = f"[{target.host}]" if ":" in target.host else target.host
    if target.port != PORTS[target.scheme]:
        host += f":{target.port}"
    lines = (
        f"{method} {target.path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: ritornello",
        "Accept-Encoding: gzip",
        "Connection: close",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    )
    if any("\r" in line or "\n" in line for line in lines):
        raise Refused(FIELD, "bad_header", "a header with a line end is not sent")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def _answer(stream: _Stream, limit_bytes: int) -> bytes | _Redirect:
    """Read an answer: a document of at most so many bytes, or where it is instead."""
    response = HTTPResponse(cast("socket.socket", stream), method="GET")
    response.begin()
    location = response.getheader("Location")
    if response.status in _REDIRECTS and location:
        return _Redirect(location)
    if response.status != HTTPStatus.OK:
        raise Refused(FIELD, "http_status", f"answered with status {response.status}")
    body = bytearray()
    for part in _decoded(response):
        body += part
        if len(body) > limit_bytes:
            raise Refused(FIELD, "too_large", f"a document of more than {limit_bytes:,} bytes")
    return bytes(body)


def _decoded(response: HTTPResponse) -> Iterator[bytes]:
    """Yield a document as it was before it was sent, a little at a time.

    Raises
    ------
    Refused : sent in another coding than was asked for.
    HTTPException : it breaks off.
    """
    coding = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if coding not in _CODINGS:
        raise Refused(FIELD, "unknown_coding", f"sent as {coding[:40]!r}; gzip was asked for")
    blocks = iter(partial(response.read, BLOCK_BYTES), b"")
    yield from blocks if coding == "identity" else _unpacked(blocks)
    if response.length:
        raise IncompleteRead(b"", response.length)


def _unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress gzip or zlib, never more than a block's worth sixteen times over at once."""
    unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
    for block in blocks:
        left = block
        while left:
            if unpack.eof:
                unpack = zlib.decompressobj(_GZIP_OR_ZLIB)
            yield unpack.decompress(left, 16 * BLOCK_BYTES)
            left = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    if not unpack.eof:
        raise IncompleteRead(b"")
