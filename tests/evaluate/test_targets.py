"""Targets over logged shortlists: distributions that sum to 1, of the scores the log was drawn from."""

import numpy as np
import pytest

from ritornello.evaluate import targets
from ritornello.evaluate.targets import Given, OfScores, chosen, parse
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.policies.names import parse as policy_named
from tests.evaluate.decided import N_ITEMS, decided, scores_of
from tests.evaluate.rounds import rounds
from tests.evaluate.test_home_log import log_of

TEXTS = ("greedy", "plackett_luce(budget=0.4,temperature=0.5,floor=0.05)", "thompson(budget=0.3)", "uniform", "logged")  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("objective", ["", "balanced(discovery=0.5)"])
def test_distributions_sum_to_1_and_give_nothing_to_what_stands(text, objective):
    log = log_of([decided(n, n, objective=objective) for n in range(4)])
    for number, shortlist in enumerate(log.shortlists):
        p = parse(text).probabilities(log, number)
        assert p.shape == (3, N_ITEMS)
        np.testing.assert_allclose(p.sum(axis=1), 1)
        for place, row in enumerate(p):
            assert not row[shortlist.drawn[:place]].any()


@pytest.mark.parametrize("logged", ["greedy", "plackett_luce(temperature=0.4)", "plackett_luce(budget=0.9,temperature=2.0,floor=0.2)"])  # fmt: skip
@pytest.mark.parametrize("text", ["plackett_luce(budget=0.5,temperature=0.8,floor=0.1)", "greedy"])
def test_a_policy_weighs_the_scores_that_the_log_was_drawn_from(logged, text):
    """Whatever temperature and floor drew, the target does what it would have done on the day."""
    log = log_of([decided(7, 3, logged)])
    policy = policy_named(text)
    on_the_day = policy.weigh(scores_of(3))
    found = parse(text).probabilities(log, 0)
    for place in range(3):
        before = log.shortlists[0].drawn[:place].tolist()
        np.testing.assert_allclose(found[place], policy.distribution(on_the_day, before), atol=1e-9)


def test_thompson_keeps_its_shares_under_another_floor():
    log = log_of([decided(7, 3, "thompson(budget=1.0,floor=0.1)")])
    same = parse("thompson(budget=1.0,floor=0.1)").probabilities(log, 0)
    np.testing.assert_allclose(same, parse("logged").probabilities(log, 0), atol=1e-9)
    flat = parse("thompson(budget=1.0,floor=0.9)").probabilities(log, 0)[0]
    assert flat.min() >= 0.9 / N_ITEMS - 1e-9
    best = int(log.shortlists[0].weights.argmax())
    assert parse("greedy").probabilities(log, 0)[0, best] == 1


def test_a_scorer_of_our_own_is_asked_about_the_shortlist():
    log = log_of([decided(n, n) for n in range(3)])
    target = OfScores("last first", lambda shortlist: np.arange(len(shortlist), dtype=float))
    assert str(target) == "last first by greedy"
    assert (target.probabilities(log, 1)[0].argmax(), target.probabilities(log, 1)[0].max()) == (N_ITEMS - 1, 1)  # fmt: skip


def test_given_probabilities_are_by_round_or_by_position():
    log = rounds(n=6, n_actions=2, position=[0, 1, 0, 1, 0, 1], row=[0, 0, 0, 1, 1, 1])
    table = Given.of("table", np.array([[0.2, 0.8], [0.6, 0.4]]))
    assert chosen(log, table).tolist() == [0.2, 0.6, 0.2, 0.4, 0.8, 0.4]
    each = Given.of("each", np.array([[0.1, 0.9]] * 6))
    assert chosen(log, each).tolist() == [0.1] * 3 + [0.9] * 3


def test_targets_that_do_not_fit_are_refused():
    log = rounds(n=4, n_actions=3, position=[0, 1, 2, 5])
    with pytest.raises(BadValue, match="sums to"):
        Given.of("half", np.array([[0.5, 0.0]]))
    with pytest.raises(BadValue, match="sums to"):
        Given.of("nan", np.array([[np.nan, 1.0]]))
    with pytest.raises(BadValue, match="columns"):
        chosen(log, Given.of("narrow", np.array([[0.5, 0.5]])))
    with pytest.raises(BadValue, match="positions"):
        chosen(log, Given.of("short", np.full((2, 3), 1 / 3)))
    with pytest.raises(BadValue, match="no weights"):
        chosen(log, parse("greedy"))
    with pytest.raises(BadValue, match="which policy"):
        chosen(log, parse("logged"))
    with pytest.raises(UnknownName, match="policy"):
        parse("random")
    assert str(targets.parse(" greedy ")) == "greedy"
