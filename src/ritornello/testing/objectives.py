"""What every objective must keep, whoever wrote it.

Run ``for check in CHECKS: check(objective)``; a broken promise raises ``AssertionError`` with the
numbers. The shortlist has every trait there is, and two candidates nobody can tell apart.
"""

from collections.abc import Callable
from itertools import permutations

import msgspec
import numpy as np

from ritornello.kinds.decisions import Candidate, Shelf
from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import FloatArray, Tilt
from ritornello.policies.objectives import Objective, parse
from ritornello.policies.plackett_luce import PlackettLuce
from ritornello.policies.traits import ARTIST, BOOST, ENERGY, NEW, Traits

NAMES = ("genre:folk", "genre:jazz", "genre:punk", NEW, ARTIST, BOOST, ENERGY)
TARGET = (0.5, 0.4, 0.1, 0.0, 0.0, 0.0, 0.0)
VALUES = np.array([
    [1.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.2],
    [1.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.2],
    [0.5, 0.5, 0.0, 1.0, 4.0, 0.0, 0.4],
    [0.0, 1.0, 0.0, 1.0, -1.0, 2.0, 0.5],
    [0.0, 0.0, 1.0, 0.0, 7.0, 0.5, 0.9],
    [0.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.7],
])  # fmt: skip
_WEIGHTS = np.array([0.3, 0.3, 0.25, 0.1, 0.04, 0.01])
_TOLERANCE = 1e-9


def keeps_its_name(objective: Objective) -> None:
    """Check that the text of an objective parses back to an equal objective."""
    if parse(str(objective)) != objective:
        raise AssertionError(f"{objective} parses to {parse(str(objective))}")


def leaves_full_support(objective: Objective) -> None:
    """Check that every factor is finite and above 0 and no row left is ruled out, whatever was chosen."""
    tilt = _tilt(objective)
    policy = PlackettLuce(budget=0.5)
    for before in _prefixes():
        factors = tilt(before)
        if factors.shape != (len(VALUES),) or not (factors > 0).all() or factors.max() == np.inf:
            raise AssertionError(f"{objective} gives {factors} after {before}")
        for row in set(range(len(VALUES))) - set(before):
            if policy.probabilities(_WEIGHTS, [*before, row], tilt)[-1] <= 0:
                raise AssertionError(f"{objective} rules out row {row} after {before}")


def says_the_same_again(objective: Objective) -> None:
    """Check that factors depend on what was chosen alone, not on what was asked before."""
    tilt, other = _tilt(objective), _tilt(objective)
    first = {before: tilt(before) for before in _prefixes()}
    for before in reversed(first):
        np.testing.assert_array_equal(other(before), first[before])
        np.testing.assert_array_equal(tilt(before), first[before])


def reads_what_is_logged(objective: Objective) -> None:
    """Check that a shelf read back from JSON tilts exactly alike."""
    shortlist = tuple(
        Candidate(f"track:{row}", "blend", 1.0, tuple(traits))
        for row, traits in enumerate(VALUES.tolist())
    )
    shelf = Shelf(
        "s", "S", "greedy", shortlist, objective=str(objective), traits=NAMES, target=TARGET
    )
    back = msgspec.json.decode(msgspec.json.encode(shelf), type=Shelf)
    tilt, again = _tilt(objective), parse(back.objective).tilt(Traits.logged(back))
    for before in _prefixes():
        np.testing.assert_array_equal(again(before), tilt(before))


def treats_the_alike_alike(objective: Objective) -> None:
    """Check that candidates with the same traits have the same factors while both are left."""
    tilt = _tilt(objective)
    for before in _prefixes():
        factors = tilt(before)
        if not {0, 1} & set(before) and abs(factors[0] - factors[1]) > _TOLERANCE:
            raise AssertionError(f"{objective} tells rows 0 and 1 apart after {before}: {factors}")


def does_not_mind_the_order_of_rows(objective: Objective) -> None:
    """Check that a shortlist in another order has the same factors, in that order."""
    order = np.array([3, 5, 0, 4, 2, 1])
    place_of = np.argsort(order)
    tilt, other = _tilt(objective), _tilt(objective, VALUES[order])
    for before in _prefixes():
        moved = other(place_of[list(before)].tolist())
        np.testing.assert_allclose(moved, tilt(before)[order], atol=_TOLERANCE)


def refuses_by_name(objective: Objective) -> None:
    """Check that a missing or unusable trait is refused, naming the trait."""
    for bad in (np.nan, np.inf):
        values = VALUES.copy()
        values[2, 3] = bad
        _refused(objective, NAMES, values, "'new' of row 2")
    for name in set(objective.reads) & set(NAMES):
        left = [place for place, each in enumerate(NAMES) if each != name]
        _refused(objective, tuple(NAMES[place] for place in left), VALUES[:, left], f"{name!r}")


def _refused(objective: Objective, names: tuple[str, ...], values: FloatArray, naming: str) -> None:
    try:
        objective.tilt(Traits.of(names, values))
    except BadValue as error:
        if naming not in str(error):
            raise AssertionError(f"{objective} refuses without naming {naming}: {error}") from error
    else:
        raise AssertionError(f"{objective} accepted what it must refuse ({naming})")


def _tilt(objective: Objective, values: FloatArray = VALUES) -> Tilt:
    return objective.tilt(Traits.of(NAMES, values, TARGET))


def _prefixes() -> list[tuple[int, ...]]:
    """Return every ordering of up to three of the rows, and some of all but one."""
    everything = range(len(VALUES))
    short = [before for k in range(4) for before in permutations(everything, k)]
    return short + list(permutations(everything, len(VALUES) - 1))[::7]


CHECKS: tuple[Callable[[Objective], None], ...] = (
    keeps_its_name,
    leaves_full_support,
    says_the_same_again,
    reads_what_is_logged,
    treats_the_alike_alike,
    does_not_mind_the_order_of_rows,
    refuses_by_name,
)
