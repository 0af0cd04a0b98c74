"""Part of the history hidden, to fit weights and tune parameters on.

Where enough listeners have timed plays, the last share of each one's plays is hidden and everything
before is kept as it stood then; else a share of each listener's items, drawn by chance. A love or a
skip of an item first heard in the hidden part is hidden with it. This is for fitting inside one
training; what a training is judged by is cut off before it (``evaluate.as_of``), by chance with the
same ``hide_some``.
"""

from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.models.interactions import Interactions, Pairs, Plays, gather

MIN_PLAYS = 5
MIN_TIMED_LISTENERS = 50

Mask = NDArray[np.bool_]


class Holdout(msgspec.Struct, frozen=True):
    """The ``past`` to learn from, and the ``future`` to be judged by.

    ``future`` and ``novel`` are (n_listeners, n_items) with 1 where an item was played in the hidden
    part; ``novel`` only where it was not heard in the past.
    """

    past: Interactions
    future: csr_matrix
    novel: csr_matrix
    by_time: bool


def hide(
    interactions: Interactions,
    rng: np.random.Generator,
    *,
    share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.2,
) -> Holdout:
    """Hide a share of the history: by time where 50 listeners have five timed plays, else by chance."""
    timed = np.diff(interactions.play_starts) >= MIN_PLAYS
    if timed.sum() >= MIN_TIMED_LISTENERS:
        return hide_last(interactions, timed, share)
    return hide_some(interactions, rng, share)


def hide_last(interactions: Interactions, among: Mask, share: float) -> Holdout:
    """Hide the last ``share`` of the timed plays of each listener in ``among`` (n_listeners,)."""
    n = np.diff(interactions.play_starts)
    first_hidden = interactions.play_starts[1:] - np.maximum(np.rint(share * n), 1).astype(np.int64)
    places = np.arange(len(interactions.play_columns))
    rows = interactions.play_rows
    hidden = among[rows] & (places >= first_hidden[rows])
    cut = among & (n > 0)
    now_s = interactions.now_s.copy()
    now_s[cut] = interactions.play_at_s[first_hidden[cut]]
    return _split(interactions, hidden, _no_pairs(interactions), now_s, by_time=True)


def hide_some(interactions: Interactions, rng: np.random.Generator, share: float) -> Holdout:
    """Hide ``share`` of the items of each listener who has five, drawn by chance, with their plays."""
    played = interactions.n_plays > 0
    rows = interactions.rows[played]
    order = np.lexsort((rng.random(len(rows)), rows))
    n = np.bincount(rows, minlength=interactions.n_listeners)
    first = np.concatenate(([0], np.cumsum(n)[:-1]))
    rank = np.empty(len(rows), dtype=np.int64)
    rank[order] = np.arange(len(rows)) - first[rows[order]]
    hidden = _no_pairs(interactions)
    hidden[played] = (rank < np.rint(share * n[rows])) & (n[rows] >= MIN_PLAYS)
    hidden_plays = np.isin(_play_keys(interactions), _keys(interactions)[hidden])
    return _split(interactions, hidden_plays, hidden, interactions.now_s, by_time=False)


def _split(
    interactions: Interactions,
    hidden_plays: Mask,
    hidden_pairs: Mask,
    now_s: NDArray[np.float64],
    *,
    by_time: bool,
) -> Holdout:
    """Take hidden plays and pairs out of the past and put them into the future."""
    keys, play_keys = _keys(interactions), _play_keys(interactions)
    n_hidden = np.zeros(len(keys))
    np.add.at(n_hidden, np.searchsorted(keys, play_keys[hidden_plays]), 1)
    n_left = interactions.n_plays - n_hidden
    touched = (n_hidden > 0) | hidden_pairs
    kept = ~(hidden_pairs | ((n_hidden > 0) & (n_left <= 0)))
    last_at_s = np.where(touched, np.nan, interactions.last_at_s)
    still = ~hidden_plays
    place = np.searchsorted(keys, play_keys[still])
    np.fmax.at(last_at_s, place, interactions.play_at_s[still])
    past = gather(
        interactions.listeners,
        interactions.vocabulary,
        Pairs(
            interactions.rows[kept],
            interactions.columns[kept],
            n_left[kept],
            interactions.n_skips[kept],
            interactions.loved[kept],
            interactions.first_at_s[kept],
            last_at_s[kept],
        ),
        Plays(
            interactions.play_rows[still],
            interactions.play_columns[still],
            interactions.play_at_s[still],
        ),
        now_s=now_s,
    )
    ones = touched.astype(np.float64)
    return Holdout(
        past=past,
        future=interactions.matrix(ones),
        novel=interactions.matrix(ones * ~kept),
        by_time=by_time,
    )


def _keys(interactions: Interactions) -> NDArray[np.int64]:
    """Return one rising number a pair."""
    return interactions.rows * interactions.n_items + interactions.columns


def _play_keys(interactions: Interactions) -> NDArray[np.int64]:
    """Return the number of the pair each timed play belongs to."""
    return interactions.play_rows * interactions.n_items + interactions.play_columns


def _no_pairs(interactions: Interactions) -> Mask:
    return np.zeros(len(interactions.columns), dtype=np.bool_)
