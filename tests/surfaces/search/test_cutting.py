"""Cutting: every word once and in order, bounds that hold, times that are believed only where they can be."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.surfaces.search.cutting import PASSAGE, cohesion, cut

WORDS = (
    "sea",
    "harbour",
    "boat.",
    "bread",
    "flour,",
    "oven!",
    "and",
    "the",
    "so?",
    "東京。",
    "well",
)
TIMES = st.none() | st.integers(-5_000, 4_000_000)
SAID = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join)
ANY = st.lists(
    st.builds(
        Segment, text=SAID, start_ms=TIMES, end_ms=TIMES, speaker=st.sampled_from([None, "A", "B"])
    ),
    max_size=60,
)


@st.composite
def orderly(draw):
    """Segments in order, apart, with silence of at most a second between."""
    found, at = [], draw(st.integers(0, 5_000))
    for text in draw(st.lists(SAID, min_size=1, max_size=80)):
        lasts = draw(st.integers(200, 12_000))
        found.append(Segment(text=text, start_ms=at, end_ms=at + lasts))
        at += lasts + draw(st.integers(0, 1_000))
    return found


def spoken(sentences, ms=5_000, speaker=None):
    return [
        Segment(text=text, start_ms=row * ms, end_ms=(row + 1) * ms, speaker=speaker)
        for row, text in enumerate(sentences)
    ]


@given(ANY)
def test_every_word_stands_in_one_passage_in_order(segments):
    passages = cut(segments)
    words = [word for passage in passages for word in passage.text.split()]
    assert "".join(words) == "".join("".join(s.text.split()) for s in segments)


@given(ANY)
def test_any_times_give_times_that_rise_and_never_raise(segments):
    passages = cut(segments)
    if not any(s.start_ms is not None and s.start_ms >= 0 for s in segments):
        assert all(p.start_ms is None and p.end_ms is None for p in passages)
        return
    starts = [p.start_ms for p in passages]
    assert starts == sorted(starts)
    assert min(starts, default=0) >= 0
    for passage in passages:
        assert 0 <= passage.end_ms - passage.start_ms <= PASSAGE.longest_ms
        marks = [mark.start_ms for mark in passage.marks]
        assert marks == sorted(marks)
        assert [mark.at for mark in passage.marks] == sorted({mark.at for mark in passage.marks})
        asked = [passage.ms_at(at) for at in range(0, len(passage.text) + 5, 7)]
        assert asked == sorted(asked)


@given(orderly())
def test_passages_last_between_20_and_120_seconds(segments):
    passages = cut(segments)
    lasts = [p.end_ms - p.start_ms for p in passages]
    assert max(lasts) <= PASSAGE.longest_ms
    whole_ms = segments[-1].end_ms - segments[0].start_ms
    if whole_ms >= 2 * PASSAGE.longest_ms:
        assert min(lasts) >= PASSAGE.shortest_ms


@given(orderly())
def test_a_stated_time_is_kept_to_the_millisecond(segments):
    stated = {s.start_ms for s in segments}
    for passage in cut(segments):
        assert passage.is_stated == (passage.start_ms in stated) or passage.start_ms in stated


def test_a_topic_that_turns_parts_passages():
    sea = ["The harbour and the boat and the sea." for _ in range(12)]
    bread = ["An oven bakes bread of flour and salt." for _ in range(12)]
    begins = [passage.start_ms for passage in cut(spoken(sea + bread))]
    assert 60_000 in begins


def test_a_chapter_parts_passages_even_within_a_topic():
    segments = spoken(["The harbour and the boat and the sea."] * 24)
    plain = {passage.start_ms for passage in cut(segments)}
    wanted = next(at for at in range(25_000, 95_000, 5_000) if at not in plain)
    chapters = [Chapter(title="Here", start_ms=wanted + 900)]
    assert wanted in {passage.start_ms for passage in cut(segments, chapters)}


def test_silence_parts_passages():
    before = spoken(["The sea is wide."] * 6)
    after = [
        Segment(text="The sea is wide.", start_ms=s.start_ms + 200_000, end_ms=s.end_ms + 200_000)
        for s in before
    ]
    passages = cut([*before, *after])
    assert [p.start_ms for p in passages] == [0, 200_000]
    assert passages[0].end_ms == 30_000


def test_times_between_stated_ones_are_shared_out_and_say_so():
    said = "We went out to sea. " * 30
    passages = cut([
        Segment(text=said, start_ms=0, speaker="A"),
        Segment(text=said, speaker="B"),
        Segment(text=said, start_ms=240_000, speaker="A"),
        Segment(text=said),
    ])  # fmt: skip
    stated = [p.start_ms for p in passages if p.is_stated]
    assert stated[:1] == [0]
    assert any(not p.is_stated for p in passages)
    near = min(passages, key=lambda p: abs(p.start_ms - 120_000))
    assert abs(near.start_ms - 120_000) < 30_000
    assert passages[-1].end_ms == pytest.approx(480_000, rel=0.01)


def test_a_transcript_without_times_is_cut_and_has_none():
    passages = cut([Segment(text="We went out to sea. " * 20) for _ in range(10)])
    assert len(passages) > 2
    assert all(p.start_ms is None and p.ms_at(3) is None and not p.is_stated for p in passages)


def test_one_wrong_time_does_not_move_the_others():
    segments = spoken(["The sea is wide and deep."] * 30)
    segments[10] = Segment(text="The sea is wide and deep.", start_ms=9_999_999)
    assert {p.start_ms for p in cut(segments)} <= {row * 5_000 for row in range(30)}


def test_who_says_most_of_a_passage_is_its_speaker():
    segments = [
        Segment(text="Yes.", start_ms=0, end_ms=1_000, speaker="A"),
        Segment(text="The sea is wide and very deep.", start_ms=1_000, end_ms=9_000, speaker="B"),
    ]
    (passage,) = cut(segments)
    assert passage.speaker == "B"
    assert [mark.speaker for mark in passage.marks] == ["A", "B"]
    assert passage.ms_at(passage.text.index("The")) == 1_000


def test_a_cue_that_stays_for_minutes_ends_when_it_was_said_long_since():
    (passage,) = cut([Segment(text="Music.", start_ms=0, end_ms=600_000)])
    assert passage.end_ms <= 30_000


def test_cohesion_is_the_cosine_of_weighted_blocks():
    units = [["sea", "boat"], ["sea", "net"], ["bread"], ["bread", "oven"]]
    found = cohesion(units, block=2)
    rarity = {"sea": np.log(2), "boat": np.log(4), "net": np.log(4), "bread": np.log(2)}
    rarity["oven"] = np.log(4)

    def vector(rows):
        names = sorted(rarity)
        return np.array([sum(name in units[r] for r in rows) * rarity[name] for name in names])

    def cosine(a, b):
        return a @ b / np.sqrt((a @ a) * (b @ b))

    expected = [
        cosine(vector([0]), vector([1, 2])),
        cosine(vector([0, 1]), vector([2, 3])),
        cosine(vector([1, 2]), vector([3])),
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_nothing_said_is_no_passage():
    assert cut([]) == []
    assert cut([Segment(text="  ", start_ms=3)]) == []


@given(orderly())
def test_the_same_transcript_is_cut_the_same(segments):
    assert cut(segments) == cut(segments)
    assert all(a.end_ms <= b.start_ms + 1 for a, b in pairwise(cut(segments)))
