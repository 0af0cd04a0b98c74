"""Whose turn it is today, and where each stands, so that no artist crowds.

No chance is in it: a turn follows from the day's number. What weighs more has its turn more often, every
1, 2, 4, 8 … days; each item's turns begin on a day of its own, so that they spread over the days. Where
there is at least twice as much as is shown, nothing has its turn on two days running.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from ritornello.surfaces.situation import Rows
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import Floats, Places

RAREST = 1e-4
A_CENTURY = 36_524
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def turns(rows: Rows, weights: Floats, n: int, day: str) -> Places:
    """Return every place, those first whose turn is today, then those whose turn is next.

    Of each day's order the first ``n`` are shown; among those with the same turn another order each day
    decides, so that nobody waits for ever.

    Parameters
    ----------
    rows : catalogue rows, from which follows the day an item's turns begin on.
    weights : (len(rows),) positive; shares of the turns.
    """
    every = _days_between(weights, n)
    ordinal = date.fromisoformat(day).toordinal()
    wait = -(ordinal + _scattered(rows)) % every
    return np.lexsort((_scattered(rows.astype(np.int64) * A_CENTURY + ordinal % A_CENTURY), wait))


def spread(artists: Places, day: str, fixed: dict[int, float]) -> Places:
    """Return the places in an order in which each artist's stand as far apart as can be.

    An artist's j-th of n tracks goes to (begin + j/n) mod 1 of the list (Poláček, How to shuffle songs,
    2014), where the beginnings differ by artist and day.

    Parameters
    ----------
    fixed : artist → where in [0, 1) something of theirs stands already.
    """
    keys, artist = np.unique(artists, return_inverse=True)
    ordinal = date.fromisoformat(day).toordinal()
    begin = _scattered(keys * A_CENTURY + ordinal % A_CENTURY) / 2**31
    before = np.zeros(len(keys))
    for place, key in enumerate(keys.tolist()):
        if key in fixed:
            begin[place], before[place] = fixed[key], 1
    nth = rank_in_group(artist) + before[artist]
    n = np.bincount(artist, minlength=len(keys)) + before
    where = (begin[artist] + nth / n[artist]) % 1
    return np.argsort(where, kind="stable")


def _days_between(weights: Floats, n: int) -> NDArray[np.int64]:
    """Return every how many days each has its turn, a power of two, so that about ``n`` have it."""
    most = min(max(0.5, n / max(len(weights), 1)), 1.0)
    often = np.zeros(len(weights), dtype=np.bool_)
    share = np.full(len(weights), most)
    while not often.all():
        left = max(n - most * np.count_nonzero(often), 0.0)
        share = np.where(often, most, weights / weights[~often].sum() * left)
        if not (share > most).any():
            break
        often |= share >= most
    rare = np.round(np.log2(1 / share.clip(RAREST, most)))
    every: NDArray[np.int64] = np.exp2(rare).astype(np.int64)
    return every


def _scattered(numbers: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return numbers that look like chance, the same for the same (Fibonacci hashing, Knuth 1973)."""
    mixed = numbers.astype(np.uint64) * _GOLDEN
    return (mixed >> np.uint64(33)).astype(np.int64)
