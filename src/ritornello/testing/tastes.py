"""Tastes for tests and examples: say what matters, the rest is plausible."""

from collections.abc import Sequence

import numpy as np

from ritornello.listeners.taste import Taste

DAY_S = 86_400.0


def taste(
    columns: Sequence[int] = (),
    *,
    n_plays: Sequence[float] | float = 1.0,
    n_skips: Sequence[float] | float = 0.0,
    loved: Sequence[bool] | bool = False,
    first_age_s: Sequence[float] | float = 30 * DAY_S,
    last_age_s: Sequence[float] | float = DAY_S,
    recent: Sequence[tuple[int, float]] = (),
) -> Taste:
    """Make a taste; single values hold for every column, ``recent`` are (column, age in seconds).

    Examples
    --------
    >>> taste([3, 5], n_plays=2).n_plays.tolist()
    [2.0, 2.0]
    """
    h = len(columns)
    newest_first = sorted(recent, key=lambda play: (play[1], -play[0]))
    return Taste(
        columns=np.array(columns, dtype=np.int32),
        n_plays=_spread(n_plays, h, np.float32),
        n_skips=_spread(n_skips, h, np.float32),
        loved=_spread(loved, h, np.bool_),
        first_age_s=_spread(first_age_s, h, np.float32),
        last_age_s=_spread(last_age_s, h, np.float32),
        recent_columns=np.array([column for column, _ in newest_first], dtype=np.int32),
        recent_age_s=np.array([age_s for _, age_s in newest_first], dtype=np.float32),
    )


def _spread(values: object, n: int, dtype: type) -> np.ndarray:
    return np.broadcast_to(np.asarray(values, dtype=dtype), n).copy()
