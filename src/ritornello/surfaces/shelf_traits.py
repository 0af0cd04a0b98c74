"""What a shelf's objective reads of its candidates: their genres beside the listener's, what is new, whose it is.

A shelf logs these numbers with its shortlist, so that its propensities are recomputed from them alone.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.policies.traits import ARTIST, BOOST, ENERGY, GENRE, NEW, Traits
from ritornello.surfaces.boosts import boosted
from ritornello.surfaces.situation import Rows, Situation

FloatArray = NDArray[np.float64]

N_GENRES = 12
"""Of a listener's genres the most played count; a shelf cannot hold shares of more."""
_UNKNOWN_ENERGY = 0.5


def traits_of(reads: Iterable[str], rows: Rows, situation: Situation) -> Traits:
    """Return the traits an objective reads of candidates, and the listener's genres as its target.

    A track counts for its first genre, else its artist's; who does not say an energy has the mean of
    the others.

    Parameters
    ----------
    reads : names of traits, as in ``policies.traits``.
    rows : (n,) rows of the candidates in the view.
    """
    view = situation.view
    columns: dict[str, FloatArray] = {}
    target: dict[str, float] = {}
    for name in reads:
        if name == GENRE:
            for genre, share in genre_shares(situation).items():
                target[GENRE + view.genres[genre]] = share
                columns[GENRE + view.genres[genre]] = (view.genre[rows] == genre).astype(np.float64)
        elif name == NEW:
            columns[name] = situation.new(rows).astype(np.float64)
        elif name == ARTIST:
            columns[name] = view.artist[rows].astype(np.float64)
        elif name == BOOST:
            columns[name] = boosted(rows, situation)
        else:
            columns[ENERGY] = _energies(view.energy[rows].astype(np.float64))
    values = np.array([*columns.values()]).reshape(len(columns), len(rows)).T
    wanted = tuple(target.get(name, 0.0) for name in columns) if target else ()
    return Traits.of(tuple(columns), values, wanted)


def genre_shares(situation: Situation) -> dict[int, float]:
    """Return the genres most played by the listener and their shares of all plays of a known genre."""
    own, view = situation.own, situation.view
    genres = view.genre[own.columns]
    known = genres != NONE
    plays = np.bincount(genres[known], own.n_plays[known], len(view.genres))
    most = np.argsort(-plays, kind="stable")[:N_GENRES]
    most = most[plays[most] > 0]
    shares = plays[most] / max(float(plays.sum()), 1.0)
    return dict(zip(most.tolist(), shares.round(4).tolist(), strict=True))


def _energies(energy: FloatArray) -> FloatArray:
    known = np.isfinite(energy)
    usual = float(energy[known].mean()) if known.any() else _UNKNOWN_ENERGY
    return np.where(known, energy, usual).round(3)
