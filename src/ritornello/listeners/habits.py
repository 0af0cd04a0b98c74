"""When, on what and what for somebody listens: a distribution over hour × weekday × device (× intent).

What is counted are hours of visits: each local hour of a visit with a listen that counts is one, however many tracks it
holds, because the tracks of an hour are one decision to listen. With n of them in all, n_x in cell x,

    p(x) = (n_x + κ m(x)) / (n + κ),      m(x) = c(x) · mean_a p_a(x_a) / c_a(x_a),      p_a(v) = (n_v + κ_a c_a(v)) / (n + κ_a)

c is the crowd's distribution, itself shrunk to the product of its margins; p_a is the listener's own along one axis,
shrunk to the crowd's; m is the crowd's bent to one of these margins at a time and averaged, which sums to 1 and, other
than their product, does not take one odd event for three. So a hundred evenings say much of the evening of a weekday
never met, one event moves little, and nobody has a cell of 0. Each concentration κ is estimated from the crowd: the one
under which every event is best foretold by all others of its listener (leave-one-out: Geisser, JASA 1975; Dirichlet:
Good, 1965). Right for "is now a usual time"; it knows no seasons and no yesterday.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import get_args

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ritornello.kinds.events import Device
from ritornello.listeners.whose import whose
from ritornello.signals.intents import INTENTS, UNKNOWN

FloatArray = NDArray[np.float64]
Cells = NDArray[np.int64]

MOST_LISTENERS = 20_000
"""So many listeners, drawn by a hash of their ids, stand for the crowd."""
USUAL_CONCENTRATION = 10.0
"""Where no listener has two hours yet, from which one could be estimated."""
_BOUNDS = (np.log(0.05), np.log(1e5))
_HOURS = """
SELECT listener_id, local_hour, weekday, device, intent, count(*) AS n
FROM (
    SELECT DISTINCT r.listener_id, r.visit_id, r.local_hour, r.weekday, coalesce(r.device, 'unknown') AS device,
        {intent} AS intent
    FROM readings AS r {join}
    WHERE r.counts AND {which}
) AS hours
GROUP BY ALL ORDER BY ALL
"""


class Axis(msgspec.Struct, frozen=True):
    """One side of a cell: its name and what may stand there."""

    name: str
    words: tuple[str, ...]


WHEN = (
    Axis("local_hour", tuple(map(str, range(24)))),
    Axis("weekday", tuple(map(str, range(7)))),
    Axis("device", get_args(Device)),
)
WHAT_FOR = Axis("intent", tuple(INTENTS))


class Hours(msgspec.Struct, frozen=True):
    """Counted hours of visits: row i says that ``listener_ids[who[i]]`` had ``n[i]`` in ``cells[i]``, (rows, axes)."""

    axes: tuple[Axis, ...]
    listener_ids: Sequence[str]
    who: Cells
    cells: Cells
    n: FloatArray

    @property
    def shape(self) -> tuple[int, ...]:
        """How many words each axis has."""
        return tuple(len(axis.words) for axis in self.axes)

    def totals(self) -> FloatArray:
        """Return each listener's hours, (n_listeners,)."""
        return np.bincount(self.who, self.n, len(self.listener_ids)).astype(np.float64)

    def along(self, a: int) -> FloatArray:
        """Return each listener's hours by the words of an axis, (n_listeners, n_words)."""
        size = self.shape[a]
        found = np.bincount(
            self.who * size + self.cells[:, a], self.n, size * len(self.listener_ids)
        )
        return found.reshape(-1, size).astype(np.float64)


class Crowd(msgspec.Struct, frozen=True):
    """What is usual, and how much one listener's hours weigh against it.

    ``shares`` sums to 1 over all cells, none is 0; ``concentrations`` of the axes, then ``concentration`` of the whole,
    are in hours: with so many of their own a listener counts as much as what they are shrunk to.
    """

    axes: tuple[Axis, ...]
    shares: FloatArray
    concentrations: tuple[float, ...]
    concentration: float
    n_listeners: int

    def margin(self, a: int) -> FloatArray:
        """Return the crowd's shares along an axis."""
        return _margin(self.shares, a)


class Habits(msgspec.Struct, frozen=True):
    """One listener's distribution ``p`` over all cells, from ``n_hours`` of their own; ``share_own`` of it is theirs."""

    axes: tuple[Axis, ...]
    p: FloatArray
    n_hours: float
    share_own: float

    def along(self, name: str) -> dict[str, float]:
        """Return the probabilities of an axis's words."""
        a = [axis.name for axis in self.axes].index(name)
        return dict(zip(self.axes[a].words, _margin(self.p, a).tolist(), strict=True))

    def most(self, n: int) -> list[tuple[dict[str, str], float]]:
        """Return the n likeliest cells, each as a word an axis, with its probability."""
        best = np.argsort(-self.p, axis=None, kind="stable")[:n]
        places = zip(*np.unravel_index(best, self.p.shape), strict=True)
        return [
            ({axis.name: axis.words[i] for axis, i in zip(self.axes, place, strict=True)}, float(self.p[place]))
            for place in places
        ]  # fmt: skip


