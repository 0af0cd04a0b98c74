"""Hours of talk: as many as asked for, the same by the same chance, and shaped as their docstring says."""

from itertools import chain, pairwise

import numpy as np
import pytest

from ritornello.worlds.talks import N_WORDS, WORDS_A_CUE, talks


@pytest.fixture(scope="module")
def made():
    return list(talks(4, np.random.default_rng(3)))


def test_so_many_hours_are_talked_and_hardly_more(made):
    hours = [(talk.episode.duration_ms or 0) / 3.6e6 for talk in made]
    assert sum(hours) >= 4 > sum(hours[:-1])
    assert len({talk.episode.item_id for talk in made}) == len(made)


def test_the_same_chance_gives_the_same_talk():
    one, other = (next(talks(0.1, np.random.default_rng(5))) for _ in range(2))
    assert one == other


def test_cues_are_in_order_apart_and_short(made):
    for talk in made:
        assert all((a.end_ms or 0) <= (b.start_ms or 0) for a, b in pairwise(talk.segments))
        assert max(len(segment.text.split()) for segment in talk.segments) <= WORDS_A_CUE
        assert {segment.speaker for segment in talk.segments} <= {f"Speaker {n}" for n in (1, 2, 3)}


def test_words_fall_off_as_stated(made):
    words = [w.strip(".").lower() for t in made for s in t.segments for w in s.text.split()]
    counts = np.sort(np.unique(words, return_counts=True)[1])[::-1] / len(words)
    zipf = (np.arange(1, N_WORDS + 1) + 2.7) ** -1.05
    assert counts[:20].sum() == pytest.approx(0.8 * zipf[:20].sum() / zipf.sum(), rel=0.1)
    minutes = sum((talk.episode.duration_ms or 0) for talk in made) / 60_000
    assert 120 < len(words) / minutes < 160


def test_topics_turn_where_it_says_and_titles_are_said(made):
    for talk in made:
        starts = {segment.start_ms for segment in talk.segments}
        assert set(talk.turns_ms) <= starts
        assert talk.turns_ms[0] == 0
        assert all(b - a >= 100_000 for a, b in pairwise(talk.turns_ms))
        said = set(chain.from_iterable(s.text.lower().split() for s in talk.segments))
        assert set(talk.episode.title.lower().split()) & {word.strip(".") for word in said}
