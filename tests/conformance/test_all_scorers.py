"""Every scorer keeps every promise of the contract."""

import numpy as np
import pytest

from ritornello.models.blend import Blend
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.evidence import EvidenceConfig
from ritornello.models.ials import IalsConfig, train_ials
from ritornello.models.markov import MarkovConfig, train_markov
from ritornello.models.popularity import PopularityConfig, train_popularity
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.models.sequence_rules import SequenceRulesConfig, train_sequence_rules
from ritornello.models.transitions import TransitionsConfig, train_transitions
from ritornello.testing.scorers import CHECKS, KNOWING_CHECKS, SEQUENTIAL_CHECKS

FACTORS = IalsConfig(n_factors=8, regularization=1.0)


def popularity(interactions):
    return train_popularity(interactions, PopularityConfig())


def cooccurrence(interactions):
    return train_cooccurrence(interactions, CooccurrenceConfig())


def cosine(interactions):
    even = EvidenceConfig(log_weight=0.5)
    return train_cooccurrence(interactions, CooccurrenceConfig(50, 0.5, 0.5, 0.0, even))


def ease_of_items(interactions):
    return train_ease(interactions, EaseConfig(regularization=10.0))


def ease_of_listeners(interactions):
    return train_ease(interactions, EaseConfig(regularization=10.0, most_items=10))


def ease_of_the_most_heard(interactions):
    few = EaseConfig(regularization=10.0, most_items=10, most_listeners=10)
    return train_ease(interactions, few)


def ials(interactions):
    return train_ials(interactions, FACTORS, np.random.default_rng(5))


def repeat(interactions):
    return RepeatScorer(RepeatConfig(), interactions.n_items)


def repeat_with_decay_one(interactions):
    return RepeatScorer(RepeatConfig(decay=1.0), interactions.n_items)


def markov(interactions):
    return train_markov(interactions, MarkovConfig())


def sequence_rules(interactions):
    return train_sequence_rules(interactions, SequenceRulesConfig())


def transitions(interactions):
    return train_transitions(interactions, TransitionsConfig(smoothing=40.0))


def few_transitions(interactions):
    few = TransitionsConfig(smoothing=40.0, n_targets=3, backward=0.2, lately=0.1)
    return train_transitions(interactions, few)


def blend(interactions):
    parts = [make(interactions) for make in (cooccurrence, ease_of_items, ials, popularity, repeat)]
    return Blend(tuple(parts), (1.0, 0.3, 0.5, 0.0, 2.0))


def blend_with_transitions(interactions):
    return Blend((blend(interactions), transitions(interactions)), (1.0, 0.2))


KNOWING = [
    cooccurrence,
    cosine,
    ease_of_items,
    ease_of_listeners,
    ials,
    blend,
    blend_with_transitions,
]
SEQUENTIAL = [markov, sequence_rules, transitions, few_transitions]
ALL = [*KNOWING, *SEQUENTIAL, ease_of_the_most_heard, popularity, repeat, repeat_with_decay_one]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_scorer_keeps(make, check):
    check(make)


@pytest.mark.parametrize("check", KNOWING_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", KNOWING, ids=lambda make: make.__name__)
def test_scorer_knows(make, check):
    check(make)


@pytest.mark.parametrize("check", SEQUENTIAL_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", SEQUENTIAL, ids=lambda make: make.__name__)
def test_scorer_knows_what_comes_next(make, check):
    check(make)


class Forgetful(Blend):
    """A blend that leaves its last scorer out of the contributions."""

    def contributions(self, taste, columns):
        return Blend(self.scorers[:-1], self.weights[:-1]).contributions(taste, columns)


class Jaded(Blend):
    """A blend that thinks less of what is near to what was played."""

    def score(self, taste):
        return -super().score(taste)


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (Forgetful, "adds_up"),
        (Jaded, "adds_up"),
        (Jaded, "scores_batches_alike"),
        (Jaded, "finds_the_colour"),
        (Jaded, "hears_one_play"),
        (Blend, "follows_the_order"),
        (Blend, "says_nothing_without_an_order"),
    ],
)
def test_the_kit_catches(broken, caught_by):
    def make(interactions):
        found = blend(interactions)
        return broken(found.scorers, found.weights)

    (check,) = [
        check
        for check in CHECKS + KNOWING_CHECKS + SEQUENTIAL_CHECKS
        if check.__name__ == caught_by
    ]
    with pytest.raises(AssertionError):
        check(make)
