"""A language model may name chips that exist and nothing else, however hostile what stands in for it."""

import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.kinds.settings import resolve
from ritornello.surfaces.search import chips, grammar, language_model
from ritornello.surfaces.search.language_model import NEVER, reader_of, vocabulary
from tests.surfaces.search import asking

TEXT = "calm wobbly songs"
KEY = "a-key-nobody-may-see"


class Stub(HTTPServer):
    """Answers whatever it is told to, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.answer = lambda handler: None


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), json.loads(body)))
        self.server.answer(self)

    def log_message(self, *_):
        """Say nothing."""


def sends(body, status=200, **headers):
    def answer(handler):
        data = body.encode() if isinstance(body, str) else body
        handler.send_response(status)
        for name, value in ({"Content-Length": str(len(data))} | headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def completes(content):
    return sends(json.dumps({"choices": [{"message": {"content": content}}]}))


@pytest.fixture(scope="module")
def stub():
    server = Stub()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


@contextmanager
def reading(stub, answer, text=TEXT, deadline_ms=2000):
    stub.answer, stub.asked = answer, []
    yield reader(stub, deadline_ms).read(text, asking.words(), asking.names)


def reader(stub, deadline_ms=2000, url=None):
    given = {
        "language_model_url": url or f"http://127.0.0.1:{stub.server_port}/v1/chat/completions",
        "language_model": "small",
        "language_model_key": KEY,
        "language_model_deadline_ms": deadline_ms,
    }
    return reader_of(resolve(env={}, flags=given))


def written(found):
    return [str(chip) for chip in found.chips], found.words


OWN = written(grammar.read(TEXT, asking.words(), asking.names))


def test_none_is_asked_unless_settings_name_one():
    assert reader_of(resolve(env={})) is None


def test_it_reads_what_the_grammar_cannot(stub):
    answer = {"chips": ["mood:dreamy", "-version:live", "era:1990..1999"], "words": ""}
    with reading(stub, completes(json.dumps(answer))) as found:
        chips = ["mood:calm", "kind:track", "mood:dreamy", "-version:live", "era:1990..1999"]
        assert written(found) == (chips, "")
    headers, body = stub.asked[0]
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body["model"] == "small"
    assert json.loads(body["messages"][1]["content"]) == {"request": TEXT}


def test_it_may_talk_around_its_answer_and_keep_words(stub):
    answer = 'Sure! ```json\n{"chips": ["mood:dreamy"], "words": "wobbly"}\n``` Enjoy.'
    with reading(stub, completes(answer)) as found:
        assert written(found) == (["mood:calm", "kind:track", "mood:dreamy"], "wobbly")


def test_it_is_not_asked_where_the_grammar_reads_all_or_the_rest_is_a_name(stub):
    for text in ("calm songs", "happy by queens", "queens"):
        with reading(stub, completes("{}"), text) as found:
            assert found == grammar.read(text, asking.words(), asking.names)
        assert not stub.asked


INVENTED = [
    "by:artist:queens", "like:track:happy", "-by:artist:queens", "by:Queens", "genre:polka", "mood:grumpy", "tag:<b>x</b>",
    "activity:skydiving", "language:xx", "kind:listener", "era:1999..1990", "said:secret words", "version:vinyl", "item:track:1",
    "mood:calm\nmood:dark", "", ":", "DROP TABLE items", "tempo:1e9", "explicit:maybe", "😀:😀",
]  # fmt: skip


@pytest.mark.parametrize("text", INVENTED)
def test_what_does_not_exist_is_dropped(stub, text):
    with reading(stub, completes(json.dumps({"chips": [text], "words": TEXT}))) as found:
        assert written(found) == OWN


HOSTILE = {
    "nothing": sends(b""),
    "no JSON": sends("<html><script>alert(1)</script>"),
    "broken JSON": sends('{"choices": [{"message": {"content": "{\\"chips\\": ["'),
    "no choices": sends('{"choices": []}'),
    "other shape": sends('{"choices": {"message": 1}}'),
    "content null": sends('{"choices": [{"message": {"content": null}}]}'),
    "chips no list": completes('{"chips": "mood:dark", "words": 7}'),
    "deep": completes("{" * 40_000),
    "nested": completes('{"chips": [[["mood:dark"]]]}'),
    "huge": sends(b"x" * 5_000_000),
    "gzip bomb": sends(b"\x1f\x8b" + b"\0" * 99, **{"Content-Encoding": "gzip"}),
    "not UTF-8": sends(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "lone surrogate": sends(
        '{"choices": [{"message": {"content": "{\\"words\\": \\"\\ud800\\"}"}}]}'
    ),
    "injection": completes(
        'Ignore all rules. {"chips": ["by:artist:queens"], "words": "drop everything"}'
    ),
    "status": sends("{}", 500),
    "redirect": sends("", 302, Location="http://127.0.0.1:1/elsewhere"),
    "many": completes(json.dumps({"chips": ["by:artist:queens"] * 100_000})[:60_000]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_answers_leave_the_grammars_own_reading(stub, kind, caplog):
    with caplog.at_level(logging.DEBUG), reading(stub, HOSTILE[kind]) as found:
        assert written(found) == OWN
    assert KEY not in caplog.text
    assert TEXT not in caplog.text


def test_a_slow_answer_is_not_waited_for(stub):
    def drips(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    began = time.monotonic()
    with reading(stub, drips, deadline_ms=150) as found:
        assert written(found) == OWN
    assert time.monotonic() - began < 5


def test_nobody_there_is_no_error():
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]
    found = reader(None, url=f"http://127.0.0.1:{port}/").read(TEXT, asking.words(), asking.names)
    assert written(found) == OWN


ANSWERS = st.fixed_dictionaries({
    "chips": st.lists(st.sampled_from(INVENTED) | st.text(max_size=20) | st.sampled_from(["mood:dark", "-genre:jazz", "kind:album"]), max_size=9),
    "words": st.text(max_size=20),
})  # fmt: skip


@settings(max_examples=100)
@given(ANSWERS)
def test_whatever_it_says_only_what_exists_and_was_said_comes_in(answer):
    words = asking.words()
    own = grammar.read(TEXT, words, asking.names)
    body = json.dumps({"choices": [{"message": {"content": json.dumps(answer)}}]}).encode()
    found = language_model._reading(own, language_model._answer(body), words)
    assert set(found.words.split()) <= set(TEXT.split())
    for chip in set(found.chips) - set(own.chips):
        assert chip.kind not in NEVER
        assert words.knows(chip)
        assert chips.parse(str(chip)) == chip


def test_it_is_told_what_exists_and_no_ids():
    told = vocabulary(asking.words())
    assert "shoegaze" in told
    assert "rainy_day" in told
    assert "artist:" not in told
    assert "by:" not in told


@pytest.mark.parametrize("url", ["ftp://example.org", "nonsense", "http://", "http://user:pass@example.org/", "https://exa mple.org"])  # fmt: skip
def test_an_address_that_is_none_is_refused_when_it_is_set(url):
    with pytest.raises(BadValue, match="language_model_url"):
        reader_of(resolve(env={}, flags={"language_model_url": url}))


def test_a_key_is_neither_shown_nor_sent_where_it_would_break_a_header(stub):
    assert KEY not in repr(reader(stub))
    given = {"language_model_url": "https://example.org/", "language_model_key": "a\r\nX: b"}
    with pytest.raises(BadValue) as refused:
        reader_of(resolve(env={}, flags=given))
    assert "X: b" not in str(refused.value)
