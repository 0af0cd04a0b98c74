"""The runs of a collection side by side: what each measure makes of each run, how sure, and who is surely below the best.

The best run of a measure was chosen by the very values it is tested on, so a run is called below only where its p-value
stands among all pairs of runs (Holm's adjustment, as if every pair not tested had said nothing). Measures are looked at
one by one; whoever picks the measure afterwards picks the winner.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from ritornello.evaluate.collections import Collection
from ritornello.evaluate.comparing import compare
from ritornello.evaluate.content import FloatArray
from ritornello.evaluate.scoring import Scored
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Over
from ritornello.measures.names import Measure
from ritornello.measures.randomisation import holm
from ritornello.measures.resampling import FEW, interval_by_listener

LEVEL = 0.95
N_BINS = 20

Tell = Callable[[str, float], None]


class Spread(msgspec.Struct, frozen=True):
    """How a run's values lie among its topics: how many between each two edges."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Column(msgspec.Struct, frozen=True):
    """A measure, which way is better, and what its values count."""

    measure: str
    direction: str
    unit: str


class Cell(msgspec.Struct, frozen=True):
    """A run by a measure: its value and, where that is a mean over topics, its interval and how topics lie.

    ``is_below`` says that the run is surely worse than the best; ``p_value`` of that is among all pairs of runs, and
    ``None`` for the best itself and where nothing was tested. ``n_topics`` have a value.
    """

    value: float
    n_topics: int
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    is_best: bool = False
    is_below: bool = False
    spread: Spread | None = None


class Row(msgspec.Struct, frozen=True):
    """One run: a cell for each of the leaderboard's columns."""

    run_id: str
    name: str
    cells: tuple[Cell, ...]
    warnings: tuple[Warned, ...] = ()


class Leaderboard(msgspec.Struct, frozen=True):
    """Runs of one collection, the best by the first measure first."""

    collection_id: str
    name: str
    over: Over
    level: float
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    warnings: tuple[Warned, ...] = ()


def leaderboard(
    collection: Collection,
    runs: Sequence[Scored],
    measures: Sequence[Measure],
    rng: np.random.Generator,
    *,
    tell: Tell | None = None,
) -> Leaderboard:
    """Put scored runs of a collection side by side.

    Parameters
    ----------
    tell : is told what is compared and the share that is done.

    Raises
    ------
    BadValue : no run or no measure, a run of another collection, or runs scored over different topics.
    """
    _check(collection, runs, measures)
    columns: list[list[Cell]] = []
    for done, measure in enumerate(measures):
        if tell is not None:
            tell(str(measure), done / len(measures))
        columns.append(_cells(runs, measure, rng))
    up = [-1 if measure.direction == "up" else 1 for measure in measures]
    order = sorted(
        range(len(runs)), key=lambda run: (up[0] * columns[0][run].value, runs[run].name)
    )
    return Leaderboard(
        collection.id,
        collection.name,
        runs[0].over,
        LEVEL,
        tuple(Column(str(each), each.direction, each.unit) for each in measures),
        tuple(
            Row(runs[at].run_id, runs[at].name, tuple(c[at] for c in columns), runs[at].warnings)
            for at in order
        ),
        _warnings(runs),
    )


def _cells(runs: Sequence[Scored], measure: Measure, rng: np.random.Generator) -> list[Cell]:
    """Return the cell of each run by one measure."""
    if measure.grain == "run":
        return _marked([_alone(run, measure) for run in runs], measure)
    cells = _marked([_with_interval(run, measure, rng) for run in runs], measure)
    if measure.definition.total == "geometric mean":
        return cells
    best = next(run for run, cell in zip(runs, cells, strict=True) if cell.is_best)
    others = [run for run, cell in zip(runs, cells, strict=True) if not cell.is_best]
    tested = [compare(run, best, measure, rng).p_value for run in others]
    n_pairs = len(runs) * (len(runs) - 1) // 2
    adjusted = holm(np.array([*tested, *[1.0] * (n_pairs - len(tested))]))[: len(tested)]
    p_values = dict(zip((run.run_id for run in others), adjusted.tolist(), strict=True))
    return [
        cell if cell.is_best else _tested(cell, p_values[run.run_id])
        for run, cell in zip(runs, cells, strict=True)
    ]


def _alone(run: Scored, measure: Measure) -> Cell:
    return Cell(run.total(str(measure)), len(run.topics))


def _with_interval(run: Scored, measure: Measure, rng: np.random.Generator) -> Cell:
    name = str(measure)
    values, listeners = run.known(name)
    spread = _spread(values, measure)
    if measure.definition.total != "mean":
        return Cell(run.total(name), len(values), spread=spread)
    at = interval_by_listener(values, listeners, rng, level=LEVEL)
    return Cell(at.mean, len(values), at.low, at.high, spread=spread)


def _marked(cells: list[Cell], measure: Measure) -> list[Cell]:
    """Return the cells, the best of them marked, and all that are as good."""
    values = np.array([cell.value for cell in cells])
    best = values.max() if measure.direction == "up" else values.min()
    return [msgspec.structs.replace(cell, is_best=bool(cell.value == best)) for cell in cells]


def _tested(cell: Cell, p_value: float) -> Cell:
    return msgspec.structs.replace(cell, p_value=p_value, is_below=p_value < 1 - LEVEL)


def _spread(values: FloatArray, measure: Measure) -> Spread:
    """Return how values lie, between the measure's bounds or, where it has none, their own."""
    of = measure.definition
    low = of.low if np.isfinite(of.low) else float(values.min())
    high = of.high if np.isfinite(of.high) else float(values.max())
    counts, edges = np.histogram(values, N_BINS, (low, high if high > low else low + 1))
    return Spread(tuple(edges.tolist()), tuple(counts.tolist()))


def _warnings(runs: Sequence[Scored]) -> tuple[Warned, ...]:
    n_listeners = min(len(np.unique(run.listeners)) for run in runs)
    if n_listeners >= FEW:
        return ()
    text = f"{n_listeners} listeners are too few for intervals that draw them again to be trusted"
    return (Warned("few_listeners", text, {"n_listeners": n_listeners}),)


def _check(collection: Collection, runs: Sequence[Scored], measures: Sequence[Measure]) -> None:
    """Make sure that these can stand side by side.

    Raises
    ------
    BadValue : they cannot.
    """
    if not runs or not measures:
        raise BadValue(f"{len(runs)} runs by {len(measures)} measures make no leaderboard")
    for run in runs:
        if run.collection_id != collection.id:
            raise BadValue(f"the run {run.name!r} is of another collection than {collection.id}")
        if run.over != runs[0].over:
            raise BadValue(f"runs over {run.over} and over {runs[0].over} topics do not compare")
