"""The minute is found: the benchmark's own questions, few of them, of made talk and of real transcripts."""

import numpy as np
import pytest

import search_passages
from ritornello.kinds.transcripts import Segment
from ritornello.surfaces.search.focusing import WEIGHTS
from ritornello.surfaces.search.passage_index import Spoken
from ritornello.worlds.talks import talks
from search_passages import (
    Heard,
    Ours,
    chaptered,
    entered,
    half_remembered,
    indexed,
    quality,
    quoted,
)

CUES = [
    Segment(text="One two three four five", start_ms=0, end_ms=5_000),
    Segment(text="six seven eight nine. And then", start_ms=5_000, end_ms=8_000),
    Segment(text="it ended.", start_ms=8_000, end_ms=9_000),
]


def test_sentences_begin_where_their_first_word_is_said():
    found = list(search_passages.sentences(CUES))
    assert [text for text, _ in found] == [
        "One two three four five six seven eight nine.",
        "And then it ended.",
    ]
    assert found[0][1] == 0
    assert 7_000 < found[1][1] < 7_600


def test_every_place_of_a_sentence_is_known():
    twice = Spoken(episode_id="episode:a", segments=[*CUES, *CUES])
    assert len(Heard([twice]).places("one two three four five SIX")) == 2
    assert Heard([twice]).places("one two three four six") == ()


@pytest.mark.slow
def test_sentences_of_made_talk_are_entered_in_time(tmp_path):
    rng = np.random.default_rng(4)
    spoken = [
        Spoken(episode_id=talk.episode.item_id, segments=talk.segments) for talk in talks(3, rng)
    ]
    passages = indexed(spoken, tmp_path / "index")
    said = quoted(spoken, Heard(spoken), 80, rng)
    assert entered(Ours(passages), said)["within 15 s"] >= 0.95
    part = half_remembered(said, passages.n_with, rng)
    assert entered(Ours(passages), part)["at rank 3"] >= 0.9


@pytest.mark.slow
@pytest.mark.data
def test_the_minute_is_found_in_real_transcripts(shared, tmp_path):
    spoken = search_passages.read(shared / "data/transcripts/talkpython")[::2]
    found = quality(spoken, 1, 60, tmp_path, WEIGHTS)
    assert found["quoted"]["ours"]["within 15 s"] >= 0.95
    assert found["titles, not indexed"]["ours"]["rank 3"] >= 0.8
    windows = found["half remembered"]["two-minute windows"]["episode"]
    assert found["half remembered"]["ours"]["episode"] > windows
    chapters = found["chapters of joined excerpts"]
    assert chapters["ours"]["WindowDiff"] < chapters["even, number known"]["WindowDiff"]


@pytest.mark.slow
def test_chapters_are_compared_with_joints():
    rng = np.random.default_rng(1)
    spoken = [
        Spoken(episode_id=str(row), segments=talk.segments)
        for row, talk in enumerate(talks(1, rng))
    ]
    found = chaptered(spoken, 1, rng)
    assert 0 <= found["ours"]["WindowDiff"] <= found["none"]["WindowDiff"] + 0.5
