"""What the mixture looks at in a beginning: each feature from the columns of the table ``beginnings``.

Whatever a visit does is a share, hits of trials, and says more the more there was to count, up to a bound: each listen
ended is a choice anew, and five of them say five times as much as one; where a visit was begun decides at once whether
all its listens are shuffled or programmed, and ten of these say no more than one. Rates of interaction and pace are
bounded likewise. Without bounds, or with rates as Gaussians, the mixture sorts visits by what they repeat and what
skips say anyway, and finds other kinds than intents (``benchmarks/intents.py`` measures it).
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
    "hour": "the local hour the visit began, as an angle",
    "weekday": "the local weekday the visit began, as an angle",
    "device": "what the latest listen or search came from",
    "seed": "the kind of context the visit's first listen was started from",
    "skipped": "skips among the listens that had ended, each of up to 5 counting anew",
    "touched": "n interactions (skips, acts, searches) in m minutes of the visit: n / (n + m)",
    "hurried": "beginnings every m minutes, the median of the last three gaps: 1 / (1 + m)",
    "queried": "searches among the listens, acts and searches before",
    "acted": "acts among the listens, acts and searches before",
    "scrolled": "slots seen among slots seen and listens before",
    "programmed": "listens begun that something other than the listener chose",
    "shuffled": "listens begun in shuffled order, where the order is known",
    "new_artists": "listens begun by an artist never heard before",
    "episodes": "listens begun that are episodes",
}
SHAPE = Shape(
    angles=("hour", "weekday"),
    categories={
        "device": tuple(word for word in get_args(Device) if word != UNKNOWN),
        "seed": tuple(word for word in get_args(ContextKind) if word != UNKNOWN),
    },
    shares=tuple(MEANINGS)[4:],
)
COLUMNS = (
    "device", "seed_kind", "local_hour", "weekday", "elapsed_us", "gap_us", "n_listens", "n_acts",
    "n_queries", "n_impressions", "n_ended", "n_skips", "n_begun", "n_episodes_begun",
    "n_programmed_begun", "n_ordered_begun", "n_shuffled_begun", "n_new_artists_begun",
)  # fmt: skip
ANEW = 5.0
ONCE = 1.0

Columns = Mapping[str, NDArray[Any]]
Share = tuple[FloatArray, FloatArray]


def features(beginnings: Columns) -> Features:
    """Return what the mixture looks at, from the columns ``COLUMNS`` of n beginnings.

    A number that is ``NaN`` and a text that is ``None`` or a word nobody defined are missing: they say
    nothing, for or against any component.
    """
    numbers = {
        name: column.astype(np.float64)
        for name, column in beginnings.items()
        if name in COLUMNS and name not in ("device", "seed_kind")
    }
    angles = {
        "hour": numbers["local_hour"] * (2 * np.pi / HOURS),
        "weekday": numbers["weekday"] * (2 * np.pi / WEEKDAYS),
    }
    categories = {"device": beginnings["device"], "seed": beginnings["seed_kind"]}
    return numbered(SHAPE, angles, categories, _shares(numbers))


def _shares(n: Mapping[str, FloatArray]) -> dict[str, Share]:
    before = n["n_listens"] + n["n_acts"] + n["n_queries"]
    touches = n["n_skips"] + n["n_acts"] + n["n_queries"]
    gap = n["gap_us"] / US_A_MINUTE
    return {
        "skipped": _bounded(n["n_skips"], n["n_ended"], ANEW),
        "touched": _bounded(touches, touches + n["elapsed_us"] / US_A_MINUTE),
        "hurried": (np.where(np.isnan(gap), 0.0, 1 / (1 + gap)), 1.0 - np.isnan(gap)),
        "queried": _bounded(n["n_queries"], before),
        "acted": _bounded(n["n_acts"], before),
        "scrolled": _bounded(n["n_impressions"], n["n_impressions"] + n["n_listens"]),
        "programmed": _bounded(n["n_programmed_begun"], n["n_begun"]),
        "shuffled": _bounded(n["n_shuffled_begun"], n["n_ordered_begun"]),
        "new_artists": _bounded(n["n_new_artists_begun"], n["n_begun"]),
        "episodes": _bounded(n["n_episodes_begun"], n["n_begun"]),
    }


def _bounded(hits: FloatArray, trials: FloatArray, most: float = ONCE) -> Share:
    """Return hits and trials in the same share, of at most so many trials."""
    less = np.minimum(1.0, most / np.where(trials > 0, trials, 1.0))
    return hits * less, trials * less
