"""An RSS document passes through in bounded memory, and what is broken in it is lost alone."""

import tracemalloc
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import rss
from ritornello.intake.refusal import Refused
from ritornello.intake.rss import Element, parts

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>S</title>'
TAIL = b"</channel></rss>"


def read(body, **how):
    """The names of the parts, or the rules they broke."""
    return [p.rule if isinstance(p, Refused) else p for _, p in parts(BytesIO(body), **how)]


def items(*texts):
    return b"".join(b"<item><title>" + text + b"</title></item>" for text in texts)


def titles(body):
    return [
        found if isinstance(found, str) else found.say("title")
        for found in read(body)
        if isinstance(found, str) or found.name == "item"
    ]


def test_a_channel_comes_part_by_part():
    (title, item) = read(HEAD + b'<item ID="1">a<b>c</b>d<![CDATA[<e>]]></item>' + TAIL)
    assert title == Element("title", {}, "S")
    assert item == Element("item", {"id": "1"}, "ad<e>", [Element("b", {}, "c")])


@pytest.mark.parametrize(
    ("declared", "used", "expected"),
    [
        ('xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"', "itunes:author", "itunes:author"),
        ('xmlns:ITUNES="http://www.itunes.com/DTDs/Podcast-1.0.dtd/"', "ITUNES:Author", "itunes:author"),
        ('xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd"', "i:author", "itunes:author"),
        ("", "itunes:author", "itunes:author"),
        ('xmlns:itunes="https://example.org/other"', "itunes:author", "?:author"),
        ('xmlns="https://example.org/rss"', "author", "author"),
        ('xmlns:p="https://podcastindex.org/namespace/1.0"', "p:author", "podcast:author"),
        ("", "strange:author", "?:author"),
    ],
)  # fmt: skip
def test_prefixes_are_what_they_stand_for(declared, used, expected):
    body = f"<rss {declared}><channel><{used}/></channel></rss>".encode()
    assert [part.name for part in read(body)] == [expected]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "is_not_xml"),
        (b"not found", "is_not_xml"),
        (b'{"error": 404}', "is_not_xml"),
        (b"<!DOCTYPE html><html><body>hi</body></html>", "is_html"),
        (b"<!doctype HTML><p>hi", "is_html"),
        (b"<html><body><br></html>", "is_html"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title/></feed>', "is_atom"),
        (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "is_rss_1"),
        (b"<opml/>", "is_not_rss"),
        (b"\x1f\x8b\x08" + b"\x00" * 50, "is_not_xml"),
    ],
)
def test_what_is_no_rss_is_named(body, rule):
    assert read(body) == [rule]


LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(9))
DOCTYPES = (
    b'<!DOCTYPE rss [<!ENTITY a0 "ha">' + LAUGHS + b"]>",
    b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE rss [<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;]>',
    b'<!DOCTYPE rss SYSTEM "http://127.0.0.1/rss.dtd">',
    b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/x.dtd">',
    b"<!DOCTYPE rss [" + b"<!-- x -->" * 1000 + b"]>",
)


@pytest.mark.parametrize("doctype", DOCTYPES, ids=range(len(DOCTYPES)))
def test_a_document_type_is_refused_before_it_declares_anything(doctype):
    body = b"<rss><channel><item><title>&a;&a9;</title></item></channel></rss>"
    assert read(doctype + body) == ["document_type"]
    assert read(b'<?xml version="1.0"?>' + doctype + body) == ["document_type"]


@pytest.mark.parametrize(
    "broken",
    [b"AT&T", b"<b>", b"&nbsp;", b"&#0;", b"&#xD800;", b"<", b"<b a=1/>", b"</item>", b'<b a="1" a="2"/>',
     b"<!DOCTYPE x>", b"<?xml version='1.0'?>", b"]]>"],
)  # fmt: skip
def test_a_broken_item_is_lost_alone(broken):
    body = HEAD + items(b"1", b"x" + broken, b"2", b"3") + TAIL
    assert titles(body) == ["1", "malformed_xml", "2", "3"]


@given(st.integers(0, 2), st.integers(0, 70_000))
def test_a_broken_item_is_lost_alone_wherever_blocks_end(place, n_blanks):
    good = [b"1", b"2", b"3"]
    body = items(*good[:place], b"AT&T") + b" " * n_blanks + items(*good[place:])
    expected = ["1", "2", "3"]
    expected.insert(place, "malformed_xml")
    assert titles(HEAD + body + TAIL) == expected


