"""Who played what, how often and when: the arrays every training reads.

Pairs of listener and item lie in CSR order (one listener's pairs together, columns rising), and
beside them the single plays whose time is known, oldest first. Private listens and errors are left
out; merged items count under the id they were merged into; tallies are added to plays.
"""

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue
from ritornello.listeners.taste import Taste
from ritornello.models.vocabulary import Vocabulary

Floats = NDArray[np.float32]
Seconds = NDArray[np.float64]
Ints = NDArray[np.int32]
Places = NDArray[np.int64]

N_RECENT = 100


class Interactions(msgspec.Struct, frozen=True, dict=True):
    """The history of many listeners over one vocabulary.

    Pairs, aligned with ``columns`` (p,): ``n_plays`` (tallies included), ``n_skips``, ``loved``,
    ``first_at_s`` and ``last_at_s`` (nan where no play has a time). Listener ``u`` owns the pairs
    ``starts[u]:starts[u+1]``. Timed plays (t,): ``play_columns`` and ``play_at_s``, of listener
    ``u`` in ``play_starts[u]:play_starts[u+1]``. ``now_s`` (n_listeners,) is the instant each
    listener's ages count from. Times are seconds; from which instant does not matter.
    """

    listeners: tuple[str, ...]
    vocabulary: Vocabulary
    starts: Places
    columns: Ints
    n_plays: Floats
    n_skips: Floats
    loved: NDArray[np.bool_]
    first_at_s: Seconds
    last_at_s: Seconds
    play_starts: Places
    play_columns: Ints
    play_at_s: Seconds
    now_s: Seconds

    @property
    def n_listeners(self) -> int:
        """How many listeners there are."""
        return len(self.listeners)

    @property
    def n_items(self) -> int:
        """How many items the vocabulary has."""
        return len(self.vocabulary)

    @cached_property
    def rows(self) -> Places:
        """The listener's row of each pair, shape (p,)."""
        return np.repeat(np.arange(self.n_listeners), np.diff(self.starts))

    @cached_property
    def play_rows(self) -> Places:
        """The listener's row of each timed play, shape (t,)."""
        return np.repeat(np.arange(self.n_listeners), np.diff(self.play_starts))

    def matrix(self, values: NDArray[np.floating]) -> csr_matrix:
        """Return listeners × items with one value a pair, where it is not 0."""
        shape = (self.n_listeners, self.n_items)
        parts = (values, self.columns, self.starts.astype(np.int32))
        found = csr_matrix(parts, shape=shape, copy=True)
        found.eliminate_zeros()
        return found

    def taste(self, row: int, n_recent: int = N_RECENT) -> Taste:
        """Return a listener's history as the taste serving would build from their profile."""
        pairs = slice(self.starts[row], self.starts[row + 1])
        end = self.play_starts[row + 1]
        recent = slice(max(self.play_starts[row], end - n_recent), end)
        now_s = self.now_s[row]
        return Taste(
            columns=self.columns[pairs],
            n_plays=self.n_plays[pairs],
            n_skips=self.n_skips[pairs],
            loved=self.loved[pairs],
            first_age_s=(now_s - self.first_at_s[pairs]).astype(np.float32),
            last_age_s=(now_s - self.last_at_s[pairs]).astype(np.float32),
            recent_columns=self.play_columns[recent][::-1],
            recent_age_s=(now_s - self.play_at_s[recent][::-1]).astype(np.float32),
        )

    def tastes(self) -> list[Taste]:
        """Return every listener's taste, in the order of the rows."""
        return [self.taste(row) for row in range(self.n_listeners)]


class Pairs(msgspec.Struct, frozen=True):
    """Rows of (listener, item) with what is known of each; aligned arrays in any order.

    A pair may occur more than once: counts add up, ``loved`` is any, times are the outermost.
    """

    rows: ArrayLike
    columns: ArrayLike
    n_plays: ArrayLike
    n_skips: ArrayLike = 0.0
    loved: ArrayLike = False
    first_at_s: ArrayLike = np.nan
    last_at_s: ArrayLike = np.nan