def read(
    duck: duckdb.DuckDBPyConnection,
    *,
    intents: Mapping[str, str] | None = None,
    listener_id: str | None = None,
    most_listeners: int = MOST_LISTENERS,
) -> Hours:
    """Count hours of visits in the view ``readings``: of a listener, else of the crowd.

    Parameters
    ----------
    intents : visit id → what it was for; given, intent is an axis, and only the visits it names are counted.
    """
    intent, join = f"'{UNKNOWN}'", ""
    if intents is not None:
        words = {"visit_id": [*intents], "intent": [*intents.values()]}
        duck.register("visit_intents", {k: np.array(v, dtype=np.str_) for k, v in words.items()})
        intent = "CAST(v.intent AS VARCHAR)"
        join = "INNER JOIN visit_intents AS v ON v.visit_id = r.visit_id"
    which, asked = whose(listener_id, most_listeners)
    found = duck.execute(_HOURS.format(which=which, intent=intent, join=join), asked).fetchnumpy()
    axes = WHEN if intents is None else (*WHEN, WHAT_FOR)
    ids, who = np.unique(found["listener_id"].astype(np.str_), return_inverse=True)
    cells = [_numbers(axis, found[axis.name]) for axis in axes]
    return Hours(axes, ids.tolist(), who, np.column_stack(cells), found["n"].astype(np.float64))


def crowd_of(hours: Hours) -> Crowd:
    """Learn what is usual, and every concentration."""
    total = np.zeros(hours.shape)
    np.add.at(total, tuple(hours.cells.T), hours.n)
    margins = [_smoothed(_margin(total, a)) for a in range(len(hours.axes))]
    product = reduce(np.multiply.outer, margins)
    shares = _shrunk(total, product, _fit(lambda k: _foretold(total, total.sum(), product, k)))
    if not (hours.totals() > 1).any():
        usual = USUAL_CONCENTRATION
        axes = tuple(usual for _ in hours.axes)
        return Crowd(hours.axes, shares, axes, usual, len(hours.listener_ids))
    kappas = tuple(_fit(_of_axis(hours, a, _margin(shares, a))) for a in range(len(hours.axes)))
    return Crowd(
        hours.axes, shares, kappas, _fit(_of_all(hours, shares, kappas)), len(hours.listener_ids)
    )


def of(hours: Hours, crowd: Crowd) -> Habits:
    """Return the habits of the one listener these hours are of, or of somebody nobody has met.

    Never nan, sums to 1, every cell above 0.
    """
    own = np.zeros(hours.shape)
    np.add.at(own, tuple(hours.cells.T), hours.n)
    n = float(own.sum())
    ratios = []
    for a, kappa in enumerate(crowd.concentrations):
        usual = crowd.margin(a)
        ratio = _shrunk(_margin(own, a), usual, kappa) / usual
        ratios.append(ratio.reshape([-1 if b == a else 1 for b in range(own.ndim)]))
    bent = crowd.shares * sum(ratios) / len(ratios)
    p = _shrunk(own, bent, crowd.concentration)
    return Habits(hours.axes, p, n, n / (n + crowd.concentration))


def _of_axis(hours: Hours, a: int, usual: FloatArray) -> Callable[[float], float]:
    counts, totals = hours.along(a), hours.totals()[:, None]
    return lambda kappa: _foretold(counts, totals, usual, kappa)


def _of_all(hours: Hours, shares: FloatArray, kappas: Sequence[float]) -> Callable[[float], float]:
    """Return what says how well cells are foretold, m too without the event that is left out."""
    totals, ratio = hours.totals()[hours.who], np.zeros(len(hours.n))
    for a, kappa in enumerate(kappas):
        words = hours.cells[:, a]
        usual, own = _margin(shares, a)[words], hours.along(a)[hours.who, words]
        ratio += _shrunk_by(own - 1, totals - 1, usual, kappa) / usual / len(kappas)
    prior = shares[tuple(hours.cells.T)] * ratio
    return lambda kappa: _foretold(hours.n, totals, prior, kappa)


def _foretold(
    counts: FloatArray, totals: FloatArray | float, prior: FloatArray, kappa: float
) -> float:
    """Return the log probability of each event given the others: Σ n ln((n − 1 + κ m) / (N − 1 + κ))."""
    met = counts > 0
    every = np.broadcast_to(totals, counts.shape)[met]
    prior = np.broadcast_to(prior, counts.shape)[met]
    n = counts[met]
    return float(n @ np.log(_shrunk_by(n - 1, every - 1, prior, kappa)))


def _fit(likelihood: Callable[[float], float]) -> float:
    found = minimize_scalar(
        lambda x: -likelihood(float(np.exp(x))), bounds=_BOUNDS, method="bounded"
    )
    return float(np.exp(found.x))


def _shrunk(counts: FloatArray, prior: FloatArray, kappa: float) -> FloatArray:
    return _shrunk_by(counts, counts.sum(), prior, kappa)


def _shrunk_by(
    counts: FloatArray, totals: FloatArray | float, prior: FloatArray, kappa: float
) -> FloatArray:
    return np.asarray((counts + kappa * prior) / (totals + kappa))


def _smoothed(counts: FloatArray) -> FloatArray:
    """Return shares with one event more spread over all words, so that no word is impossible."""
    return _shrunk(counts, np.full(len(counts), 1 / len(counts)), 1.0)


def _margin(values: FloatArray, a: int) -> FloatArray:
    return np.asarray(values.sum(axis=tuple(b for b in range(values.ndim) if b != a)))


def _numbers(axis: Axis, column: NDArray[np.generic]) -> Cells:
    """Return each row's place among the words of an axis; a word nobody defined is unknown."""
    words, place = np.unique(column.astype(np.str_), return_inverse=True)
    known = [axis.words.index(w) if w in axis.words else axis.words.index(UNKNOWN) for w in words]
    return np.array(known, dtype=np.int64)[place]
