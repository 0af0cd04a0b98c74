"""What remains of hostile HTML is its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.plain_text import plain, squeezed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("one  two\t three", "one two three"),
        ("<p>One &amp; <b>two</b></p><p>three</p>", "One & two\nthree"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("a<script>alert(1)</script>b", "ab"),
        ("a<SCRIPT src=x>alert(1)</script >b", "ab"),
        ("a<script>never ends", "a"),
        ("a<!-- <b>no</b> -->b<!-- never ends", "ab"),
        ("<style>p{}</style><a href='javascript:x'>link</a>", "link"),
        ("<img src=x onerror=alert(1)>", ""),
        ("1 < 2 and 3 > 2, I <3 you", "1 < 2 and 3 > 2, I <3 you"),
        ("&lt;b&gt;", "<b>"),
        ("&amp;lt;", "&lt;"),
        ("a\u202eb\u200bc\x07d\x1b[31m", "abcd[31m"),
        ("&#x202e;&#0;x", "\ufffdx"),
        ("<li>a</li><li>b</li>", "a\nb"),
        ("\n\n a \n \n b \n", "a\nb"),
    ],
)
def test_the_words_alone_remain(text, expected):
    assert plain(text, 100) == expected


def test_a_text_is_cut():
    assert plain("word " * 100, 10) == "word word"


@given(st.text(max_size=300))
def test_text_is_squeezed_once_and_for_all(text):
    once = squeezed(text)
    assert squeezed(once) == once
    assert not any(line != line.strip() or not line for line in once.split("\n") if once)
    once.encode()


@pytest.mark.parametrize(
    "bait", ["<", "<!--", "<script>", "<a ", "</", "&#", "&lt;", "\n ", " \t", "<p>"]
)
def test_no_bait_is_too_long(bait):
    """A search that went back for each of these would not end today."""
    assert len(plain(bait * 200_000, 100_000)) <= 100_000