class Plays(msgspec.Struct, frozen=True):
    """Single plays with their times; aligned arrays in any order."""

    rows: ArrayLike
    columns: ArrayLike
    at_s: ArrayLike


NO_PLAYS = Plays((), (), ())


def gather(
    listeners: tuple[str, ...],
    vocabulary: Vocabulary,
    pairs: Pairs,
    plays: Plays = NO_PLAYS,
    *,
    now_s: ArrayLike | None = None,
) -> Interactions:
    """Sort and add up pairs and plays into ``Interactions``.

    Parameters
    ----------
    pairs : everything known per listener and item; ``plays`` are not counted again.
    plays : the plays among them whose time is known.
    now_s : the instant ages count from, for all or per listener; by default each listener's last
        play.

    Raises
    ------
    BadValue : a row or column outside its range.
    """
    rows, columns = _indices(pairs.rows, len(listeners)), _indices(pairs.columns, len(vocabulary))
    keys, group = np.unique(rows * max(len(vocabulary), 1) + columns, return_inverse=True)
    play_rows = _indices(plays.rows, len(listeners))
    play_columns = _indices(plays.columns, len(vocabulary))
    play_at_s = np.asarray(plays.at_s, dtype=np.float64)
    order = np.lexsort((play_columns, play_at_s, play_rows))
    play_starts = _starts(play_rows, len(listeners))
    interactions = Interactions(
        listeners=listeners,
        vocabulary=vocabulary,
        starts=_starts(keys // max(len(vocabulary), 1), len(listeners)),
        columns=(keys % max(len(vocabulary), 1)).astype(np.int32),
        n_plays=_sum(pairs.n_plays, group, len(keys)),
        n_skips=_sum(pairs.n_skips, group, len(keys)),
        loved=_sum(pairs.loved, group, len(keys)) > 0,
        first_at_s=_outermost(pairs.first_at_s, group, len(keys), np.fmin),
        last_at_s=_outermost(pairs.last_at_s, group, len(keys), np.fmax),
        play_starts=play_starts,
        play_columns=play_columns[order].astype(np.int32),
        play_at_s=play_at_s[order],
        now_s=np.zeros(len(listeners)),
    )
    if now_s is None:
        now_s = _last_play_at_s(interactions)
    now = np.broadcast_to(np.asarray(now_s, dtype=np.float64), len(listeners)).copy()
    return msgspec.structs.replace(interactions, now_s=now)


def from_plays(
    listeners: tuple[str, ...],
    vocabulary: Vocabulary,
    plays: Plays,
    *,
    now_s: ArrayLike | None = None,
) -> Interactions:
    """Make ``Interactions`` of single plays alone: every count and time follows from them."""
    pairs = Pairs(
        plays.rows,
        plays.columns,
        n_plays=np.ones(len(np.asarray(plays.rows))),
        first_at_s=plays.at_s,
        last_at_s=plays.at_s,
    )
    return gather(listeners, vocabulary, pairs, plays, now_s=now_s)


def _indices(values: ArrayLike, n: int) -> Places:
    found = np.asarray(values, dtype=np.int64)
    if found.size and (found.min() < 0 or found.max() >= n):
        raise BadValue(f"an index among {found.min()}…{found.max()} is outside 0…{n - 1}")
    return found


def _starts(sorted_or_not_rows: Places, n: int) -> Places:
    counts = np.bincount(sorted_or_not_rows, minlength=n)
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _sum(values: ArrayLike, group: Places, n: int) -> Floats:
    weights = np.broadcast_to(np.asarray(values, dtype=np.float64), group.shape)
    return np.bincount(group, weights=weights, minlength=n).astype(np.float32)


def _outermost(values: ArrayLike, group: Places, n: int, pick: np.ufunc) -> Seconds:
    found = np.full(n, np.nan)
    pick.at(found, group, np.broadcast_to(np.asarray(values, dtype=np.float64), group.shape))
    return found


def _last_play_at_s(interactions: Interactions) -> Seconds:
    last = np.zeros(interactions.n_listeners)
    has_plays = np.diff(interactions.play_starts) > 0
    last[has_plays] = interactions.play_at_s[interactions.play_starts[1:][has_plays] - 1]
    return last
