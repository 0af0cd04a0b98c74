"""What the mixture looks at in a moment: each feature from the columns of the table ``moments``.

A share says more the more there was to count, up to its bound: each listen ended is a choice anew, five of
them say five times as much; where a visit was begun decides at once whether all its listens are shuffled or
programmed, and ten such listens say no more than one. Without the bounds the mixture sorts visits by what they
repeat, and is surer than it may be.
"""

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.events import ContextKind, Device
from ritornello.signals.mixture import Features, FloatArray, Shape, numbered

UNKNOWN = "unknown"
US_A_MINUTE = 60_000_000
HOURS, WEEKDAYS = 24, 7

MEANINGS: Mapping[str, str] = {
    "touches": "skips, acts and searches before, a minute of the visit: ln((n + ½) / (minutes + 1)); missing at its first event",
    "pace": "the median of the last three gaps between beginnings: ln of seconds, at least one; missing at its first event",
    "hour": "the local hour the visit began, as an angle",
    "weekday": "the local weekday the visit began, as an angle",
    "device": "where the latest listen or search came from",
    "seed": "the kind of context the visit's first listen was started from",
    "skipped": "skips among the listens that had ended",
    "queried": "searches among the listens, acts and searches before",
    "acted": "acts among the listens, acts and searches before",
    "scrolled": "slots seen among slots seen and listens before",
    "programmed": "listens begun that something other than the listener chose",
    "shuffled": "listens begun in shuffled order, where the order is known",
    "new_artists": "listens begun by an artist never heard before",
    "episodes": "listens begun that are episodes",
}
SHAPE = Shape(
    continuous=("touches", "pace"),
    angles=("hour", "weekday"),
    categories={
        "device": tuple(word for word in get_args(Device) if word != UNKNOWN),
        "seed": tuple(word for word in get_args(ContextKind) if word != UNKNOWN),
    },
    shares=(
        "skipped", "queried", "acted", "scrolled", "programmed", "shuffled", "new_artists", "episodes",
    ),
)  # fmt: skip
SHARES: Mapping[str, tuple[str, tuple[str, ...], float]] = {
    "skipped": ("n_skips", ("n_ended",), 5.0),
    "queried": ("n_queries", ("n_listens", "n_acts", "n_queries"), 1.0),
    "acted": ("n_acts", ("n_listens", "n_acts", "n_queries"), 1.0),
    "scrolled": ("n_impressions", ("n_impressions", "n_listens"), 1.0),
    "programmed": ("n_programmed_begun", ("n_begun",), 1.0),
    "shuffled": ("n_shuffled_begun", ("n_ordered_begun",), 1.0),
    "new_artists": ("n_new_artists_begun", ("n_begun",), 1.0),
    "episodes": ("n_episodes_begun", ("n_begun",), 1.0),
}
"""Of each share the hits, the trials, and how many trials it may count for."""
COLUMNS = (
    "device", "seed_kind", "local_hour", "weekday", "elapsed_us", "gap_us", "n_listens", "n_acts",
    "n_queries", "n_impressions", "n_ended", "n_skips", "n_begun", "n_episodes_begun",
    "n_programmed_begun", "n_ordered_begun", "n_shuffled_begun", "n_new_artists_begun",
)  # fmt: skip

Columns = Mapping[str, NDArray[Any]]


def features(moments: Columns) -> Features:
    """Return what the mixture looks at, from the columns ``COLUMNS`` of n moments.

    A number that is ``NaN`` and a text that is ``None`` or a word nobody defined are missing: they say
    nothing, for or against any component.
    """
    before = _sum(moments, ("n_listens", "n_acts", "n_queries"))
    touched = _sum(moments, ("n_skips", "n_acts", "n_queries"))
    a_minute = (touched + 0.5) / (_number(moments["elapsed_us"]) / US_A_MINUTE + 1)
    numbers = {
        "touches": np.where(before > 0, np.log(a_minute), np.nan),
        "pace": np.log(np.maximum(_number(moments["gap_us"]) / 1_000_000, 1.0)),
        "hour": _number(moments["local_hour"]) * (2 * np.pi / HOURS),
        "weekday": _number(moments["weekday"]) * (2 * np.pi / WEEKDAYS),
    }
    categories = {"device": moments["device"], "seed": moments["seed_kind"]}
    shares = {
        name: _evidence(_number(moments[hits]), _sum(moments, trials), most)
        for name, (hits, trials, most) in SHARES.items()
    }
    return numbered(SHAPE, numbers, categories, shares)


def _number(column: NDArray[Any]) -> FloatArray:
    return column.astype(np.float64)


def _sum(moments: Columns, names: tuple[str, ...]) -> FloatArray:
    return np.asarray(np.sum([_number(moments[name]) for name in names], axis=0))


def _evidence(hits: FloatArray, trials: FloatArray, most: float) -> tuple[FloatArray, FloatArray]:
    """Return hits and trials in the same share, of at most so many trials."""
    less = np.minimum(1.0, most / np.maximum(trials, 1.0))
    return hits * less, trials * less
