"""Focusing: the sentence that is meant, at its second; and an answer to anything at all."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.transcripts import Chapter
from ritornello.surfaces.search import passage_index
from ritornello.surfaces.search.focusing import LEAD_IN_MS, MOST_AN_EPISODE, find
from ritornello.surfaces.search.passage_index import Passages, Spoken
from tests.surfaces.search.talking import BREAD, LAW, PLUM, PLUM_MS, SEA, SPOKEN, talk


@pytest.fixture(scope="module")
def passages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("passages")
    passage_index.build(folder, SPOKEN, SPOKEN, np.random.default_rng(1))
    return Passages(folder)


@pytest.mark.parametrize(
    "asked",
    [
        PLUM,
        "grandmother hid a silver spoon",
        '"beneath the crooked plum tree"',
        "crooked spoon plum grandmother",
        "grandmohter silver spon beneath the croooked plum",
        "the one where GRANDMOTHER hid, like, a silver-spoon?",
        '"a spoon nobody hid so" plum tree grandmother silver',
    ],
)
def test_a_sentence_is_entered_where_it_begins(passages, asked):
    best = find(passages, asked, 5)[0]
    assert best.episode_id == "episode:sea"
    assert best.start_ms == PLUM_MS - LEAD_IN_MS
    assert best.words.startswith(PLUM)
    assert best.chapter == "Plums"


def test_what_was_asked_for_is_marked_in_the_words(passages):
    best = find(passages, "silver spoon", 1)[0]
    assert [best.words[begin:end] for begin, end in best.marked] == ["silver", "spoon"]


def test_an_answer_lasts_as_long_as_it_goes_on(tmp_path):
    crust = "The oven bakes flour and salt, and a crust forms on the bread."
    segments = talk((crust, 6), (BREAD, 6), (LAW, 12))
    chapters = [Chapter(title="Part", start_ms=at) for at in (0, 30_000, 60_000)]
    spoken = [*SPOKEN, Spoken(episode_id="episode:two", segments=segments, chapters=chapters)]
    passage_index.build(tmp_path, spoken, spoken, np.random.default_rng(1))
    best = find(Passages(tmp_path), "salt bread flour", 1, "episode:two")[0]
    assert (best.episode_id, best.start_ms, best.end_ms) == ("episode:two", 0, 59_800)


def test_answers_of_an_episode_do_not_overlap(passages):
    found = find(passages, SEA, 20)
    for episode_id in {one.episode_id for one in found}:
        spans = [(o.start_ms, o.end_ms) for o in found if o.episode_id == episode_id]
        assert len(spans) <= MOST_AN_EPISODE
        timed = sorted(span for span in spans if None not in span)
        assert all(a[1] <= b[0] + LEAD_IN_MS for a, b in pairwise(timed))


def test_who_keeps_speaking_of_it_stands_before_who_mentions_it(passages):
    ids = [one.episode_id for one in find(passages, "harbour boat", 10)]
    assert list(dict.fromkeys(ids)) == ["episode:sea", "episode:stars"]


def test_a_title_lifts_an_episode_whose_words_are_found(passages):
    assert find(passages, "verdict of the judge", 3)[0].episode_id == "episode:law"
    assert find(passages, "old light of nebulae", 3)[0].episode_id == "episode:stars"


def test_one_episode_alone(passages):
    found = find(passages, "welcome everyone the boat", 10, "episode:stars")
    assert {one.episode_id for one in found} == {"episode:stars"}
    assert find(passages, "knead the flour", 10, "episode:stars") != []
    assert find(passages, "boat", 10, "episode:unknown") == []


def test_a_transcript_without_times_is_found_without_a_second(passages):
    best = find(passages, "oaks and birches", 1)[0]
    assert (best.episode_id, best.start_ms, best.end_ms) == ("episode:trees", None, None)
    assert not best.is_stated
    assert "oaks" in best.words


def test_scores_fall_and_no_more_than_asked_for(passages):
    found = find(passages, "welcome back everyone", 3)
    assert len(found) == 3
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert find(passages, "welcome", 0) == []


@pytest.mark.parametrize(
    "asked",
    [
        "", "   ", "🎧🎶🔥", '"', '""" AND (', 'said:boat^9 OR *:* +"', "(a+)+$" * 50, "a" * 10_000, "\x00\ud800",
        "boat " * 2_000, "مرحبا بالعالم boat", "ボート", "*", "[0 TO 9]", "'; DROP TABLE transcripts; --", '"boat',
    ],
)  # fmt: skip
def test_anything_at_all_is_answered(passages, asked):
    found = find(passages, asked, 10)
    assert len(found) <= 10
    assert ("boat" in asked) <= bool(found)


@given(st.text(max_size=500))
def test_any_text_is_answered_within_bounds(passages, asked):
    for one in find(passages, asked, 4):
        assert 0 <= one.start_ms <= one.end_ms if one.start_ms is not None else True
        assert all(0 <= a < b <= len(one.words) for a, b in one.marked)


def test_nothing_said_is_no_answer(tmp_path):
    passage_index.build(tmp_path, (), (), np.random.default_rng(1))
    assert find(Passages(tmp_path), "boat", 5) == []


def test_the_same_question_has_the_same_answer(passages):
    assert find(passages, "the old boat", 10) == find(passages, "the old boat", 10)
