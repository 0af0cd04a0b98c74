"""Cues become segments that are in order and apart, each with its speaker."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.cues import Cue, label, segments, times
from ritornello.kinds.transcripts import Segment


def cues(*said):
    """Cues of ``(start, end, lines)``, numbered from 1."""
    return [
        Cue(n, tuple(lines), start, end) for n, (start, end, *lines) in enumerate(said, start=1)
    ]


def read(*said, **how):
    kept, faults = segments(cues(*said), source="captions", **how)
    return [(s.start_ms, s.end_ms, s.text) for s in kept], [(f.position, f.rule) for f in faults]


def test_a_cue_ends_where_the_next_begins():
    kept, faults = read((0, 5, "a"), (3, 4, "b"), (3, 9, "c"), (20, None, "d"), (30, None, "e"))
    assert kept == [(0, 3, "a"), (3, 3, "b"), (3, 9, "c"), (20, 30, "d"), (30, None, "e")]
    assert faults == [(1, "overlap")]


def test_order_is_by_beginning():
    kept, faults = read((10, 12, "b"), (0, 2, "a"), (10, 11, "c"))
    assert [text for *_, text in kept] == ["a", "b", "c"]
    assert faults == [(1, "overlap")]


def test_a_cue_that_runs_backwards_is_a_fault():
    assert read((0, 1, "a"), (5, 3, "b"), (6, 7, "c")) == (
        [(0, 1, "a"), (6, 7, "c")], [(2, "runs_backwards")],
    )  # fmt: skip


def test_a_cue_beyond_the_end_is_a_fault():
    said = [(n * 1000, n * 1000 + 500, str(n)) for n in range(4)]
    kept, faults = read(
        *said, (700_000, 700_500, "late"), (9_000_000, 9_000_001, "x"), duration_ms=90_000
    )
    assert len(kept) == 4
    assert faults == [(5, "beyond_end"), (6, "beyond_end")]


def test_a_duration_most_cues_contradict_is_the_fault():
    said = [(n * 100_000, n * 100_000 + 500, str(n)) for n in range(36)]
    kept, faults = read(*said, duration_ms=60)
    assert len(kept) == 36
    assert [rule for _, rule in faults] == ["wrong_duration"]


def test_what_is_said_twice_stays_said_twice():
    """Whisper and people repeat themselves; only the very same cue again is left out."""
    said = [(0, 1, "Yeah."), (1, 2, "Yeah."), (1, 2, "Yeah."), (2, 3, "Yeah.")]
    assert [text for *_, text in read(*said)[0]] == ["Yeah."] * 3


def test_rolling_captions_are_unrolled():
    """As video platforms export them: each cue shows the line before again, and a moment between."""
    said = [
        (0, 1000, "one two"), (1000, 1010, "one two"),
        (1010, 2000, "one two", "three four"), (2000, 2010, "three four"),
        (2010, 3000, "three four", "five"), (3000, 3010, "five"),
        (3010, 4000, "five", "six"),
    ]  # fmt: skip
    kept, faults = read(*said)
    assert [text for *_, text in kept] == ["one two", "three four", "five", "six"]
    assert [start for start, *_ in kept] == [0, 1010, 2010, 3010]
    assert faults == []


def speakers(*lines, **how):
    said = [Cue(n, (line,), n, n + 1) for n, line in enumerate(lines, start=1)]
    return [(s.speaker, s.text) for s in segments(said, source="captions")[0]]


def test_names_before_the_words_are_speakers():
    assert speakers("Host: Hi.", "How are you?", "Guest 7: Fine.", "Host: Good.", "Note: ten.", "Bye.") == [
        ("Host", "Hi."), ("Host", "How are you?"), ("Guest 7", "Fine."), ("Host", "Good."),
        ("Note", "ten."), ("Note", "Bye."),
    ]  # fmt: skip


def test_a_word_and_a_colon_is_no_name_among_many_without():
    assert speakers(*"abcdefg", "Warning: hot.", "He said: go.") == [
        *((None, letter) for letter in "abcdefg"), (None, "Warning: hot."), (None, "He said: go."),
    ]  # fmt: skip


def test_a_name_now_and_then_lasts_for_its_cue():
    said = ["Welcome.", ">> Ada: Hi.", "So.", "And.", "- Ada: Yes.", "Bye."]
    assert [who for who, _ in speakers(*said)] == [None, "Ada", None, None, "Ada", None]


def test_a_named_voice_lasts_until_another():
    said = [
        Cue(1, ("a",)),
        Cue(2, ("b",), speaker="A"),
        Cue(3, ("c",)),
        Cue(4, ("d",), speaker="B"),
    ]
    kept, _ = segments(said, source="captions")
    assert [s.speaker for s in kept] == [None, "A", "A", "B"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada L.: hi", ("Ada L.", "hi")),
        ("Mireille B. Reece, Psy.D: hi", ("Mireille B. Reece, Psy.D", "hi")),
        ("O’Neil-Ünï: hi", ("O’Neil-Ünï", "hi")),
        ("音楽: hi", ("音楽", "hi")),
        ("12:30 is noon", ("", "12:30 is noon")),
        ("https://example.org", ("", "https://example.org")),
        ("The thing is: no", ("", "The thing is: no")),
        ("A B C D E F: no", ("", "A B C D E F: no")),
        ("Ada:", ("Ada", "")),
        ("", ("", "")),
    ],
)
def test_what_a_name_looks_like(text, expected):
    assert label(text) == expected


def test_a_very_long_text_is_parted_between_words():
    kept, _ = segments([Cue(1, ("word " * 5_000,), 0, 25_000)], source="captions")
    assert len(kept) == 3
    assert all(len(s.text) <= 10_000 and s.text.startswith("word") for s in kept)
    assert [kept[0].start_ms, kept[-1].end_ms] == [0, 25_000]
    assert all(a.end_ms == b.start_ms for a, b in pairwise(kept))


@given(
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.lists(st.text(min_size=1, max_size=9), min_size=1),
)
def test_shares_of_a_cue_add_up_to_it(start, lasting, texts):
    shares = times(Cue(1, (), start, start + lasting), texts)
    assert len(shares) == len(texts)
    assert (shares[0][0], shares[-1][1]) == (start, start + lasting)
    assert all(a[1] == b[0] for a, b in pairwise(shares))
    assert all(a <= b for a, b in shares)


SAID = st.tuples(
    st.none() | st.integers(0, 50),
    st.none() | st.integers(0, 50),
    st.text("ab: A\n", max_size=6),
    st.text("ab: A", max_size=6),
)


@given(st.lists(SAID, max_size=30), st.none() | st.integers(0, 10**6))
def test_whatever_comes_in_segments_are_in_order_and_apart(said, duration_ms):
    kept, faults = segments(cues(*said), source="captions", duration_ms=duration_ms)
    assert all(isinstance(s, Segment) and s.text == s.text.strip() != "" for s in kept)
    written = [cue for cue in cues(*said) if any(line.strip() for line in cue.lines)]
    if all(cue.start_ms is not None for cue in written):
        for one, two in pairwise(kept):
            assert one.start_ms <= one.end_ms <= two.start_ms
    assert len(faults) <= len(said) + 2
    assert segments(cues(*said), source="captions", duration_ms=duration_ms) == (kept, faults)
