"""Every policy keeps every promise of the contract."""

import numpy as np
import pytest

from ritornello.policies.greedy import Greedy
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.thompson import Thompson
from ritornello.testing.policies import CHECKS

POLICIES = [
    Greedy(),
    PlackettLuce(),
    PlackettLuce(budget=0.0),
    PlackettLuce(budget=0.5, temperature=0.3, floor=0.1),
    PlackettLuce(budget=1.0, temperature=2.0),
    Thompson(),
    Thompson(budget=1.0, floor=0.01, places=1),
    Thompson(budget=0.5, floor=0.5, places=3),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_policy_keeps(policy, check):
    check(policy)


class Forgetful(PlackettLuce):
    """A policy that logs a propensity it did not draw with."""

    def probabilities(self, weights, chosen, tilt=None):
        return super().probabilities(weights, chosen, tilt) * 0.99


class Upright(PlackettLuce):
    """A policy that draws with the tilt and replays without it."""

    def probabilities(self, weights, chosen, tilt=None):
        return super().probabilities(weights, chosen)


class Sure(Greedy):
    """A policy that says it explores and never does."""

    @property
    def budget(self):
        return 0.2


class Careless(PlackettLuce):
    """A policy that gives what never won a weight of 0."""

    def weigh(self, scores):
        return np.maximum(super().weigh(scores) - 0.2, 0)


@pytest.mark.parametrize(
    ("broken", "wanted"),
    [
        (Forgetful(budget=0.5), {"recomputes_its_propensities", "sums_to_one"}),
        (Upright(budget=0.5), {"recomputes_its_propensities", "draws_what_it_says"}),
        (Sure(), {"gives_everyone_a_chance"}),
        (Careless(), {"weighs_scores_and_draws"}),
    ],
    ids=lambda each: type(each).__name__,
)
def test_the_kit_catches_a_broken_policy(broken, wanted):
    for check in CHECKS:
        if check.__name__ in wanted:
            with pytest.raises(AssertionError):
                check(broken)
