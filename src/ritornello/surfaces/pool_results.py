"""What became of a pool's lists: per item shown, seen, played, and how well it served, for whom and for what.

Made from the outcomes of signals with one success function. A success is one number a listener (the mean of what is known
of them), so that who comes every night counts once; its interval draws listeners again and is withheld where they are
fewer than five. What nobody saw is no failure, and what says nothing is not counted.
"""

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.ids import ItemId
from ritornello.measures.resampling import Interval, interval
from ritornello.signals import success_data
from ritornello.signals.building import open_tables
from ritornello.signals.intents import INTENTS
from ritornello.signals.success import Outcomes, Scored, Success
from ritornello.store import lake
from ritornello.store.home import Home
from ritornello.surfaces.pools import MOMENTS

LEAST_LISTENERS = 5
N_RESAMPLES = 500
TABLES = ("outcomes", "beginnings", "shown")
_OF_POOL = """
CREATE OR REPLACE TEMP TABLE of_pool AS SELECT * FROM outcomes WHERE surface = $surface AND shelf = $name
"""
_SEGMENTS = """
SELECT DISTINCT decision_id, coalesce(segment, '') FROM shown WHERE surface = $surface AND shelf = $name
"""

Places = NDArray[np.int64]


class Served(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often something was shown, seen and played, to how many, and how well it served.

    ``n_known`` is how often something can be said of success; ``mean`` is ``None`` where it never can, ``success`` where
    too few listeners say.
    """

    n_shown: int
    n_seen: int
    n_played: int
    n_known: int
    n_listeners: int
    mean: float | None = None
    success: Interval | None = None


class ItemServed(msgspec.Struct, frozen=True):
    """One item of a pool: in all, and by what the listeners' visits were for."""

    item_id: ItemId
    served: Served
    by_intent: dict[str, Served]


class PoolResults(msgspec.Struct, frozen=True):
    """A pool's results: as a whole, by intent, by segment of listeners, by item (the most shown first)."""

    name: str
    success_version: str
    n_lists: int
    served: Served
    by_intent: dict[str, Served]
    by_segment: dict[str, Served]
    items: tuple[ItemServed, ...]


def results(
    duck: duckdb.DuckDBPyConnection,
    home: Home,
    name: str,
    success: Success,
    rng: np.random.Generator,
) -> PoolResults:
    """Return what became of a pool's lists, as far as outcomes were built.

    Raises
    ------
    NotFound : none of its lists has outcomes that were built.
    """
    open_tables(duck, home, TABLES)
    about = {"surface": MOMENTS, "name": name}
    with lake.readable():
        duck.execute(_OF_POOL, about)
        segment_of = dict(duck.execute(_SEGMENTS, about).fetchall())
    duck.execute("CREATE OR REPLACE TEMP VIEW outcomes AS SELECT * FROM of_pool")
    outcomes = success_data.read_outcomes(duck, home)
    segments = np.array([segment_of.get(each, "") for each in outcomes.column("decision_id")])
    return of_outcomes(name, outcomes, success, segments, rng)


def of_outcomes(
    name: str,
    outcomes: Outcomes,
    success: Success,
    segments: NDArray[np.str_],
    rng: np.random.Generator,
) -> PoolResults:
    """Return what outcomes of one pool come to.

    Parameters
    ----------
    segments : (n,) whose beliefs were asked for the list of each row; empty where nobody's were.
    """
    tally = _Tally(outcomes, success.score(outcomes), rng)
    intents = np.array(INTENTS)[outcomes.p_intent.argmax(axis=1)]
    items = [
        ItemServed(item_id, tally.of(places), tally.by(intents, places))
        for item_id, places in _grouped(outcomes.column("item_id"), np.arange(len(outcomes)))
    ]
    everything = np.arange(len(outcomes))
    return PoolResults(
        name=name,
        success_version=success.facts.version,
        n_lists=len(outcomes.decisions()[1]),
        served=tally.of(everything),
        by_intent=tally.by(intents, everything),
        by_segment=tally.by(segments, np.flatnonzero(segments != "")),
        items=tuple(items),
    )


class _Tally:
    """Adds up outcomes of any rows."""

    def __init__(self, outcomes: Outcomes, scored: Scored, rng: np.random.Generator) -> None:
        self._seen, self._played = outcomes.flag("seen"), outcomes.flag("played")
        self._scored, self._rng = scored, rng
        self._listener = np.unique(outcomes.column("listener_id"), return_inverse=True)[1]

    def of(self, places: Places) -> Served:
        """Return what some rows come to."""
        known = places[self._scored.known[places]]
        n = np.bincount(self._listener[known])
        total = np.bincount(self._listener[known], self._scored.success[known])
        means = total[n > 0] / n[n > 0]
        enough = len(means) >= LEAST_LISTENERS
        return Served(
            n_shown=len(places),
            n_seen=int(self._seen[places].sum()),
            n_played=int(self._played[places].sum()),
            n_known=len(known),
            n_listeners=len(np.unique(self._listener[places])),
            mean=float(means.mean()) if len(means) else None,
            success=interval(means, self._rng, n_resamples=N_RESAMPLES) if enough else None,
        )

    def by(self, words: NDArray[np.str_], places: Places) -> dict[str, Served]:
        """Return what some rows come to by a word each, the most shown first."""
        return {word: self.of(some) for word, some in _grouped(words, places)}


def _grouped(words: NDArray[np.str_], places: Places) -> list[tuple[str, Places]]:
    """Return the rows of each word, the most frequent word first."""
    there, number_of, n = np.unique(words[places], return_inverse=True, return_counts=True)
    runs = np.split(places[np.argsort(number_of, kind="stable")], np.cumsum(n)[:-1])
    return [(str(there[k]), runs[k]) for k in np.argsort(-n, kind="stable").tolist()]
