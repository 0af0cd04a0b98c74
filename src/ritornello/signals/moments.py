"""What the mixture looks at in a moment: each feature from the columns of the table ``moments``.

Shares count evidence, so one skip of one play says less than five of five. What a visit does it does in
runs, so more than ``MOST_TRIALS`` say no more than that many would.
"""

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.events import ContextKind, Device
from ritornello.signals.mixture import Features, FloatArray, Shape, numbered

MOST_TRIALS = 10.0
UNKNOWN = "unknown"
US_A_MINUTE = 60_000_000
HOURS, WEEKDAYS = 24, 7

MEANINGS: Mapping[str, str] = {
    "touches": "skips, acts and searches before, a minute of the visit: ln((n + ½) / (minutes + 1)); missing at its first event",
    "pace": "the median of the last three gaps between beginnings: ln of seconds, at least one; missing at its first event",
    "hour_sin": "the local hour the visit began, as an angle",
    "hour_cos": "the local hour the visit began, as an angle",
    "weekday_sin": "the local weekday the visit began, as an angle",
    "weekday_cos": "the local weekday the visit began, as an angle",
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
    continuous=("touches", "pace", "hour_sin", "hour_cos", "weekday_sin", "weekday_cos"),
    categories={
        "device": tuple(word for word in get_args(Device) if word != UNKNOWN),
        "seed": tuple(word for word in get_args(ContextKind) if word != UNKNOWN),
    },
    shares=(
        "skipped", "queried", "acted", "scrolled", "programmed", "shuffled", "new_artists", "episodes",
    ),
)  # fmt: skip
SHARES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "skipped": ("n_skips", ("n_ended",)),
    "queried": ("n_queries", ("n_listens", "n_acts", "n_queries")),
    "acted": ("n_acts", ("n_listens", "n_acts", "n_queries")),
    "scrolled": ("n_impressions", ("n_impressions", "n_listens")),
    "programmed": ("n_programmed_begun", ("n_begun",)),
    "shuffled": ("n_shuffled_begun", ("n_ordered_begun",)),
    "new_artists": ("n_new_artists_begun", ("n_begun",)),
    "episodes": ("n_episodes_begun", ("n_begun",)),
}
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
    hour_sin, hour_cos = _angle(moments["local_hour"], HOURS)
    weekday_sin, weekday_cos = _angle(moments["weekday"], WEEKDAYS)
    continuous = {
        "touches": np.where(before > 0, np.log(a_minute), np.nan),
        "pace": np.log(np.maximum(_number(moments["gap_us"]) / 1_000_000, 1.0)),
        "hour_sin": hour_sin,
        "hour_cos": hour_cos,
        "weekday_sin": weekday_sin,
        "weekday_cos": weekday_cos,
    }
    categories = {"device": moments["device"], "seed": moments["seed_kind"]}
    shares = {
        name: _evidence(_number(moments[hits]), _sum(moments, trials))
        for name, (hits, trials) in SHARES.items()
    }
    return numbered(SHAPE, continuous, categories, shares)


def _number(column: NDArray[Any]) -> FloatArray:
    return column.astype(np.float64)


def _sum(moments: Columns, names: tuple[str, ...]) -> FloatArray:
    return np.asarray(np.sum([_number(moments[name]) for name in names], axis=0))


def _angle(column: NDArray[Any], around: int) -> tuple[FloatArray, FloatArray]:
    """Return sine and cosine of where in its cycle a number stands."""
    angle = _number(column) * (2 * np.pi / around)
    return np.sin(angle), np.cos(angle)


def _evidence(hits: FloatArray, trials: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return hits and trials with no more than ``MOST_TRIALS`` of them, in the same share."""
    less = np.minimum(1.0, MOST_TRIALS / np.maximum(trials, 1.0))
    return hits * less, trials * less
