"""What a log can say: refused where it cannot, warned where it is odd, silent where it is sound."""

import msgspec
import numpy as np
import pytest

from ritornello.evaluate.support import THRESHOLDS, examine, lacking
from ritornello.evaluate.targets import Given
from tests.evaluate.rounds import rounds

EVEN = Given.of("even", np.full((1, 4), 0.25))


def towards(p):
    """A target that shows the last action with probability p."""
    return Given.of("towards", np.array([[(1 - p) / 3] * 3 + [p]]))


def codes(support):
    return {each.code for each in support.warnings}


def test_a_sound_log_is_silent():
    support = examine(rounds(n=800), towards(0.4))
    assert lacking(support) is None
    assert codes(support) == set()
    assert support.mean_weight == pytest.approx(1, abs=4 * support.mean_weight_error)
    w = np.where(rounds(n=800).row == 3, 1.6, 0.8)
    assert support.n_effective == pytest.approx(w.sum() ** 2 / (w @ w))
    assert (support.largest_weight, support.n_replayed) == (pytest.approx(1.6), 0)


def test_what_was_never_shown_is_counted_by_position():
    row, position = [0, 1, 2, 3] * 50 + [0, 1, 2] * 50, [0] * 200 + [1] * 150
    log = rounds(n=350, row=row, position=position)
    support = examine(log, Given.of("both", np.array([[0.25] * 4, [0.1, 0.1, 0.1, 0.7]])))
    assert support.p_unsupported == pytest.approx(0.7 * 150 / 350)
    refused = lacking(support)
    assert refused.because == "no_support"
    assert "30.0%" in refused.text
    assert "budget above 0" in refused.wanted
    assert "unsupported_mass" in codes(support)


def test_too_few_effective_rounds_are_refused_and_told_how_many_more():
    support = examine(rounds(n=120, n_actions=4), towards(0.97))
    refused = lacking(support)
    assert refused.because == "low_effective_n"
    assert refused.numbers["n_effective"] == support.n_effective < THRESHOLDS["least_effective_n"]
    more = THRESHOLDS["least_effective_n"] / support.n_effective * 120
    assert f"log {more:,.0f} such rounds" in refused.wanted


def test_a_log_that_is_thin_answers_and_says_so():
    support = examine(rounds(n=200), EVEN)
    assert lacking(support) is None
    assert codes(support) == {"thin_support"}


def test_propensities_that_were_not_drawn_with_are_found_out():
    """Logged as even, drawn with the last action twice as often."""
    row = np.random.default_rng(1).choice(4, size=2_000, p=[0.2, 0.2, 0.2, 0.4])
    support = examine(rounds(n=2_000, row=row), towards(0.7))
    assert codes(support) == {"propensities_do_not_average"}
    (warned,) = support.warnings
    assert warned.numbers["mean_weight"] == pytest.approx(support.mean_weight)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_propensities_off_by_a_factor_are_found_out(factor):
    support = examine(rounds(n=400, propensity=np.full(400, 0.25 * factor)), towards(0.4))
    assert "propensities_do_not_average" in codes(support)
    assert support.mean_weight == pytest.approx(1 / factor, rel=0.1)


def test_replayed_propensities_that_differ_are_counted():
    replayed = np.full(400, 0.25)
    replayed[:3], replayed[3:5] = 0.3, np.nan
    support = examine(rounds(n=400, replayed=replayed), EVEN)
    assert (support.n_replayed, support.n_differ) == (398, 3)
    assert codes(support) == {"replay_differs"}


def test_one_round_that_decides_is_named():
    propensity = np.full(400, 0.25)
    propensity[7] = 0.001
    support = examine(rounds(n=400, propensity=propensity), EVEN)
    assert "one_round_decides" in codes(support)
    assert support.largest_share == pytest.approx(250 / 649)


def test_few_successes_are_named():
    reward = np.zeros(400)
    reward[:5] = 1
    assert codes(examine(rounds(n=400, reward=reward), EVEN)) == {"few_rewards"}


def test_a_log_whose_weights_are_all_0_is_refused():
    log = rounds(n=200, row=np.zeros(200, int))
    support = examine(log, Given.of("last", np.array([[0, 0, 0, 1.0]])))
    assert (support.n_effective, support.largest_share) == (0, 1)
    assert lacking(support).because == "no_support"
    supported = msgspec.structs.replace(support, p_unsupported=0.0)
    assert "other rounds" in lacking(supported).wanted
