"""Text is read as what it is, whatever it says it is."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.charsets import BLOCK_BYTES, text_of, texts

SENTENCE = "Größe, naïve, 25 €"
RUSSIAN = "Подкаст о музыке"


def declared(charset, text):
    return f'<?xml version="1.0" encoding="{charset}"?>{text}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SENTENCE.encode(), SENTENCE),
        (SENTENCE.encode("utf-8-sig"), SENTENCE),
        (SENTENCE.encode("utf-16"), SENTENCE),
        (SENTENCE.encode("cp1252"), SENTENCE),
        (b" \r\n\x00" + SENTENCE.encode(), SENTENCE),
        (SENTENCE.encode() + b" \xe9", SENTENCE + " é"),
        (declared("windows-1251", RUSSIAN).encode("cp1251"), declared("windows-1251", RUSSIAN)),
        (declared("koi8-r", RUSSIAN).encode("koi8-r"), declared("koi8-r", RUSSIAN)),
        (declared("Shift_JIS", "音楽").encode("shift_jis"), declared("Shift_JIS", "音楽")),
        (declared("ISO-8859-1", RUSSIAN).encode(), declared("ISO-8859-1", RUSSIAN)),
        (declared("UTF-16", SENTENCE).encode(), declared("UTF-16", SENTENCE)),
        (declared("no-such", "é").encode(), declared("no-such", "é")),
        (declared("utf-8", "é").encode("cp1252"), declared("utf-8", "é")),
        (declared("unicode_escape", r"\x41").encode(), declared("unicode_escape", r"\x41")),
        (declared("idna", "é").encode("cp1252"), declared("idna", "é")),
        (declared("zlib", "x").encode(), declared("zlib", "x")),
        (b"", ""),
    ],
)
def test_text_is_what_its_bytes_are(body, expected):
    assert text_of(body) == expected


@given(
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff\ufeff\0"))
)
def test_utf8_is_utf8(text):
    assert text_of(text.encode()).rstrip() == text.lstrip(" \t\r\n").rstrip()


@given(st.binary(max_size=300))
def test_any_bytes_are_some_text_of_utf8(body):
    assert text_of(body).encode() is not None


def test_a_sign_that_spans_two_blocks_stays_whole():
    body = b"x" * (BLOCK_BYTES - 1) + "é".encode() + b"\xe9"
    parts = list(texts(BytesIO(body), max_bytes=len(body)))
    assert "".join(part.text for part in parts).endswith("xéé")
    assert sum(part.n_stray for part in parts) == 1


def test_what_lies_beyond_the_bound_is_not_read():
    parts = list(texts(BytesIO(b"x" * 1000), max_bytes=10))
    assert "".join(part.text for part in parts) == "x" * 10
