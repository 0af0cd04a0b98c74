"""Every success function keeps every promise of the contract."""

from functools import cache

import numpy as np
import pytest

from ritornello.signals import coclusters, declared, pooled
from ritornello.signals.labels import Labels
from ritornello.signals.success import Facts, Scored
from ritornello.testing.success import CHECKS, some_outcomes


@cache
def labelled():
    """Outcomes of all kinds, and who was satisfied with those of which much was played."""
    outcomes = some_outcomes(300, uncertain=False)
    number_of, first = outcomes.decisions()
    n_plays = np.bincount(number_of, weights=outcomes.flag("played"), minlength=len(first))
    return outcomes, Labels("answer:satisfied", (n_plays > 2) * 1.0, np.ones(len(first)), 0)


@cache
def learned():
    return pooled.train(*labelled(), rng=np.random.default_rng(1))


@cache
def clustered(rule="ecdf"):
    config = coclusters.CoclustersConfig(n_clusters=2, rule=rule)
    return coclusters.train(labelled()[0], rng=np.random.default_rng(1), config=config)


def clustered_by_median():
    return clustered("median")


ALL = [declared.defaults, learned, clustered, clustered_by_median]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("make", ALL, ids=lambda make: make.__name__)
def test_success_keeps(make, check):
    check(make)


class Played:
    """Success is what was played: short, and with room to break every promise."""

    facts = Facts(version="played@1", needs=("played", "ms_played"), monotone={"ms_played": 1})

    def score(self, outcomes):
        ms = np.nan_to_num(outcomes.column("ms_played"))
        return self.grade(outcomes.flag("played"), ms, outcomes)

    def grade(self, known, ms, outcomes):
        return Scored.of(ms / (ms + 60_000), known)


class Unbounded(Played):
    def grade(self, known, ms, outcomes):
        return Scored(np.where(known, ms, 0.0), known)


class Holey(Played):
    def grade(self, known, ms, outcomes):
        return Scored(np.where(known, 0.5, np.nan), known)


class Dull(Played):
    def grade(self, known, ms, outcomes):
        return Scored.of(np.full(len(ms), 0.5), known)


class Ranked(Played):
    def grade(self, known, ms, outcomes):
        return Scored.of(np.arange(len(ms)) / len(ms), known)


class Relative(Played):
    def grade(self, known, ms, outcomes):
        return Scored.of(ms / ms.max(initial=1.0), known)


class Vandal(Played):
    def grade(self, known, ms, outcomes):
        outcomes.columns["ms_played"][:] = 0
        return super().grade(known, ms, outcomes)


class Contrary(Played):
    def grade(self, known, ms, outcomes):
        return Scored.of(60_000 / (ms + 60_000), known)


class Secretive(Played):
    facts = Facts(version="secretive@1", needs=("played",))


class Nameless(Played):
    facts = Facts(version="nameless", needs=("played", "ms_played"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_kit_lets_a_good_one_pass(check):
    check(Played)


@pytest.mark.parametrize(
    ("broken", "caught_by"),
    [
        (Unbounded, "answers_in_range"),
        (Holey, "answers_in_range"),
        (Dull, "knows_something"),
        (Ranked, "ignores_the_order"),
        (Relative, "ignores_the_company"),
        (Vandal, "leaves_the_outcomes_alone"),
        (Contrary, "is_monotone_where_it_says_so"),
        (Secretive, "names_what_it_lacks"),
        (Nameless, "is_versioned"),
    ],
)
def test_the_kit_catches(broken, caught_by):
    (check,) = [check for check in CHECKS if check.__name__ == caught_by]
    with pytest.raises(AssertionError):
        check(broken)
