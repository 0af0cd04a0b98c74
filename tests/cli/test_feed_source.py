"""``ritornello import feed``: from a file, a folder or an allowed address."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ritornello.catalog import transcripts
from ritornello.cli.wiring import find_home, reading

VTT = b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Host>Hello.\n"
CHAPTERS = b'{"version": "1.2.0", "chapters": [{"startTime": 0, "title": "Intro"}]}'


def feed(*names, at="https://cdn.example.org"):
    listed = "".join(
        f'<item><guid>{name}</guid><title>Episode {name}</title><enclosure url="{at}/{name}.mp3"/>'
        f'<podcast:transcript url="{at}/{name}.vtt" type="text/vtt"/>'
        f'<podcast:chapters url="{at}/{name}.json"/></item>'
        for name in names
    )
    return f"<rss><channel><title>Show 07</title>{listed}</channel></rss>".encode()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "podcast"
    folder.mkdir()
    (folder / "feed.xml").write_bytes(feed("a", "b"))
    (folder / "a.vtt").write_bytes(VTT)
    (folder / "a.json").write_bytes(CHAPTERS)
    return folder


def stored(home):
    """How many episodes, segments and chapters a home has."""
    with reading(find_home(home)) as conn:
        tables = ("items WHERE kind = 'episode'", "transcripts", "chapters")
        return tuple(conn.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables)


def test_a_folder_brings_episodes_with_what_is_said_in_them(cli, home, folder):
    said = cli("import", "feed", folder, "--json", home=home)
    assert said.json["n_kept"] == 3
    assert said.json["faults_by_rule"] == {"missing_file": 1}
    assert stored(home) == (2, 1, 1)
    with reading(find_home(home)) as conn:
        (episode_id,) = transcripts.transcribed(conn)
        assert transcripts.of(conn, episode_id)[0].speaker == "Host"


def test_the_same_folder_is_nothing_new_until_something_in_it_is(cli, home, folder):
    cli("import", "feed", folder, home=home)
    assert cli("import", "feed", folder, "--json", home=home).json["before_at"] is not None
    (folder / "b.vtt").write_bytes(VTT)
    (folder / "a.vtt").write_bytes(
        VTT.replace(b"Hello.", b"Hello again.") + b"\n00:02.000 --> 00:03.000\nBye.\n"
    )
    assert cli("import", "feed", folder, "--json", home=home).json["n_kept"] == 3
    assert stored(home) == (2, 3, 1)
    assert cli("import", "feed", folder, "--again", "--json", home=home).json["n_kept"] == 3
    assert stored(home) == (2, 3, 1)


def test_a_file_alone_brings_no_transcripts(cli, home, folder):
    said = cli("import", "feed", folder / "feed.xml", "--json", home=home)
    assert (said.json["n_kept"], said.json["faults_by_rule"]) == (3, {})
    assert stored(home) == (2, 0, 0)


def test_what_is_no_feed_is_told(cli, home, tmp_path):
    (tmp_path / "page.xml").write_text("<!DOCTYPE html><html></html>")
    said = cli("import", "feed", tmp_path / "page.xml", "--json", home=home)
    assert (said.json["n_kept"], said.json["faults_by_rule"]) == (0, {"is_html": 1})
    assert cli("import", "feed", tmp_path / "none.xml", home=home).code == 1
    (tmp_path / "empty").mkdir()
    assert cli("import", "feed", tmp_path / "empty", home=home).code == 1


@contextmanager
def serving(pages):
    """Serve pages on loopback; yield the address, the port and what was asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_nothing_is_fetched_unless_its_host_is_named(cli, home):
    with serving({"/feed.xml": feed("a")}) as (port, asked):
        for address in (f"http://127.0.0.1:{port}/feed.xml", f"http://localhost:{port}/feed.xml",
                        "https://169.254.169.254/", "ftp://example.org/", "file:///etc/passwd"):  # fmt: skip
            said = cli("import", "feed", address, home=home)
            assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
            assert "not fetched" in said.err
        assert asked == []
    assert stored(home) == (0, 0, 0)


def test_an_allowed_address_brings_everything_and_asks_once(cli, home, monkeypatch):
    pages = {}
    with serving(pages) as (port, asked):
        at = f"http://127.0.0.1:{port}"
        pages |= {"/feed.xml": feed("a", "b", at=at), "/a.vtt": VTT, "/a.json": CHAPTERS}
        monkeypatch.setenv("RITORNELLO_FEED_HOSTS", at)
        said = cli("import", "feed", f"{at}/feed.xml", "--json", home=home)
        assert said.json["faults_by_rule"] == {"http_status": 2}
        assert stored(home) == (2, 1, 1)
        pages |= {"/feed.xml": feed("a", "b", "c", at=at), "/b.vtt": VTT}
        asked.clear()
        cli("import", "feed", f"{at}/feed.xml", "--json", home=home)
        assert stored(home) == (3, 2, 1)
        assert "/a.vtt" not in asked
        cli("import", "feed", f"{at}/feed.xml", "--again", "--json", home=home)
        assert "/a.vtt" in asked
        assert stored(home) == (3, 2, 1)


def test_a_host_that_fails_and_fails_is_given_up(cli, home, monkeypatch):
    pages = {}
    with serving(pages) as (port, asked):
        at = f"http://127.0.0.1:{port}"
        pages["/feed.xml"] = feed(*(str(n) for n in range(30)), at=at)
        monkeypatch.setenv("RITORNELLO_FEED_HOSTS", at)
        said = cli("import", "feed", f"{at}/feed.xml", "--json", home=home)
        assert said.json["n_kept"] == 31
        assert said.json["faults_by_rule"]["given_up"] == 55
        assert len(asked) == 1 + 5


@pytest.mark.parametrize(
    ("name", "value"), [("FEED_HOSTS", "https://example.org"), ("FEED_LIMIT_BYTES", "lots")]
)
def test_a_setting_nobody_can_mean_is_told(cli, home, monkeypatch, name, value):
    monkeypatch.setenv(f"RITORNELLO_{name}", value)
    said = cli("import", "feed", "https://example.org/feed", home=home)
    assert said.code == 1
    assert name.lower() in said.err
