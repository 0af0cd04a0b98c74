"""Our text ranking against twelve implementations of BM25 on a collection that people judged."""

import pytest

import vaswani

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def found(shared):
    return vaswani.measure(shared)


def test_words_as_they_are_lie_within_the_others_band(found):
    for measure, (low, high) in found["bands"]["plain"].items():
        assert low <= found["ours"]["words"][measure] <= high, measure


def test_without_stop_words_we_are_where_the_others_that_stem_are(found):
    for measure, (low, high) in found["bands"]["stemmed"].items():
        assert 0.98 * low <= found["ours"]["no_stop_words"][measure] <= 1.02 * high, measure


def test_as_it_serves_it_lies_within_the_band_of_all_and_above_all_that_do_not_stem(found):
    plain, stemmed = found["bands"]["plain"], found["bands"]["stemmed"]
    for measure in ("map", "ndcg_cut_10"):
        ours = found["ours"]["passages"][measure]
        assert plain[measure][1] < ours <= stemmed[measure][1], measure


def test_nearness_and_phrases_lose_nothing_at_the_top(found):
    ours = found["ours"]
    assert ours["entries"]["ndcg_cut_10"] > ours["passages"]["ndcg_cut_10"] - 0.01
