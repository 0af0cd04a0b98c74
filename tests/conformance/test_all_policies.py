"""Every policy keeps every promise of the contract."""

import pytest

from ritornello.policies.greedy import Greedy
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.testing.policies import CHECKS

POLICIES = [
    Greedy(),
    PlackettLuce(),
    PlackettLuce(budget=0.0),
    PlackettLuce(budget=0.5, temperature=0.3),
    PlackettLuce(budget=1.0, temperature=2.0),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_policy_keeps(policy, check):
    check(policy)


class Forgetful(PlackettLuce):
    """A policy that logs a propensity it did not draw with."""

    def probabilities(self, weights, chosen, tilt=None):
        return super().probabilities(weights, chosen, tilt) * 0.99


def test_the_kit_catches_a_policy_whose_propensities_are_wrong():
    broken = Forgetful(budget=0.5)
    caught = []
    for check in CHECKS:
        try:
            check(broken)
        except AssertionError:
            caught.append(check.__name__)
    assert {"recomputes_its_propensities", "sums_to_one"} <= set(caught)
