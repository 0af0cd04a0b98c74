"""Chapters come in order, apart, with a title each."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import chapters
from ritornello.intake.rss import Element
from ritornello.kinds.transcripts import Chapter


def document(*listed):
    return json.dumps({"version": "1.2.0", "chapters": listed, "author": "Artist 0421"}).encode()


def test_the_example_of_the_specification_reads_as_it_says():
    """After the example of Podcasting 2.0, JSON chapters 1.2."""
    kept, faults = chapters.read(
        document(
            {"startTime": 0, "title": "Intro"},
            {"startTime": 168, "title": "Hearing Aids", "img": "https://example.com/hearing.jpg"},
            {"startTime": 260, "title": "Progress Report", "toc": True},
            {
                "startTime": 410,
                "endTime": 420,
                "img": "https://example.com/bored.jpg",
                "toc": False,
            },
            {"startTime": 420, "title": "Namespace", "url": "https://example.com/notes"},
        )
    )
    assert faults == []
    assert kept == [
        Chapter(title="Intro", start_ms=0),
        Chapter(title="Hearing Aids", start_ms=168_000),
        Chapter(title="Progress Report", start_ms=260_000),
        Chapter(title="Namespace", start_ms=420_000, url="https://example.com/notes"),
    ]


def test_order_is_by_beginning_and_none_lasts_into_the_next():
    kept, _ = chapters.read(
        document(
            {"startTime": 10, "endTime": 99, "title": "B"},
            {"startTime": 0.5, "endTime": 20, "title": "A"},
            {"startTime": 30, "endTime": 3, "title": "C"},
        )
    )
    assert [(c.title, c.start_ms, c.end_ms) for c in kept] == [
        ("A", 500, 10_000), ("B", 10_000, 30_000), ("C", 30_000, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//x", "x" * 3000]
)
def test_a_link_is_of_the_web_or_none(url):
    kept, _ = chapters.read(document({"startTime": 0, "title": "A", "url": url}))
    assert kept == [Chapter(title="A", start_ms=0)]


def test_titles_are_words():
    kept, _ = chapters.read(
        document({"startTime": 0, "title": "<b>One</b><br>&amp; two " + "x" * 2000})
    )
    assert kept[0].title.startswith("One & two x")
    assert len(kept[0].title) <= 1000


def test_podloves_elements_are_read():
    """After the example of Podlove Simple Chapters 1.2."""
    parts = [
        Element("psc:chapter", {"start": "00:00:00.000", "title": "Welcome"}),
        Element(
            "psc:chapter", {"start": "3:07", "title": "Introducing", "href": "http://podlove.org/"}
        ),
        Element("psc:chapter", {"start": "soon", "title": "Never"}),
        Element("psc:chapter", {"start": "1:08:26.250", "title": "End"}),
    ]
    kept, faults = chapters.of_elements(parts)
    assert [(c.start_ms, c.title, c.url) for c in kept] == [
        (0, "Welcome", None), (187_000, "Introducing", "http://podlove.org/"), (4_106_250, "End", None),
    ]  # fmt: skip
    assert [(f.position, f.rule) for f in faults] == [(3, "not_a_time")]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [("0", 0), ("3600", 3_600_000), ("59:59", 3_599_000), ("90:00", 5_400_000), ("1:02:03", 3_723_000),
     ("01:02:03.4567", 3_723_456), (" 7.5 ", 7_500), ("", None), ("1:60", None), ("-1", None),
     ("1:2:3:4", None), ("١:٠٠", 60_000), ("1e3", None), ("1h", None), ("9" * 20, None)],
)  # fmt: skip
def test_clocks_are_read_in_every_usual_form(clock, expected):
    assert chapters.milliseconds(clock) == expected


def test_there_is_an_end_to_chapters():
    kept, faults = chapters.read(document(*({"startTime": n, "title": "T"} for n in range(10_001))))
    assert len(kept) == 10_000
    assert [fault.rule for fault in faults] == ["too_many"]
    assert [f.rule for f in chapters.read(b" " * (5 << 20))[1]] == ["too_large"]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.none() | st.floats(0, 1e6)), max_size=20))
def test_what_is_kept_is_in_order_and_apart(times):
    listed = [
        {"startTime": s, "title": "T"} | ({} if e is None else {"endTime": e}) for s, e in times
    ]
    kept, faults = chapters.read(document(*listed))
    assert len(kept) == len(listed)
    assert not faults
    for chapter, after in pairwise(kept):
        assert chapter.start_ms <= after.start_ms
        assert chapter.end_ms is None or chapter.start_ms <= chapter.end_ms <= after.start_ms
