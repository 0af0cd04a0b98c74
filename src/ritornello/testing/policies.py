"""What every policy must keep, whoever wrote it, with and without a tilt.

Run ``for check in CHECKS: check(policy)``; a broken promise raises ``AssertionError`` with the
numbers. The checks use small shortlists whose every ordering can be counted.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, Policy, Tilt
from ritornello.policies.names import parse

_SCORES = np.array([2.0, 1.5, 1.5, 0.2, -1.0])
_N_DRAWS = 2000
_LEAST_CHANCE = 1e-6
_RARE = 5.0


def leaning(chosen: Sequence[int]) -> FloatArray:
    """Tilt towards the neighbours of the row chosen last: what comes next depends on what stands."""
    if not len(chosen):
        return np.array([1.0, 3.0, 1.0, 0.5, 2.0])
    away = np.abs(np.arange(len(_SCORES)) - chosen[-1])
    return np.asarray(np.exp(1.5 - away), dtype=np.float64)


TILTS: tuple[Tilt | None, ...] = (None, leaning)


def keeps_its_name(policy: Policy) -> None:
    """Check that the text of a policy parses back to an equal policy."""
    if parse(str(policy)) != policy:
        raise AssertionError(f"{policy} parses to {parse(str(policy))}")


def weighs_scores_and_draws(policy: Policy) -> None:
    """Check that scores and draws of a belief give positive weights, the better never the lighter."""
    draws = _SCORES + np.random.default_rng(5).normal(size=(500, len(_SCORES))) / 10
    for scores in (_SCORES, draws):
        weights = policy.weigh(scores)
        if weights.shape != _SCORES.shape or not (weights > 0).all():
            raise AssertionError(f"{policy} weighs {weights}")
        if (np.diff(weights[[0, 1, 3, 4]]) > 0).any():
            raise AssertionError(f"{policy} weighs {weights} where scores fall")


def chooses_each_row_once(policy: Policy) -> None:
    """Check that a slate holds a row once, and as many as were asked for and exist."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        for n in (0, 1, len(weights), len(weights) + 3):
            rows = policy.choose(weights, n, np.random.default_rng(1), tilt).rows.tolist()
            if len(rows) != min(n, len(weights)) or len(set(rows)) != len(rows):
                raise AssertionError(f"{policy} chose {rows} when asked for {n} of {len(weights)}")


def same_chance_gives_same_slate(policy: Policy) -> None:
    """Check that the same weights, tilt and generator give the same choice, and change nothing."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        a, b = (policy.choose(weights, 3, np.random.default_rng(7), tilt).rows for _ in range(2))
        if a.tolist() != b.tolist():
            raise AssertionError(f"{policy} chose {a.tolist()}, then {b.tolist()}")
    if weights.tolist() != policy.weigh(_SCORES).tolist():
        raise AssertionError(f"{policy} changed the weights it was given")


def recomputes_its_propensities(policy: Policy) -> None:
    """Check that the logged weights say of a draw what the draw says of itself."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        for seed in range(50):
            choice = policy.choose(weights, len(weights), np.random.default_rng(seed), tilt)
            again = policy.probabilities(weights, choice.rows.tolist(), tilt)
            np.testing.assert_allclose(again, choice.propensities, atol=1e-12)


def sums_to_one(policy: Policy) -> None:
    """Check that the probabilities of the rows left sum to 1, whatever stood before."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        for before in _prefixes(len(weights)):
            p = list(_next(policy, weights, before, tilt).values())
            if abs(sum(p) - 1) > 1e-12 or min(p) < 0:
                raise AssertionError(f"{policy} gives {p} after {before}")


def tells_every_row_of_a_slot(policy: Policy) -> None:
    """Check that the distribution at a slot is what each row's own probability says, and 0 of what stands."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        for before in _prefixes(len(weights)):
            p = policy.distribution(weights, before, tilt)
            wanted = np.zeros(len(weights))
            for row, each in _next(policy, weights, before, tilt).items():
                wanted[row] = each
            np.testing.assert_allclose(p, wanted, atol=1e-12)


def gives_everyone_a_chance(policy: Policy) -> None:
    """Check that a policy with a budget gives every row left a probability above 0, tilted or not."""
    weights = policy.weigh(_SCORES)
    if not policy.budget:
        return
    for tilt in TILTS:
        for before in _prefixes(len(weights)):
            for row, p in _next(policy, weights, before, tilt).items():
                if p <= 0:
                    raise AssertionError(f"{policy} never shows row {row} after {before}")


