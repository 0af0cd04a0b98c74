"""A document comes only from where the owner allowed it, whole, in time and bounded.

Servers here listen on loopback and are named in the allow-list by their very port; whatever else
loopback holds counts the connections it gets, and must get none.
"""

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from contextlib import contextmanager

import pytest

from ritornello.intake.fetching import Fetcher
from ritornello.intake.hosts import Hosts
from ritornello.intake.refusal import Refused

OK = b"HTTP/1.1 200 OK\r\n"
FEED = b"<rss/>"


class Server:
    """Answers each connection with the next of its answers; counts them and keeps the requests."""

    def __init__(self, *answers, context=None):
        self.answers = list(answers)
        self.requests = []
        self.n_connections = 0
        self.context = context
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                wire, _ = self.listening.accept()
            except OSError:
                return
            self.n_connections += 1
            try:
                with (
                    self.context.wrap_socket(wire, server_side=True) if self.context else wire as w
                ):
                    w.settimeout(5)
                    self.requests.append(w.recv(65536))
                    answer = self.answers.pop(0) if self.answers else b""
                    for part in [answer] if isinstance(answer, bytes) else answer(self.over):
                        w.sendall(part)
            except OSError:
                pass

    def close(self):
        self.over.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)


@contextmanager
def serving(*answers, **how):
    server = Server(*answers, **how)
    try:
        yield server
    finally:
        server.close()


def packed(content):
    """Return the content in gzip, the same whenever it is packed."""
    return gzip.compress(content, mtime=0)


def whole(body, *headers):
    length = f"Content-Length: {len(body)}".encode()
    return OK + b"".join(h + b"\r\n" for h in (*headers, length, b"")) + body


