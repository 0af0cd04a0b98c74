"""Beliefs by context, against the logistic regression written out, and where they should beat segments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from ritornello.policies.contexts import SD_OF_ARM, SD_OF_PART, Contexts
from ritornello.policies.logistic import PESSIMISTIC_LEVEL, Logistic
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells

ARMS, NEEDS, CLASSES = ("x", "y", "z"), ("now", "familiar", "new"), ("hand", "desk", "road", "room")
ROWS = [
    ("now/hand", "x", 40_000, 100_000),
    ("now/road", "x", 10_000, 20_000),
    ("new/hand", "y", 5_000, 90_000),
    ("new/road", "x", 0, 7_500),
]


def test_it_is_the_regression_on_level_arm_parts_and_both():
    """The same belief from a table of contexts written down by hand."""
    level, arm = [1], {"x": [1, 0], "y": [0, 1]}
    need, device = {"new": [1, 0], "now": [0, 1]}, {"hand": [1, 0], "road": [0, 1]}

    def context(segment, name):
        n, d = segment.split("/")
        of_segment = need[n] + device[d]
        return level + arm[name] + of_segment + [a * p for a in arm[name] for p in of_segment]

    x = [context(segment, name) for segment, name, _, _ in ROWS]
    mean = np.zeros(15)
    mean[0] = PESSIMISTIC_LEVEL
    prior = Logistic(mean, np.diag([SD_OF_ARM**2] * 3 + [SD_OF_PART**2] * 12))
    expected = prior.after(x, *zip(*[row[2:] for row in ROWS], strict=True))
    found = Contexts.of(Cells.of(ROWS))
    for segment, name, _, _ in ROWS:
        assert found.mean(segment, [name]) == pytest.approx(
            expected.rate([context(segment, name)]), abs=1e-9
        )


def test_parameters_have_the_mean_and_the_variance_of_drawn_rates():
    believed = Contexts.of(Cells.of(ROWS))
    a, b = believed.parameters("new/road", ["x", "y", "never"]).T
    drawn = believed.weights.draws(
        believed.features("new/road", ["x", "y", "never"]), 200_000, np.random.default_rng(1)
    )
    assert a / (a + b) == pytest.approx(drawn.mean(axis=0), rel=0.02)
    assert a * b / (a + b) ** 2 / (a + b + 1) == pytest.approx(drawn.var(axis=0), rel=0.08)


def test_nothing_learned_is_the_pessimistic_prior_everywhere():
    nothing = Contexts.of(Cells.of([]))
    rates = nothing.mean("now/road", ["x", "y"])
    assert rates[0] == rates[1]
    assert 0.005 < rates[0] < 0.03


@given(st.permutations(ROWS))
def test_the_order_of_sums_changes_nothing(rows):
    assert np.array_equal(
        Contexts.of(Cells.of(rows)).weights.mean, Contexts.of(Cells.of(ROWS)).weights.mean
    )


@pytest.mark.parametrize("additive", [True, False])
def test_it_foretells_pairs_never_met_where_parts_add_up_and_only_there(additive):
    """Planted rates, every pair of need and device class left out once: mean squared error in log-odds."""
    rng = np.random.default_rng(7)
    by_context, by_segment = [], []
    for _ in range(6):
        level = rng.normal(-2, 0.3, (3, 1, 1))
        parts = rng.normal(0, 0.7, (3, 3, 1)) + rng.normal(0, 0.7, (3, 1, 4))
        alone = rng.normal(0, 1.0, (3, 3, 4))
        rate = expit(level + (parts if additive else alone))
        n = 400
        hits = rng.binomial(n, rate)
        for need, device in [(0, 0), (1, 2), (2, 3)]:
            rows = [
                (f"{NEEDS[i]}/{CLASSES[j]}", ARMS[a], int(hits[a, i, j]) * 1000, n * 1000)
                for a in range(3)
                for i in range(3)
                for j in range(4)
                if (i, j) != (need, device)
            ]
            cells, truth = Cells.of(rows), logit(rate[:, need, device])
            name = f"{NEEDS[need]}/{CLASSES[device]}"
            for found, kept in (
                (Contexts.of(cells), by_context),
                (Betas.of(cells, spread=USUAL_SPREAD), by_segment),
            ):
                kept.append(np.mean((logit(found.mean(name, ARMS)) - truth) ** 2))
    assert (np.mean(by_context) < 0.6 * np.mean(by_segment)) == additive