@given(st.data())
def test_a_document_cut_anywhere_keeps_what_was_whole(data):
    body = HEAD + items(b"1", "é".encode(), b"3") + TAIL
    cut = data.draw(st.integers(len(HEAD), len(body) - 1))
    kept = titles(body[:cut])
    n_whole = body[:cut].count(b"</item>")
    assert [t for t in kept if len(t) == 1] == ["1", "é", "3"][:n_whole]
    assert "torn" in kept


def test_stray_bytes_and_controls_are_mended():
    kept = titles(HEAD + items(b"caf\xe9 \xc3\xa9\x0b\x00") + TAIL)
    assert kept == ["café é", "wrong_encoding"]


@pytest.mark.parametrize("blank", [b"\n", b" \t\r\n", b"\xef\xbb\xbf\n", b"\x00"])
def test_blanks_before_the_declaration_do_no_harm(blank):
    assert titles(blank + HEAD + items(b"1") + TAIL) == ["1"]


class Endless:
    """A file of one pattern between a head and a tail, never held in memory."""

    def __init__(self, head, pattern, n_bytes, tail=b""):
        self.head, self.block, self.n_bytes, self.tail = (
            head,
            pattern * (65536 // len(pattern)),
            n_bytes,
            tail,
        )
        self.at = 0

    def seek(self, offset, whence=0):
        self.at = self.n_bytes if whence == 2 else offset
        return self.at

    def tell(self):
        return self.at

    def read(self, n):
        start, self.at = self.at, min(self.at + n, self.n_bytes)
        length = self.at - start
        if start == 0:
            return (self.head + self.block)[:length]
        return (
            self.block[:length]
            if self.at < self.n_bytes
            else (self.block + self.tail)[-length:]
            if length
            else b""
        )


@pytest.mark.parametrize(
    ("head", "pattern", "rules"),
    [
        (HEAD + items(b"1") + b"<item><title>", b"x", {"too_large"}),
        (HEAD + items(b"1") + b"<item><title><![CDATA[", b"x", {"too_large"}),
        (HEAD + items(b"1") + b"<item a='", b"x", {"too_large"}),
        (HEAD + items(b"1") + b"<item><!--", b"x", {"too_large"}),
        (HEAD + items(b"1") + b"<item><?a ", b"x", {"too_large"}),
        (HEAD + items(b"1") + b"<item>", b"<a>", {"too_deep"}),
        (HEAD + items(b"1") + b"<item><", b"a", {"too_large"}),
        (HEAD + items(b"1"), b"<item>&</item>", {"malformed_xml"}),
    ],
    ids=["text", "cdata", "attribute", "comment", "instruction", "nesting", "name", "breaks"],
)
@pytest.mark.slow
def test_a_gigabyte_of_anything_is_bounded(head, pattern, rules):
    file = Endless(head, pattern, 1 << 30)
    tracemalloc.start()
    try:
        found = [p.rule if isinstance(p, Refused) else p.say("title") for _, p in parts(file)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found[:2] == ["", "1"]
    assert set(found[2:]) == rules
    assert len(found) <= rss.MAX_BREAKS + 4
    assert peak < 20_000_000


def test_an_item_without_end_is_refused_and_its_neighbours_stay():
    many = b"<item>" + b"<a/>" * (rss.MAX_ELEMENTS + 1) + b"</item>"
    long = b"<item>" + (b"<a>" + b"x" * 60_000 + b"</a>") * 20 + b"</item>"
    wide = b'<item a="' + b"x" * 200_000 + b'"/>'
    body = HEAD + items(b"1") + many + items(b"2") + long + items(b"3") + wide + items(b"4") + TAIL
    assert titles(body) == ["1", "too_large", "2", "too_large", "3", "", "4"]


def test_a_long_text_is_cut():
    (item,) = read(HEAD + items(b"x" * 100_000) + TAIL)[1:]
    assert len(item.say("title")) == rss.MAX_TEXT


def test_insides_nobody_wants_are_left_out():
    (_, one, two) = read(HEAD + items(b"1", b"2") + TAIL, hollow="item")
    assert one == two == Element("item", {})


@given(st.binary(max_size=200), st.integers(0, 100))
def test_any_bytes_get_an_answer(noise, place):
    body = HEAD + items(b"1", b"2") + TAIL
    place = min(place, len(body))
    for mixed in (noise, body[:place] + noise + body[place:]):
        first, second = read(mixed), read(mixed)
        assert first == second
        assert first