def redirect(to, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def fetch(server, path="/feed.xml", hosts="", **how):
    allowed = Hosts.parse(f"http://127.0.0.1:{server.port} {hosts}")
    return Fetcher(hosts=allowed, **how).fetch(f"http://127.0.0.1:{server.port}{path}")


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.rule


V4 = ("127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "0.0.0.0",
      "100.64.0.1", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255")  # fmt: skip
V6 = ("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
      "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1",
      "64:ff9b::169.254.169.254", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::80ff:fffe",
      "2001:db8::5efe:7f00:1", "64:ff9b:1::7f00:1")  # fmt: skip
NUMBERS = ("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "127.1",
           "127.0.1", "0", "0x0", "0.0", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376",
           "169.254.43518", "3232235521", "0xc0a80001", "00000127.0.0.1", "1.1.1.1.1",
           "4294967297")  # fmt: skip
NAMES = ("localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost",
         "metadata.google.internal", "127.0.0.1.nip.io", "localtest.me", "feeds.example.evil.org",
         "evilfeeds.example", "feeds.example.", "feeds.example..", ".feeds.example", "feeds..example",
         "feeds.example%00.evil.org", "feeds.example%2eevil.org", "feeds.example。evil.org",
         "ｆｅｅｄｓ.example", "feeds．example", "①②⑦.⓪.⓪.①", "ⓛocalhost", "127。0。0。1", "feeds.exampleﾠ",
         "ⅼocalhost", "lоcalhost", "127.0.0.1%23.feeds.example", "a" * 300 + ".example")  # fmt: skip
WHOLE = (
    "file:///etc/passwd", "file://feeds.example/etc/passwd", "ftp://feeds.example/", "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/", "data:text/xml,<rss/>", "javascript:alert(1)",
    "jar:https://feeds.example!/", "netdoc:///etc/passwd", "tftp://127.0.0.1/x", "ws://127.0.0.1/",
    "unix:///run/docker.sock", "//127.0.0.1/", "/etc/passwd", "feed.xml", "", " ", "https:", "https://",
    "https:///etc/passwd", "https://?", "https://#", "https:/feeds.example", "https:feeds.example",
    "https://feeds.example@127.0.0.1/", "https://127.0.0.1@feeds.example/",
    "https://a:b@feeds.example/", "https://feeds.example:443@127.0.0.1/", "https://@127.0.0.1/",
    "https://feeds.example\\@127.0.0.1/", "https://127.0.0.1\\.feeds.example/",
    "https://127.0.0.1#@feeds.example/", "https://127.0.0.1?@feeds.example/",
    "https://127.0.0.1/@feeds.example", "https://127.0.0.1;feeds.example/",
    "https://feeds.example\r\nHost: 127.0.0.1/", "https://feeds.example/\r\nX: y", "https://feeds.example\t.evil/",
    "https://127.0.0.1\n/", "https://feeds.example:22/", "https://feeds.example:6379/", "https://feeds.example:0/",
    "https://feeds.example:99999/", "https://feeds.example:-1/", "https://feeds.example:4４3/",
    "https://feeds.example:80:443/", "http://feeds.example/", "http://feeds.example:443/",
    "https://[::1/", "https://::1/", "https://[::1]evil/", "https://[fe80::1%25eth0]/", "https://[::ffff:127.0.0.1%]/",
    "https://[v1.127.0.0.1]/", "https://[feeds.example]/", "https://[127.0.0.1]/",
)  # fmt: skip
CORPUS = (
    *(f"https://{host}/" for host in (*V4, *NUMBERS, *NAMES)),
    *(f"https://[{host}]/" for host in V6),
    *(f"http://{host}/latest/meta-data" for host in V4),
    *WHOLE,
)


def no_connection(address, port, timeout_s):
    raise AssertionError(f"connected to {address}:{port}")


def nobody(host, port):
    raise AssertionError(f"looked {host} up")


def test_the_corpus_is_large():
    assert len(set(CORPUS)) >= 120


@pytest.mark.parametrize("address", CORPUS)
@pytest.mark.parametrize("hosts", ["", "feeds.example, *.nip.io.example"])
def test_nobody_not_named_is_looked_up_or_asked(address, hosts):
    fetcher = Fetcher(hosts=Hosts.parse(hosts), look_up=nobody, connect=no_connection)
    assert refused(fetcher.fetch, address)


@pytest.mark.parametrize("address", [*V4, *V6, "127.0.0.1%lo", "not an address"])
@pytest.mark.parametrize("before", [[], ["93.184.216.34"]], ids=["alone", "beside a public one"])
def test_a_named_host_leads_to_nothing_private(address, before):
    fetcher = Fetcher(
        hosts=Hosts.parse("feeds.example"),
        look_up=lambda host, port: [*before, address],
        connect=no_connection,
    )
    assert refused(fetcher.fetch, "https://feeds.example/") == "private_address"


def test_a_host_is_looked_up_once_and_exactly_that_address_is_asked():
    """A second look-up of a rebinding name would have led to loopback."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    asked = []

    def connect(address, port, timeout_s):
        asked.append((address, port))
        raise ConnectionRefusedError

    fetcher = Fetcher(
        hosts=Hosts.parse("feeds.example"), look_up=lambda h, p: next(answers), connect=connect
    )
    assert refused(fetcher.fetch, "https://feeds.example/") == "unreachable"
    assert asked == [("93.184.216.34", 443)]
    assert refused(fetcher.fetch, "https://feeds.example/") == "private_address"
    assert len(asked) == 1


def test_a_name_that_rebinds_between_redirects_reaches_nobody():
    with serving(redirect("http://feeds.example:81/again"), whole(FEED)) as server:
        answers = iter([["93.184.216.34"], ["127.0.0.1"]])

        def connect(address, port, timeout_s):
            assert address == "93.184.216.34"
            return socket.create_connection(("127.0.0.1", server.port), timeout_s)

        fetcher = Fetcher(
            hosts=Hosts.parse("http://feeds.example:81"),
            look_up=lambda h, p: next(answers),
            connect=connect,
        )
        assert refused(fetcher.fetch, "http://feeds.example:81/") == "private_address"
        assert server.n_connections == 1


def test_a_document_comes_whole():
    with serving(whole(FEED)) as server:
        assert fetch(server, "/a b?c=ü") == FEED
        (request,) = server.requests
    lines = request.split(b"\r\n")
    assert lines[0] == b"GET /a%20b?c=%C3%BC HTTP/1.1"
    assert lines[1] == f"Host: 127.0.0.1:{server.port}".encode()
    assert b"User-Agent: ritornello" in lines
    assert not [line for line in lines if line.lower().startswith((b"cookie", b"auth", b"referer"))]


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    with serving(whole(b"proxy")) as proxy, serving(whole(FEED)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert fetch(server) == FEED
        assert proxy.n_connections == 0


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"\r\n" + FEED,
        OK + CHUNKED + b"3\r\n<rs\r\n3\r\ns/>\r\n0\r\n\r\n",
        whole(packed(FEED), b"Content-Encoding: gzip"),
        whole(packed(FEED[:2]) + packed(FEED[2:]), b"Content-Encoding: x-gzip"),
        whole(zlib.compress(FEED), b"Content-Encoding: deflate"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + whole(FEED, b"Content-Type: image/png"),
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
    ],
)
def test_every_usual_way_to_send_is_read(answer):
    with serving(answer) as server:
        assert fetch(server) == FEED


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (b"", "unreachable"),
        (b"SSH-2.0-OpenSSH\r\n", "unreachable"),
        (b"\x00" * 70_000, "unreachable"),
        (b"HTTP/1.1 abc\r\n\r\n", "unreachable"),
        (OK + b"X: " + b"y" * 70_000, "unreachable"),
        (OK + b"X: y\r\n" * 200, "unreachable"),
        (whole(FEED)[:-1], "unreachable"),
        (OK + CHUNKED + b"6\r\n<rss", "unreachable"),
        (OK + CHUNKED + b"zz\r\n<rss", "unreachable"),
        (whole(packed(FEED)[:-9], b"Content-Encoding: gzip"), "unreachable"),
        (whole(b"no gzip", b"Content-Encoding: gzip"), "unreachable"),
        (whole(FEED, b"Content-Encoding: br"), "unknown_coding"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "http_status"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "http_status"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "http_status"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "http_status"),
        (whole(b"x" * 1001), "too_large"),
        (OK + CHUNKED + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n", "too_large"),
        (whole(packed(b"x" * 1001), b"Content-Encoding: gzip"), "too_large"),
    ],
)
def test_what_is_no_document_is_refused(answer, rule):
    with serving(answer) as server:
        assert refused(fetch, server, limit_bytes=1000) == rule


@pytest.mark.slow
def test_a_bomb_is_put_out_while_it_unfolds():
    pack = zlib.compressobj(9, wbits=31)
    bomb = b"".join(pack.compress(bytes(1 << 20)) for _ in range(256)) + pack.flush()
    assert len(bomb) < 300_000
    with serving(whole(bomb, b"Content-Encoding: gzip")) as server:
        tracemalloc.start()
        try:
            assert refused(fetch, server, limit_bytes=10_000_000) == "too_large"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 40_000_000


def dripping(first):
    def answer(over):
        yield first
        while not over.wait(0.02):
            yield b"x"

    return answer


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 200 OK\r\nX: ", OK + b"\r\n", OK + CHUNKED, OK + CHUNKED + b"0\r\n", b""],
    ids=["headers", "body", "chunk", "trailer", "status"],
)
def test_however_slowly_it_drips_the_deadline_stands(first):
    with serving(dripping(first)) as server:
        assert refused(fetch, server, deadline_s=0.3) in ("too_slow", "unreachable")
        assert server.n_connections == 1


def test_silence_ends_at_the_deadline():
    with serving(lambda over: iter(over.wait, True)) as server:
        assert refused(fetch, server, deadline_s=0.2) == "too_slow"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status):
    with serving(redirect("../moved.xml?x", status), whole(FEED)) as server:
        assert fetch(server, "/a/b/feed.xml") == FEED
        assert server.requests[1].startswith(b"GET /a/moved.xml?x ")


def test_a_redirect_goes_five_times_and_not_six():
    hops = [redirect(f"/{n}") for n in range(6)]
    with serving(*hops[:5], whole(FEED)) as server:
        assert fetch(server) == FEED
    with serving(*hops, whole(FEED)) as server:
        assert refused(fetch, server) == "too_many_redirects"
        assert server.n_connections == 6


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.1:{port}/", "//[::1]:{port}/",
     "http://2130706433:{port}/", "http://0x7f.1:{port}/", "http://[::ffff:127.0.0.1]:{port}/",
     "http://feeds.example@127.0.0.1:{port}/", "http://169.254.169.254/latest/", "file:///etc/passwd",
     "ftp://127.0.0.1:{port}/", "gopher://127.0.0.1:{port}/_x", "https://127.0.0.1:{port}/",
     "http://feeds.example:{port}/", "javascript:alert(1)", "http://127.0.0.1:{port}\\@x/", "//", "//[", "http://[::1"],
)  # fmt: skip
def test_a_redirect_leads_to_nobody_who_is_not_named(to):
    with serving(whole(b"secret")) as private:
        target = to.format(port=private.port)
        with serving(redirect(target)) as server:
            rule = refused(
                fetch, server, hosts="http://feeds.example", look_up=lambda h, p: ["127.0.0.1"]
            )
            assert rule in ("host_not_allowed", "not_an_address", "userinfo", "scheme_not_allowed",
                            "unreachable", "private_address")  # fmt: skip
        assert private.n_connections == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for feeds.example, good for two days."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
               "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "2",
               "-subj", "/CN=feeds.example", "-addext", "subjectAltName=DNS:feeds.example"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(
    ("host", "trusted", "rule"),
    [("feeds.example", True, None), ("feeds.example", False, "certificate"),
     ("other.example", True, "certificate")],
)  # fmt: skip
def test_the_certificate_is_held_against_the_name(certificate, host, trusted, rule):
    serverside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serverside.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    ours = ssl.create_default_context(cafile=certificate / "cert.pem" if trusted else None)
    with serving(whole(FEED), context=serverside) as server:
        fetcher = Fetcher(
            hosts=Hosts.parse("*.example"),
            look_up=lambda h, p: ["93.184.216.34"],
            connect=lambda a, p, t: socket.create_connection(("127.0.0.1", server.port), t),
            context=ours,
        )
        if rule is None:
            assert fetcher.fetch(f"https://{host}/") == FEED
        else:
            assert refused(fetcher.fetch, f"https://{host}/") == rule
            assert server.requests == []


def test_plain_speech_on_a_tls_port_is_refused():
    with serving(whole(FEED)) as server:
        fetcher = Fetcher(
            hosts=Hosts.parse("feeds.example"),
            look_up=lambda h, p: ["93.184.216.34"],
            connect=lambda a, p, t: socket.create_connection(("127.0.0.1", server.port), t),
        )
        assert refused(fetcher.fetch, "https://feeds.example/") == "unreachable"


def test_an_address_that_is_down_gives_way_to_the_next():
    with serving(whole(FEED)) as server:

        def connect(address, port, timeout_s):
            if address == "93.184.216.34":
                raise ConnectionRefusedError
            return socket.create_connection(("127.0.0.1", server.port), timeout_s)

        fetcher = Fetcher(
            hosts=Hosts.parse("http://feeds.example"),
            look_up=lambda h, p: ["93.184.216.34", "93.184.216.35"],
            connect=connect,
        )
        assert fetcher.fetch("http://feeds.example/") == FEED


def posted(server, body=b"{}", headers=None):
    fetcher = Fetcher(hosts=Hosts.parse(f"http://127.0.0.1:{server.port}"))
    return fetcher.post(f"http://127.0.0.1:{server.port}/say?x=1", body, headers or {})


def test_what_is_posted_comes_whole_and_is_answered():
    with serving(whole(b"heard")) as server:
        assert posted(server, b'{"said": 1}', {"Authorization": "Bearer key"}) == b"heard"
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"said": 1}'
    assert head.startswith(b"POST /say?x=1 HTTP/1.1\r\n")
    assert b"Content-Length: 11" in head
    assert b"Authorization: Bearer key" in head


def test_what_is_posted_follows_no_redirect():
    with serving(whole(b"elsewhere")) as other, serving(redirect(f"http://127.0.0.1:{other.port}/")) as server:  # fmt: skip
        assert refused(posted, server) == "redirected"
        assert not other.n_connections


def test_a_header_ends_no_line_of_its_own():
    with serving(whole(b"")) as server:
        assert refused(posted, server, headers={"X": "a\r\nY: b"}) == "bad_header"
        assert all(b"Y: b" not in request for request in server.requests)
