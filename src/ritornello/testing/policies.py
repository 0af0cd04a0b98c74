"""What every policy must keep, whoever wrote it.

Run ``for check in CHECKS: check(policy)``; a broken promise raises ``AssertionError`` with the
numbers. The checks use small shortlists whose every ordering can be counted.
"""

from collections.abc import Callable
from functools import partial
from itertools import permutations

import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import Policy
from ritornello.policies.names import parse

_SCORES = np.array([2.0, 1.5, 1.5, 0.2, -1.0])
_N_DRAWS = 4000
_Z_LIMIT = 4.0


def keeps_its_name(policy: Policy) -> None:
    """Check that the text of a policy parses back to an equal policy."""
    if parse(str(policy)) != policy:
        raise AssertionError(f"{policy} parses to {parse(str(policy))}")


def chooses_each_row_once(policy: Policy) -> None:
    """Check that a slate holds a row once, and as many as were asked for and exist."""
    weights = policy.weigh(_SCORES)
    for n in (0, 1, len(weights), len(weights) + 3):
        rows = policy.choose(weights, n, np.random.default_rng(1)).rows.tolist()
        if len(rows) != min(n, len(weights)) or len(set(rows)) != len(rows):
            raise AssertionError(f"{policy} chose {rows} when asked for {n} of {len(weights)}")


def same_chance_gives_same_slate(policy: Policy) -> None:
    """Check that the same weights and the same generator give the same choice."""
    weights = policy.weigh(_SCORES)
    a, b = (policy.choose(weights, 3, np.random.default_rng(7)).rows for _ in range(2))
    if a.tolist() != b.tolist():
        raise AssertionError(f"{policy} chose {a.tolist()}, then {b.tolist()}")


def recomputes_its_propensities(policy: Policy) -> None:
    """Check that the logged weights say of a draw what the draw says of itself."""
    weights = policy.weigh(_SCORES)
    for seed in range(50):
        choice = policy.choose(weights, len(weights), np.random.default_rng(seed))
        np.testing.assert_allclose(
            policy.probabilities(weights, choice.rows.tolist()), choice.propensities, atol=1e-12
        )


def sums_to_one(policy: Policy) -> None:
    """Check that the probabilities of the rows left sum to 1, whatever stood before."""
    weights = policy.weigh(_SCORES)
    everything = range(len(weights))
    for n_before in range(len(weights)):
        for before in permutations(everything, n_before):
            left = [row for row in everything if row not in before]
            p = [policy.probabilities(weights, [*before, row])[-1] for row in left]
            if abs(sum(p) - 1) > 1e-12 or min(p) < 0:
                raise AssertionError(f"{policy} gives {p} after {before}")


def draws_what_it_says(policy: Policy) -> None:
    """Check that pairs come out as often as their propensities say (|z| < 4)."""
    weights = policy.weigh(_SCORES)
    rng = np.random.default_rng(20261116)
    drawn = [tuple(policy.choose(weights, 2, rng).rows.tolist()) for _ in range(_N_DRAWS)]
    for pair in permutations(range(len(weights)), 2):
        p = float(np.prod(policy.probabilities(weights, pair)))
        share = drawn.count(pair) / _N_DRAWS
        z = (share - p) / max(np.sqrt(p * (1 - p) / _N_DRAWS), 1e-12)
        if abs(z) > _Z_LIMIT:
            raise AssertionError(f"{policy} draws {pair} with share {share}, not {p} (z = {z:.1f})")


def explores_within_its_budget(policy: Policy) -> None:
    """Check that the computed share of exploring slots is at most the declared budget."""
    weights = policy.weigh(_SCORES)
    explored = policy.choose(weights, 4, np.random.default_rng(3)).explored
    if explored > policy.budget + 1e-12:
        raise AssertionError(f"{policy} explores {explored}, its budget is {policy.budget}")


def refuses_by_name(policy: Policy) -> None:
    """Check that NaN, infinite weights, doubled and unknown rows are refused, by row."""
    good = policy.weigh(_SCORES)
    for bad in (np.nan, np.inf, -np.inf):
        weights = good.copy()
        weights[3] = bad
        _refused(policy, partial(policy.choose, weights, 2, np.random.default_rng(0)), "row 3")
        _refused(policy, partial(policy.probabilities, weights, [0]), "row 3")
    _refused(policy, partial(policy.probabilities, good, [1, 1]), "row 1")
    _refused(policy, partial(policy.probabilities, good, [99]), "row 99")


def _refused(policy: Policy, call: Callable[[], object], naming: str) -> None:
    try:
        call()
    except BadValue as error:
        if naming not in str(error):
            raise AssertionError(f"{policy} refuses without naming {naming}: {error}") from error
    else:
        raise AssertionError(f"{policy} accepted what it must refuse ({naming})")


CHECKS: tuple[Callable[[Policy], None], ...] = (
    keeps_its_name,
    chooses_each_row_once,
    same_chance_gives_same_slate,
    recomputes_its_propensities,
    sums_to_one,
    draws_what_it_says,
    explores_within_its_budget,
    refuses_by_name,
)
