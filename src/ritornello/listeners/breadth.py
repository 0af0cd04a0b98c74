"""Generalist or specialist: how close to each other the items lie that a listener plays, and how that changes.

The vectors are an argument: whoever holds a model gives its item vectors. Both scores are told, with the vectors as
they are and without the direction all of them share, because embeddings are anisotropic and the first alone makes
everybody a specialist. The second is the one to compare by.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import duckdb
import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.listeners.whose import whose
from ritornello.measures.diversity import (
    FloatArray,
    GsScores,
    centred,
    effective_number,
    gs_scores,
    unit,
)

ALWAYS = ""
LEAST_ITEMS = 10
"""Below so many items a listener is not placed among the others: their interval says nothing."""
_PLAYS = """
SELECT listener_id, {period} AS period, item_id, count(*) AS n_plays
FROM readings
WHERE counts AND reading = 'play' AND {which}
GROUP BY ALL ORDER BY listener_id, period, item_id
"""


class Space(msgspec.Struct, frozen=True):
    """Where items lie: ``number`` finds an item's row in ``units`` and in ``centred``, (n_items, n_factors)."""

    number: Mapping[str, int]
    units: FloatArray
    centred: FloatArray

    @classmethod
    def of(cls, number: Mapping[str, int], vectors: NDArray[np.floating]) -> "Space":
        """Prepare item vectors of any length.

        Raises
        ------
        BadValue : as many vectors as there are not items.
        """
        if len(number) != len(vectors):
            raise BadValue(f"{len(vectors)} vectors do not fit {len(number)} items")
        units = unit(vectors)
        return cls(number, units, centred(units))


class Closeness(msgspec.Struct, frozen=True):
    """A GS-score: as published, and free of the number of items with its 95 % interval.

    ``None``: too few items with a vector.
    """

    gs: float | None
    corrected: float | None
    low: float
    high: float


class Breadth(msgspec.Struct, frozen=True):
    """How widely somebody listened in a ``period``, a month such as ``2026-11``, or ever (empty).

    ``n_items`` are different items that have a vector, ``share_placed`` the share of plays that were of such;
    ``effective_items``: so many items equally often played would be as diverse. ``share_wider`` is the share of
    listeners with at least 10 items whose centred score is lower: 0 is the widest generalist, 1 the narrowest
    specialist.
    """

    listener_id: str
    period: str
    n_plays: int
    n_items: int
    share_placed: float
    effective_items: float
    plain: Closeness
    centred: Closeness
    share_wider: float | None


class Change(msgspec.Struct, frozen=True):
    """By how much the centred corrected score moved from one month to the next, with its 95 % interval."""

    before: str
    after: str
    difference: float
    low: float
    high: float


class Breadths(msgspec.Struct, frozen=True):
    """Rows of listeners and periods, in that order."""

    listener_ids: Sequence[str]
    periods: Sequence[str]
    n_plays: NDArray[np.int64]
    share_placed: FloatArray
    effective_items: FloatArray
    plain: GsScores
    centred: GsScores

    def of(self, listener_id: str) -> list[Breadth]:
        """Return a listener's periods in order, placed among everybody's of the same period."""
        return [self._row(i) for i, who in enumerate(self.listener_ids) if who == listener_id]

    def placed(self, breadth: Breadth) -> Breadth:
        """Return somebody's breadth placed among the others of its period here, of whom they need be none."""
        here = (self.centred.n >= LEAST_ITEMS) & (np.array(self.periods) == breadth.period)
        others = self.centred.corrected[here & (np.array(self.listener_ids) != breadth.listener_id)]
        own = breadth.centred.corrected
        if own is None or breadth.n_items < LEAST_ITEMS or not len(others):
            return breadth
        return replace(breadth, share_wider=_share_below(others, own))

    def _row(self, i: int) -> Breadth:
        return Breadth(
            listener_id=self.listener_ids[i],
            period=self.periods[i],
            n_plays=int(self.n_plays[i]),
            n_items=int(self.centred.n[i]),
            share_placed=float(self.share_placed[i]),
            effective_items=float(self.effective_items[i]),
            plain=_closeness(self.plain, i),
            centred=_closeness(self.centred, i),
            share_wider=self._share_wider(i),
        )

    def _share_wider(self, i: int) -> float | None:
        """Return the share of the others of the period that are wider; ties count half."""
        placed = (self.centred.n >= LEAST_ITEMS) & (np.array(self.periods) == self.periods[i])
        if not placed[i] or placed.sum() < 2:
            return None
        others = self.centred.corrected[np.flatnonzero(placed & (np.arange(len(placed)) != i))]
        return _share_below(others, float(self.centred.corrected[i]))


def read(
    duck: duckdb.DuckDBPyConnection,
    space: Space,
    *,
    by_month: bool = False,
    listener_id: str | None = None,
    most_listeners: int | None = None,
) -> Breadths:
    """Measure listeners by what they played, in the view ``readings``.

    Parameters
    ----------
    by_month : a row for each listener's month by their own clock, else one for all time.
    listener_id : this one alone; then nobody is placed among others.
    most_listeners : only so many, drawn by a hash of their ids.
    """
    which, asked = whose(listener_id, most_listeners)
    period = "substr(active_on, 1, 7)" if by_month else f"'{ALWAYS}'"
    found = duck.execute(_PLAYS.format(period=period, which=which), asked).fetchnumpy()
    who, when, n = found["listener_id"], found["period"], found["n_plays"].astype(np.float64)
    begins = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (when[1:] != when[:-1])))
    begins = begins[begins < len(n)]
    ends = np.append(begins, len(n))
    rows = np.repeat(np.arange(len(begins)), np.diff(ends))
    column = np.fromiter((space.number.get(item, -1) for item in found["item_id"]), np.int64)
    known = column >= 0
    weights = csr_matrix((n[known], (rows[known], column[known])), (len(begins), len(space.units)))
    n_plays = np.bincount(rows, n, len(begins))
    placed = np.bincount(rows[known], n[known], len(begins))
    return Breadths(
        listener_ids=list(who[begins]),
        periods=list(when[begins]),
        n_plays=n_plays.astype(np.int64),
        share_placed=placed / n_plays,
        effective_items=np.array([effective_number(n[a:b]) for a, b in pairwise(ends.tolist())]),
        plain=gs_scores(space.units, weights),
        centred=gs_scores(space.centred, weights),
    )


def changes(months: Sequence[Breadth]) -> list[Change]:
    """Say how one listener's months differ, each from the one before; months without a score are passed over.

    The interval is made of the two intervals (MOVER: Zou, Donner, Statistics in Medicine, 2008); an interval that holds
    0 is no change.
    """
    told = [month for month in months if month.centred.corrected is not None]
    return [_change(before, after) for before, after in pairwise(told)]


def _change(before: Breadth, after: Breadth) -> Change:
    a, b = before.centred, after.centred
    was, now = a.corrected or 0.0, b.corrected or 0.0
    low = now - was - float(np.hypot(now - b.low, a.high - was))
    high = now - was + float(np.hypot(b.high - now, was - a.low))
    return Change(before.period, after.period, now - was, low, high)


def _share_below(others: FloatArray, own: float) -> float:
    return float(((others < own) + (others == own) / 2).mean())


def _closeness(scores: GsScores, i: int) -> Closeness:
    gs, corrected = (
        None if np.isnan(values[i]) else float(values[i])
        for values in (scores.gs, scores.corrected)
    )
    return Closeness(gs, corrected, float(scores.low[i]), float(scores.high[i]))
