"""Is one run better than another, topic by topic, and is that more than chance? Comparisons of two or more.

Pairs are the topics both have a value for. Intervals draw listeners again, tests swap the pairs of whole listeners, since
the topics of one listener are not independent. Of many comparisons each is told with its p-value adjusted for all of them.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.evaluate.content import FloatArray, NumberArray
from ritornello.evaluate.scoring import Scored
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures.matching import NothingToJudge
from ritornello.measures.names import Measure
from ritornello.measures.randomisation import holm, sign_flip
from ritornello.measures.resampling import Interval, interval_by_listener

ALONE = "none: one comparison"


class Paired(NamedTuple):
    """Values of two runs for the topics both have one for, with each topic's listener."""

    ours: FloatArray
    theirs: FloatArray
    listeners: NumberArray
    warnings: tuple[Warned, ...]


class Comparison(msgspec.Struct, frozen=True):
    """How much one run betters another by one measure.

    ``difference`` is ours less theirs, with its interval over listeners drawn again. ``p_value`` is the randomisation test's
    over ``n_assignments`` of signs (all of them where ``exact``); ``p_adjusted`` is it among all that was compared, as
    ``multiplicity`` says. A topic is won where ours is better, whatever the measure's direction.
    """

    measure: str
    ours: str
    theirs: str
    mean_ours: float
    mean_theirs: float
    difference: Interval
    p_value: float
    p_adjusted: float
    multiplicity: str
    n_assignments: int
    exact: bool
    n_topics: int
    n_won: int
    n_lost: int
    n_tied: int
    warnings: tuple[Warned, ...] = ()


def compare(ours: Scored, theirs: Scored, measure: Measure, rng: np.random.Generator) -> Comparison:
    """Compare two runs of one collection by one measure, topic by topic.

    Raises
    ------
    BadValue : runs of two collections, or a measure of a whole run.
    UnknownName : a measure that one of them was not scored by.
    NothingToJudge : no topic has a value in both.
    """
    pairs = paired(ours, theirs, measure)
    moved = pairs.ours - pairs.theirs
    tested = sign_flip(_by_listener(moved, pairs.listeners), rng)
    better = moved if measure.direction == "up" else -moved
    return Comparison(
        measure=str(measure),
        ours=ours.name,
        theirs=theirs.name,
        mean_ours=float(pairs.ours.mean()),
        mean_theirs=float(pairs.theirs.mean()),
        difference=interval_by_listener(moved, pairs.listeners, rng),
        p_value=tested.p_value,
        p_adjusted=tested.p_value,
        multiplicity=ALONE,
        n_assignments=tested.n_assignments,
        exact=tested.exact,
        n_topics=len(moved),
        n_won=int((better > 0).sum()),
        n_lost=int((better < 0).sum()),
        n_tied=int((better == 0).sum()),
        warnings=pairs.warnings,
    )


def compare_all(
    runs: Sequence[Scored],
    measures: Sequence[Measure],
    rng: np.random.Generator,
    *,
    baseline: Scored | None = None,
) -> tuple[Comparison, ...]:
    """Compare every two runs, or each with a baseline, by every measure; p-values adjusted for all of these by Holm.

    Raises
    ------
    BadValue : nothing to compare, or as :func:`compare`.
    """
    pairs = [(run, baseline) for run in runs] if baseline else list(combinations(runs, 2))
    found = [compare(*pair, measure, rng) for measure in measures for pair in pairs]
    if not found:
        raise BadValue(
            f"{len(runs)} runs and {len(measures)} measures leave nothing to compare; name two runs and a measure"
        )
    if len(found) == 1:
        return tuple(found)
    adjusted = holm(np.array([each.p_value for each in found]))
    stated = f"Holm over {len(found)} comparisons"
    return tuple(
        replace(each, p_adjusted=float(p), multiplicity=stated)
        for each, p in zip(found, adjusted, strict=True)
    )


def paired(ours: Scored, theirs: Scored, measure: Measure) -> Paired:
    """Return both runs' values for the topics that both have one for; what is left out is warned of.

    Raises
    ------
    BadValue : runs of two collections, or a measure of a whole run.
    UnknownName : a measure that one of them was not scored by.
    NothingToJudge : no topic has a value in both.
    """
    if ours.collection_id != theirs.collection_id:
        raise BadValue(
            f"{ours.name!r} is of collection {ours.collection_id} and {theirs.name!r} of "
            f"{theirs.collection_id}; only runs of one collection can be paired"
        )
    left, right = _shared(ours.topics, theirs.topics)
    a, b = _values(ours, measure)[left], _values(theirs, measure)[right]
    known = np.isfinite(a) & np.isfinite(b)
    if not known.any():
        raise NothingToJudge(
            f"no topic of {ours.name!r} has a value of {measure} in {theirs.name!r}, too"
        )
    lacking = ~known
    if measure.grain == "session":  # it has values at the first topic of each alone
        lacking = np.isfinite(a) != np.isfinite(b)
    n_apart = len(ours.topics) + len(theirs.topics) - 2 * len(left)
    warnings = (
        *_warned("topics_not_shared", n_apart, "stand in only one of the two runs"),
        *_warned("topics_without_value", int(lacking.sum()), f"have no value of {measure} in one"),
    )
    return Paired(a[known], b[known], ours.listeners[left][known], warnings)


def _shared(ours: Sequence[str], theirs: Sequence[str]) -> tuple[NumberArray, NumberArray]:
    """Return where the topics of both stand in ours and in theirs."""
    if ours == theirs:
        every = np.arange(len(ours))
        return every, every
    left, right = np.intersect1d(np.array(ours), np.array(theirs), return_indices=True)[1:]
    return left, right


def _values(scored: Scored, measure: Measure) -> FloatArray:
    name = str(measure)
    if measure.grain == "run":
        raise BadValue(
            f"{name} is of a whole run and has no values by topic to pair; `ritornello evaluate score` says each run's"
        )
    if name not in scored.values:
        raise UnknownName.among(f"measure of the run {scored.name!r}", name, scored.values)
    return scored.values[name]


def _by_listener(values: FloatArray, listeners: NumberArray) -> FloatArray:
    """Return the sum of each listener's values."""
    whose = np.unique(listeners, return_inverse=True)[1]
    return np.asarray(np.bincount(whose, weights=values), dtype=np.float64)


def _warned(code: str, n: int, because: str) -> tuple[Warned, ...]:
    text = f"{n:,} topics {because} and do not count"
    return (Warned(code, text, {"n_topics": n}),) if n else ()
