"""Lines, none longer than a limit."""

from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog.lines import lines


def test_only_a_line_feed_ends_a_line():
    found = list(lines(BytesIO("a\u2028b\x0bc\x85\r\n\r\nd\re".encode())))
    assert [line.text.decode() for line in found] == ["a\u2028b\x0bc\x85", "d\re"]
    assert [line.number for line in found] == [1, 3]
    assert [line.torn for line in found] == [False, True]


def test_a_line_over_the_limit_is_cut_and_said_to_be():
    found = list(lines(BytesIO(b"x" * 25 + b"\nshort\n" + b"y" * 10), limit=10))
    assert [(line.number, len(line.text), line.whole) for line in found] == [
        (1, 10, False),
        (2, 5, True),
        (3, 10, False),
    ]


@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b""))), st.integers(1, 40))
def test_every_line_is_there_with_its_number(texts, limit):
    found = {line.number: line for line in lines(BytesIO(b"\n".join(texts) + b"\n"), limit=limit)}
    for number, text in enumerate(texts, start=1):
        if len(text) + 1 < limit and text.rstrip(b"\r"):
            assert found[number].text == text.rstrip(b"\r")
            assert found[number].whole
    assert all(len(line.text) <= limit for line in found.values())
