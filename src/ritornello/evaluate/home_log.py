"""The log of our own decisions as rounds: what was drawn on a surface, and how well it served.

A round is one slot that chance filled, with what stood before it on its shelf; its reward is what a success function says of
the slot's outcome, where what was left alone is no success (0) and what cannot be told is left out and counted. Read are the
decisions themselves and the table ``outcomes``; run ``signals build`` first.

It answers what slots would earn under another policy *given what the log put above them*. A policy that also changes what
stands above meets other situations than these: the estimators of slates are for that.
"""

from collections.abc import Iterable
from datetime import datetime

import duckdb
import numpy as np

from ritornello.evaluate.drawn_rounds import Rounds
from ritornello.evaluate.logs import FloatArray, Log
from ritornello.kinds.decisions import Decision
from ritornello.kinds.times import to_us
from ritornello.policies.teaching import passed_by
from ritornello.signals import success_data
from ritornello.signals.success import Outcomes, Success
from ritornello.store import lake
from ritornello.store.home import Home

_OF_SURFACE = """
CREATE OR REPLACE TEMP TABLE of_surface AS
SELECT * FROM outcomes WHERE surface = $surface AND made_at_us >= $since AND made_at_us < $until
"""
_DECISIONS = """
(SELECT * FROM decision WHERE surface = {surface} AND epoch_us(made_at) >= {since} AND epoch_us(made_at) < {until}
ORDER BY made_at, decision_id)
"""
_ALWAYS = (0, 1 << 62)


def read(
    home: Home,
    surface: str,
    success: Success,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Log:
    """Return the rounds of one surface with what a success function makes of their outcomes.

    Parameters
    ----------
    since, until : instants between which decisions were made; all where not given.

    Raises
    ------
    NotFound : no outcome was built of that surface and time.
    """
    first = _ALWAYS[0] if since is None else to_us(since)
    last = _ALWAYS[1] if until is None else to_us(until)
    name = f"{surface} by {success.facts.version}"
    with lake.open_lake(home) as duck:
        lake.relation(duck, home, "decision")
        outcomes = _outcomes(duck, home, {"surface": surface, "since": first, "until": last})
        where = _DECISIONS.format(surface=lake.quoted(surface), since=first, until=last)
        decisions = (each for some in lake.decisions(duck, where) for each in some)
        return of_decisions(name, decisions, outcomes, success)


def of_decisions(
    name: str, decisions: Iterable[Decision], outcomes: Outcomes, success: Success
) -> Log:
    """Return the rounds of some decisions, as far as outcomes tell of them."""
    scored = passed_by(outcomes, success.score(outcomes))
    told = _Told(outcomes, np.where(scored.known, scored.success, np.nan))
    rounds = Rounds()
    for decision in decisions:
        rounds.take(decision, told.of(decision))
    return rounds.log(name)


def _outcomes(duck: duckdb.DuckDBPyConnection, home: Home, about: dict[str, object]) -> Outcomes:
    success_data.open_home(duck, home)
    with lake.readable():
        duck.execute(_OF_SURFACE, about)
    duck.execute("CREATE OR REPLACE TEMP VIEW outcomes AS SELECT * FROM of_surface")
    return success_data.read_outcomes(duck, home)


class _Told:
    """What came of each slot of each decision."""

    def __init__(self, outcomes: Outcomes, reward: FloatArray) -> None:
        ids = outcomes.column("decision_id")
        order = np.argsort(ids, kind="stable")
        self._ids, starts = np.unique(ids[order], return_index=True)
        self._ends = np.append(starts, len(ids))
        self._shelf = outcomes.column("shelf")[order]
        self._position = outcomes.column("position")[order]
        self._reward = reward[order]

    def of(self, decision: Decision) -> dict[tuple[str, int], float]:
        """Return rewards by shelf and position, nan where unknown; nothing of a decision without outcomes."""
        place = int(np.searchsorted(self._ids, str(decision.decision_id)))
        if place == len(self._ids) or self._ids[place] != str(decision.decision_id):
            return {}
        rows = slice(int(self._ends[place]), int(self._ends[place + 1]))
        position = self._position[rows].astype(np.int64).tolist()
        where = zip(self._shelf[rows].tolist(), position, strict=True)
        return dict(zip(where, self._reward[rows].tolist(), strict=True))