def takes_the_heaviest_for_greedy(policy: Policy) -> None:
    """Check that the rest of the budget, at least, goes to the heaviest row left after the tilt."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        for before in _prefixes(len(weights)):
            left = weights.copy() if tilt is None else weights * tilt(before)
            left[list(before)] = -np.inf
            p = _next(policy, weights, before, tilt)[int(left.argmax())]
            if p < 1 - policy.budget - 1e-12:
                raise AssertionError(f"{policy} shows the heaviest after {before} with {p} alone")


def is_moved_by_differences_alone(policy: Policy) -> None:
    """Check that a tilt of equal factors changes nothing, however large they are."""
    weights = policy.weigh(_SCORES)
    rows = list(range(len(weights)))[::-1]
    plain = policy.probabilities(weights, rows)
    for factor in (1.0, 0.25, 1e6):
        tilt = partial(_even, factor)
        np.testing.assert_allclose(policy.probabilities(weights, rows, tilt), plain, atol=1e-12)


def draws_what_it_says(policy: Policy) -> None:
    """Check that pairs come out as often as their propensities say: χ², p above one in a million."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        rng = np.random.default_rng(20261116)
        drawn = [policy.choose(weights, 2, rng, tilt).rows.tolist() for _ in range(_N_DRAWS)]
        pairs = [list(pair) for pair in permutations(range(len(weights)), 2)]
        p = [np.prod(policy.probabilities(weights, pair, tilt)) for pair in pairs]
        off, n_free = deviation([drawn.count(pair) for pair in pairs], _N_DRAWS * np.array(p))
        if (chance := float(chi2.sf(off, n_free))) < _LEAST_CHANCE:
            raise AssertionError(f"{policy} does not draw pairs as it says (p = {chance:.1g})")


def deviation(counts: ArrayLike, expected: ArrayLike) -> tuple[float, int]:
    """Return Pearson's χ² of counts beside what is expected of each, and its degrees of freedom.

    What is expected less than five times is counted together, with the next where that is still too
    little. What is never expected and comes is off by infinity; nothing to compare has no freedom.
    """
    found, wanted = np.asarray(counts, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if found[wanted <= 0].any():
        return np.inf, 1
    if not wanted.any():
        return 0.0, 0
    order = np.argsort(wanted)[int((wanted <= 0).sum()) :]
    found, wanted = found[order], wanted[order]
    n_rare = max(int((wanted < _RARE).sum()), int((wanted.cumsum() < _RARE).sum()) + 1)
    cells = np.concatenate([[0], np.arange(n_rare, len(wanted))])
    found, wanted = np.add.reduceat(found, cells), np.add.reduceat(wanted, cells)
    return float(((found - wanted) ** 2 / wanted).sum()), len(cells) - 1


def explores_within_its_budget(policy: Policy) -> None:
    """Check that the computed share of exploring slots is at most the declared budget."""
    weights = policy.weigh(_SCORES)
    for tilt in TILTS:
        explored = policy.choose(weights, 4, np.random.default_rng(3), tilt).explored
        if not 0 <= explored <= policy.budget + 1e-12:
            raise AssertionError(f"{policy} explores {explored}, its budget is {policy.budget}")


def refuses_by_name(policy: Policy) -> None:
    """Check that NaN, infinite weights, doubled and unknown rows and bad tilts are refused, by row."""
    good = policy.weigh(_SCORES)
    for bad in (np.nan, np.inf, -np.inf):
        weights = good.copy()
        weights[3] = bad
        _refused(policy, partial(policy.choose, weights, 2, np.random.default_rng(0)), "row 3")
        _refused(policy, partial(policy.probabilities, weights, [0]), "row 3")
        _refused(policy, partial(policy.weigh, weights), "row 3")
    for bad in (np.nan, np.inf, 0.0, -1.0):
        factors = np.ones(len(good))
        factors[2] = bad
        tilt = partial(_fixed, factors)
        _refused(policy, partial(policy.probabilities, good, [0], tilt), "row 2")
        _refused(policy, partial(policy.choose, good, 2, np.random.default_rng(0), tilt), "row 2")
    _refused(policy, partial(policy.probabilities, good, [1, 1]), "row 1")
    _refused(policy, partial(policy.probabilities, good, [99]), "row 99")


def _prefixes(n: int) -> list[tuple[int, ...]]:
    """Return every ordering of every few of n rows, all of them together left out."""
    return [before for k in range(n) for before in permutations(range(n), k)]


def _next(
    policy: Policy, weights: FloatArray, before: Sequence[int], tilt: Tilt | None
) -> dict[int, float]:
    """Return the probability of every row left, given the rows before."""
    left = [row for row in range(len(weights)) if row not in before]
    return {row: policy.probabilities(weights, [*before, row], tilt)[-1] for row in left}


def _even(factor: float, _chosen: Sequence[int]) -> FloatArray:
    return np.full(len(_SCORES), factor)


def _fixed(factors: FloatArray, _chosen: Sequence[int]) -> FloatArray:
    return factors


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
    weighs_scores_and_draws,
    chooses_each_row_once,
    same_chance_gives_same_slate,
    recomputes_its_propensities,
    sums_to_one,
    tells_every_row_of_a_slot,
    gives_everyone_a_chance,
    takes_the_heaviest_for_greedy,
    is_moved_by_differences_alone,
    draws_what_it_says,
    explores_within_its_budget,
    refuses_by_name,
)
