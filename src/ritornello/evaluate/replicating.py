"""A run held against its replica: how far rankings, values by topic and the gain over a baseline agree.

The levels are those of Breuer et al., How to measure the reproducibility of system-oriented IR experiments, SIGIR 2020, from
the strictest down: the same order, the same values, the same effect. A replica may fail the first and hold the last.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from ritornello.evaluate.collections import Collection
from ritornello.evaluate.comparing import Paired, paired
from ritornello.evaluate.content import FloatArray, NumberArray
from ritornello.evaluate.report import collected
from ritornello.evaluate.runs import Run
from ritornello.evaluate.scoring import Scored
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.measures.about import NOTHING, with_scores
from ritornello.measures.matching import NothingToJudge
from ritornello.measures.names import Measure
from ritornello.measures.rank_agreement import NOWHERE, places_in, rbo, tau_b, tau_union

DEPTH = 100
P_RBO = 0.9

T = TypeVar("T", np.int64, np.float64)


class SameOrder(msgspec.Struct, frozen=True):
    """How far both rank alike in the first ``depth`` places, as means over ``n_topics`` that both returned.

    ``tau_union`` and ``rbo`` as :mod:`~ritornello.measures.rank_agreement` says; ``tau_b`` is over the items both rank,
    ``None`` where no topic has two; ``overlap`` the share of places whose item the other has, too; ``n_identical`` topics
    are the same place by place.
    """

    depth: int
    n_topics: int
    n_identical: int
    tau_union: float | None
    tau_b: float | None
    rbo: float
    p_rbo: float
    overlap: float


class SameValues(msgspec.Struct, frozen=True):
    """How far the values by topic agree by one measure.

    ``rmse`` is √ mean (original − replica)², in the measure's unit, 0 for the same values. ``p_value`` is of the paired
    two-sided t-test: small says that the replica differs; large never says that it does not. ``None`` for one topic.
    """

    measure: str
    original: float
    replica: float
    rmse: float
    p_value: float | None
    n_topics: int


class SameEffect(msgspec.Struct, frozen=True):
    """How far the gain over a baseline came back, by one measure.

    ``effect_ratio`` is the replicas' mean gain by the originals': 1 the same, above 1 stronger, 0 none, below 0 turned
    round. ``delta_relative_improvement`` is (a − b) / b of the originals less that of the replicas: 0 the same, above 0
    weaker in the replica. ``None`` where what divides is 0.
    """

    measure: str
    effect_ratio: float | None
    delta_relative_improvement: float | None


class Replication(msgspec.Struct, frozen=True):
    """What came of a replication: its order, its values by measure, and where a baseline was named its effects."""

    original: str
    replica: str
    order: SameOrder
    values: tuple[SameValues, ...]
    effects: tuple[SameEffect, ...] = ()
    warnings: tuple[Warned, ...] = ()


def replicate(
    order: SameOrder,
    original: Scored,
    replica: Scored,
    measures: Sequence[Measure],
    *,
    baselines: tuple[Scored, Scored] | None = None,
) -> Replication:
    """Put together what came of a replication on one collection.

    Parameters
    ----------
    order : how far the two rank alike, see :func:`same_order`.
    baselines : the original baseline's scores and its replica's, for the effects.

    Raises
    ------
    BadValue : runs of two collections, or a measure of a whole run.
    NothingToJudge : no topic has a value in both.
    """
    pairs = [paired(original, replica, measure) for measure in measures]
    effects = []
    if baselines:
        first, second = (original, baselines[0]), (replica, baselines[1])
        effects = [effect(first, second, measure) for measure in measures]
    return Replication(
        original=original.name,
        replica=replica.name,
        order=order,
        values=tuple(map(_same_values, measures, pairs)),
        effects=tuple(effects),
        warnings=collected(*(pair.warnings for pair in pairs)),
    )


def same_order(
    collection: Collection, original: Run, replica: Run, *, depth: int = DEPTH, p: float = P_RBO
) -> SameOrder:
    """Return how far two runs of a collection rank alike.

    Raises
    ------
    BadValue : a run of another collection, or a depth or p that RBO cannot have.
    NothingToJudge : no topic was returned by both.
    """
    for run in (original, replica):
        if run.collection_id != collection.id:
            raise BadValue(
                f"{run.name!r} is of collection {run.collection_id}, not {collection.id}"
            )
    ours, theirs, ours_scores, theirs_scores = _aligned(collection, (original, replica), depth)
    place = places_in(ours, theirs)
    met = place != NOWHERE
    there = np.take_along_axis(theirs_scores, np.maximum(place, 0), axis=1)
    return SameOrder(
        depth=depth,
        n_topics=len(ours),
        n_identical=int((ours == theirs).all(axis=1).sum()),
        tau_union=_mean(tau_union(ours, theirs)),
        tau_b=_mean(tau_b(ours_scores, there, met)),
        rbo=float(rbo(ours, theirs, p=p, depth=depth).mean()),
        p_rbo=p,
        overlap=float((met.sum(axis=1) / (ours != NOTHING).sum(axis=1)).mean()),
    )


def effect(
    originals: tuple[Scored, Scored], replicas: tuple[Scored, Scored], measure: Measure
) -> SameEffect:
    """Return how far the gain of an advanced run (first) over a baseline (second) came back in their replicas.

    The replicas may be of another collection: only means are held against each other.

    Raises
    ------
    BadValue : an advanced run and its baseline are of two collections, or a measure of a whole run.
    NothingToJudge : the two have no topic in common.
    """
    (first, second), (first_again, second_again) = (
        (float(pair.ours.mean()), float(pair.theirs.mean()))
        for pair in (paired(*originals, measure), paired(*replicas, measure))
    )
    gain, gain_again = first - second, first_again - second_again
    relative = None
    if second and second_again:
        relative = gain / second - gain_again / second_again
    return SameEffect(str(measure), gain_again / gain if gain else None, relative)


def _same_values(measure: Measure, pair: Paired) -> SameValues:
    apart = pair.ours - pair.theirs
    return SameValues(
        measure=str(measure),
        original=float(pair.ours.mean()),
        replica=float(pair.theirs.mean()),
        rmse=float(np.sqrt((apart**2).mean())),
        p_value=_paired_t(apart),
        n_topics=len(apart),
    )


def _paired_t(apart: FloatArray) -> float | None:
    """Return the p-value of the paired two-sided t-test; 1 where nothing differs at all."""
    n = len(apart)
    if n < 2:
        return None
    if not apart.any():
        return 1.0
    error = float(apart.std(ddof=1)) / np.sqrt(n)
    return float(2 * t.sf(abs(apart.mean()) / error, n - 1)) if error else 0.0


def _aligned(
    collection: Collection, runs: tuple[Run, Run], depth: int
) -> tuple[NumberArray, NumberArray, FloatArray, FloatArray]:
    """Return both runs' items, then both runs' scores, (n_topics, depth), of the topics both returned."""
    (ours, ours_scores), (theirs, theirs_scores) = (
        with_scores(run.ranked.topics, items, run.ranked.scores)
        for run, items in zip(runs, _in_one_order(collection, runs), strict=True)
    )
    mine = np.isin(ours.topics, theirs.topics)
    other = np.isin(theirs.topics, ours.topics)
    if not mine.any():
        raise NothingToJudge(f"{runs[0].name!r} and {runs[1].name!r} returned no topic in common")
    return (
        _as_wide(ours.items[mine], depth, NOTHING),
        _as_wide(theirs.items[other], depth, NOTHING),
        _as_wide(ours_scores[mine], depth, 0),
        _as_wide(theirs_scores[other], depth, 0),
    )


def _in_one_order(collection: Collection, runs: tuple[Run, Run]) -> Iterator[NumberArray]:
    """Yield each run's items numbered in the order of their ids, those outside the universe among them."""
    every = sorted({*collection.items, *(each for run in runs for each in run.others)})
    numbers = {each: number for number, each in enumerate(every)}
    for run in runs:
        own = np.array([numbers[each] for each in (*collection.items, *run.others)], np.int64)
        yield own[run.ranked.items]


def _as_wide(rows: NDArray[T], width: int, fill: int) -> NDArray[T]:
    """Return the first columns of rows, or with columns more that hold nothing."""
    wide = np.full((len(rows), width), fill, rows.dtype)
    n = min(rows.shape[1], width)
    wide[:, :n] = rows[:, :n]
    return wide


def _mean(values: FloatArray) -> float | None:
    """Return the mean of what there is."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else None
