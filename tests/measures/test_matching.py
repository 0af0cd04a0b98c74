"""Where the judged stand: against a plain sort, on every kind of tie; what is refused, by name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Judged, Matched, NothingToJudge, Ranked, match
from ritornello.measures.places import FEW

TIES = [0.0, -0.0, 1.0, 1 + 1e-9, 1 + 1e-6, -1.0, -1 - 1e-9, 3e38, 1e300, np.inf, -np.inf, 1e-45]
scores = st.one_of(st.sampled_from(TIES), st.floats(allow_nan=False, width=64))
runs = st.dictionaries(
    st.integers(0, 4), st.dictionaries(st.integers(0, 12), scores, min_size=1), min_size=1
)
qrels = st.dictionaries(
    st.integers(0, 5),
    st.dictionaries(st.integers(0, 14), st.sampled_from([-1, 0, 1, 2, 0.5]), min_size=1),
    min_size=1,
)


def rows(by_topic, order):
    """Return nested dicts as arrays, rows in an order."""
    flat = [(topic, item, value) for topic, its in by_topic.items() for item, value in its.items()]
    order.shuffle(flat)
    topics, items, values = zip(*flat, strict=True)
    return np.array(topics), np.array(items), np.array(values, dtype=np.float64)


def by_topic(matched: Matched):
    """Return what was matched as plain values a topic."""
    found = {}
    for t, topic in enumerate(matched.topics.tolist()):
        hits = slice(*matched.hit_starts[t : t + 2])
        ideal = slice(*matched.ideal_starts[t : t + 2])
        pairs = list(zip(matched.places[hits].tolist(), matched.grades[hits].tolist(), strict=True))
        found[topic] = (int(matched.n_ranked[t]), pairs, matched.ideal[ideal].tolist())
    return found


def sorted_plainly(run, known):
    """Return the same by Python's sort."""
    with np.errstate(over="ignore"):
        ranking = sorted(run, key=lambda item: (np.float32(run[item]), item), reverse=True)
    pairs = [(place, known[item]) for place, item in enumerate(ranking) if item in known]
    return len(run), pairs, sorted(known.values(), reverse=True)


@given(runs, qrels, st.sampled_from(["both", "judged", "returned"]), st.randoms())
def test_places_are_those_of_a_sort_by_float32_then_the_higher_item(run, known, over, order):
    if not run.keys() & known.keys():
        with pytest.raises(NothingToJudge, match="none is both"):
            match(Ranked(*rows(run, order)), Judged(*rows(known, order)), over)
        return
    chosen = {
        "both": run.keys() & known.keys(), "judged": known.keys(), "returned": run.keys()
    }[over]  # fmt: skip
    found = match(Ranked(*rows(run, order)), Judged(*rows(known, order)), over)
    assert by_topic(found) == {
        topic: sorted_plainly(run.get(topic, {}), known.get(topic, {})) for topic in sorted(chosen)
    }
    assert (found.n_unjudged, found.n_missing) == (
        len(run.keys() - known.keys()),
        len(known.keys() - run.keys()),
    )


def test_many_judged_of_many_are_placed_as_few_are():
    rng = np.random.default_rng(5)
    items, score = rng.permutation(1000), rng.integers(0, 50, 1000).astype(float)
    known = dict.fromkeys(rng.permutation(1000)[: 4 * FEW].tolist(), 1)
    run = dict(zip(items.tolist(), score.tolist(), strict=True))
    judged = Judged(np.zeros(len(known), int), np.array(list(known)), np.ones(len(known)))
    found = match(Ranked(np.zeros(1000, int), items, score), judged)
    assert by_topic(found)[0] == sorted_plainly(run, known)


def test_large_numbers_are_matched_as_small_ones_of_the_same_order():
    far = 10**15
    run = Ranked(np.array([far, far, 3]), np.array([far + 1, 7, 7]), np.array([1.0, 1.0, 0.0]))
    found = match(run, Judged(np.array([far, far]), np.array([7, far + 1]), np.array([2, 1])))
    assert found.topics.tolist() == [far]
    assert (found.places.tolist(), found.grades.tolist()) == ([0, 1], [1.0, 2.0])


def test_only_the_judged_counts_where_it_is_asked_for():
    run = Ranked(np.zeros(5, int), np.arange(5), np.arange(5, 0, -1.0))
    found = match(run, Judged(np.zeros(3, int), np.array([1, 2, 4]), np.array([-1, 2, 1])))
    assert by_topic(found.judged_only())[0] == (2, [(0, 2.0), (1, 1.0)], [2.0, 1.0, -1.0])
    assert by_topic(found.first(3))[0] == (3, [(1, -1.0), (2, 2.0)], [2.0, 1.0, -1.0])


@pytest.mark.parametrize(
    ("run", "known", "because"),
    [
        (([0, 0], [4, 4], [1, 2]), ([0], [4], [1]), "item 4 stands twice in the run of topic 0"),
        (([0], [4], [1]), ([0, 0], [4, 4], [1, 2]), "item 4 stands twice in the judgements of"),
        (([0], [4], [np.nan]), ([0], [4], [1]), "a score must be a number"),
        (([0], [4], [1]), ([0], [4], [np.nan]), "a grade must be a finite number"),
        (([0], [4], [1]), ([0], [-4], [1]), "numbers from 0 up; -4 is none"),
        (([0], [4, 5], [1]), ([0], [4], [1]), "the run must be arrays of one length"),
        (([0], [4], [1]), ([0], [4], [1, 2]), "the judgements must be arrays of one length"),
    ],
)
def test_what_cannot_be_matched_is_refused_by_name(run, known, because):
    def arrays(topics, items, values):
        return np.array(topics), np.array(items), np.array(values, dtype=float)

    with pytest.raises(BadValue, match=because):
        match(Ranked(*arrays(*run)), Judged(*arrays(*known)))


def test_an_item_may_stand_in_many_topics():
    run = Ranked(np.array([0, 1, 2]), np.array([4, 4, 4]), np.ones(3))
    found = match(run, Judged(np.array([0, 2]), np.array([4, 4]), np.ones(2)), over="returned")
    assert by_topic(found) == {0: (1, [(0, 1.0)], [1.0]), 1: (1, [], []), 2: (1, [(0, 1.0)], [1.0])}


def test_an_empty_run_leaves_nothing_to_judge():
    nothing = np.array([], dtype=np.int64)
    with pytest.raises(NothingToJudge, match="0 topics were returned and 1 judged"):
        match(
            Ranked(nothing, nothing, nothing), Judged(np.array([0]), np.array([1]), np.array([1]))
        )
