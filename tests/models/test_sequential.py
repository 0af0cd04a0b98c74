"""Markov chain, sequential rules and PCTM: as published, against loops over plays and items."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.models.interactions import Plays, from_plays
from ritornello.models.markov import MarkovConfig, train_markov
from ritornello.models.sequence_rules import SequenceRulesConfig, train_sequence_rules
from ritornello.models.transitions import TransitionsConfig, train_transitions
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import taste

N_ITEMS = 6
RULES = SequenceRulesConfig(n_distances=3, n_targets=2, n_latest=3)
TRANSITIONS = TransitionsConfig(n_distances=3, smoothing=7.0, n_latest=4)
OURS = msgspec.structs.replace(TRANSITIONS, backward=0.3, lately=0.2)
EVERY = np.arange(N_ITEMS, dtype=np.int32)


def interactions_of(sequences):
    rows = [row for row, each in enumerate(sequences) for _ in each]
    at_s = [float(place) for each in sequences for place in range(len(each))]
    columns = [item for each in sequences for item in each]
    listeners = tuple(f"listener-{row}" for row in range(len(sequences)))
    items = Vocabulary(tuple(f"track:{column}" for column in range(N_ITEMS)))
    return from_plays(listeners, items, Plays(rows, columns, at_s))


def taste_of(history):
    """Return the taste of somebody who played these items in this order."""
    recent = [(item, float(age)) for age, item in enumerate(reversed(history))]
    return taste(sorted(set(history)), recent=recent)


def n_after(sequences, before, after, distance):
    """Count how often ``after`` came ``distance`` places after ``before``."""
    return sum(
        each[place] == before and each[place + distance] == after
        for each in sequences
        for place in range(len(each) - distance)
    )


def naive_markov(sequences, history):
    counts = [n_after(sequences, history[-1], item, 1) for item in range(N_ITEMS)]
    return [count / max(sum(counts), 1) for count in counts]


def naive_rules(sequences, history):
    def rule(before, after):
        g = {d: 1 / math.log10(d + 1.7) for d in (1, 2, 3)}
        return sum(g[d] * n_after(sequences, before, after, d) for d in g)

    scores = [0.0] * N_ITEMS
    for j, before in enumerate(history[::-1][:3], start=1):
        rules = [rule(before, after) for after in range(N_ITEMS)]
        for after in sorted(range(N_ITEMS), key=lambda item: (-rules[item], item))[:2]:
            scores[after] += rules[after] / j**2
    return scores


def naive_transitions(sequences, history, backward=0.0, lately=0.0):
    """Score by the smoothed probabilities themselves, constants and all."""

    def count(before, after):
        return sum(d**-0.5 * n_after(sequences, before, after, d) for d in (1, 2, 3))

    tau, latest = 7.0, history[::-1][:4]
    weights = [0.6**j for j in range(len(latest))]
    n_plays = [sum(each.count(item) for each in sequences) for item in range(N_ITEMS)]
    scores = []
    for item in range(N_ITEMS):
        score = -0.04 * math.log((n_plays[item] + 1) / (sum(n_plays) + N_ITEMS))
        n_late = sum(each[-2:].count(item) for each in sequences)
        score += lately * math.log((n_late + 1) / (n_plays[item] + 2))
        for weight, before in zip(weights, latest, strict=True):
            total = sum(count(before, after) for after in range(N_ITEMS))
            p = (count(before, item) + tau / N_ITEMS) / (total + tau)
            back = math.log(count(item, before) + tau / N_ITEMS)
            score += weight / sum(weights) * (math.log(p) + backward * back)
        scores.append(score)
    return scores


def markov(sequences):
    return train_markov(interactions_of(sequences), MarkovConfig())


def rules(sequences):
    return train_sequence_rules(interactions_of(sequences), RULES)


def transitions(sequences):
    return train_transitions(interactions_of(sequences), TRANSITIONS)


def transitions_of_ours(sequences):
    return train_transitions(interactions_of(sequences), OURS)


def naive_of_ours(sequences, history):
    return naive_transitions(sequences, history, OURS.backward, OURS.lately)


ALL = {
    markov: naive_markov,
    rules: naive_rules,
    transitions: naive_transitions,
    transitions_of_ours: naive_of_ours,
}
items = st.integers(0, N_ITEMS - 1)
some_sequences = st.lists(st.lists(items, max_size=10), min_size=1, max_size=6)
some_history = st.lists(items, min_size=1, max_size=8)


@settings(max_examples=40)
@given(some_sequences, some_history)
def test_scores_are_those_of_the_loops_and_sums_of_what_the_plays_gave(sequences, history):
    """PCTM leaves out what all items share; the loops do not, so those are compared less their means."""
    each = taste_of(history)
    for make, naive in ALL.items():
        scorer, wanted = make(sequences), np.array(naive(sequences, history))
        found = scorer.score(each)
        shared = 0.0 if make in (markov, rules) else wanted.mean() - found.mean()
        np.testing.assert_allclose(found, wanted - shared, rtol=1e-6, atol=1e-6)
        parts = scorer.contributions(each, EVERY)
        np.testing.assert_allclose(parts.sum(axis=1), found, rtol=1e-5, atol=1e-6)


def test_what_an_item_gave_is_from_every_place_it_was_played_at():
    scorer = rules([[0, 1], [0, 1], [2, 3]])
    each = taste_of([0, 2, 0])
    parts = scorer.contributions(each, np.array([1, 3], dtype=np.int32))
    g = 1 / math.log10(2.7)
    assert each.columns.tolist() == [0, 2]
    np.testing.assert_allclose(parts, [[2 * g * (1 + 1 / 9), 0, 0], [0, g / 4, 0]], rtol=1e-6)


def test_what_all_play_is_the_rest_of_a_score():
    scorer = transitions([[0, 1], [1], [1]])
    parts = scorer.contributions(taste_of([5]), EVERY)
    assert parts[:, 0].tolist() == [0] * N_ITEMS
    np.testing.assert_allclose(parts[:2, 1], [-0.04 * math.log(2), -0.04 * math.log(4)], rtol=1e-6)


@pytest.mark.parametrize("make", ALL)
def test_an_empty_world_and_an_unknown_order_get_no_opinion(make):
    assert not make([[]]).score(taste_of([3, 4])).any()
    assert not make([[0, 1, 2]]).score(taste([0, 1], n_plays=9)).any()


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        (MarkovConfig(), [1.0]),
        (SequenceRulesConfig(n_latest=3), [1.0, 1 / 4, 1 / 9]),
        (TransitionsConfig(n_latest=2), [1 / 1.6, 0.6 / 1.6]),
    ],
)
def test_the_newest_plays_weigh_most_and_older_ones_than_asked_nothing(config, wanted):
    assert config.weights(20) == pytest.approx(wanted)
    assert config.weights(1) == pytest.approx([1.0])
    assert not len(config.weights(0))


def test_only_the_strongest_transitions_are_kept_where_asked():
    sequences = [[0, 1, 2, 3, 4, 5]] * 3
    one = TransitionsConfig(n_targets=1, smoothing=7.0)
    table = train_transitions(interactions_of(sequences), one).table
    assert np.diff(table.indptr).max() == 1
    assert table[0].indices.tolist() == [1]
