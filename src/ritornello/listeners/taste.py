"""A profile in a model's columns: the arrays every scorer folds in.

Items the model has never seen are left out, and what the listener wants no recommendations from;
private listens and errors never got into the profile.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.times import to_us
from ritornello.listeners.profile import Profile

Floats = NDArray[np.float32]
Columns = NDArray[np.int32]


class Taste(msgspec.Struct, frozen=True):
    """What one listener heard, as arrays over a model's columns.

    ``columns`` (h,) are distinct; the others are aligned with it: plays with tallies added in,
    skips, loved or not, and seconds since the first and the last play (nan where no play has a
    time). ``recent_columns`` (r,) are single plays of these, newest first and of one instant the higher
    column first, with their ages in seconds: the order in which things were played.
    """

    columns: Columns
    n_plays: Floats
    n_skips: Floats
    loved: NDArray[np.bool_]
    first_age_s: Floats
    last_age_s: Floats
    recent_columns: Columns
    recent_age_s: Floats

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known that a model could use."""
        return len(self.columns) == 0


def taste_of(profile: Profile, columns: Mapping[str, int]) -> Taste:
    """Put a profile into a model's columns.

    Parameters
    ----------
    profile : the listener as of ``profile.at``, which ages are counted from.
    columns : item id → column of the model.
    """
    at_us = to_us(profile.at)
    loved = profile.loved
    used = profile.used
    known = [item_id for item_id in used if item_id in columns]
    known.sort(key=columns.__getitem__)
    plays = [profile.plays.get(item_id) for item_id in known]
    tallied = np.array([profile.tallies.get(item_id, 0) for item_id in known], dtype=np.float32)
    recent = [
        (r.started_at, columns[r.item_id])
        for r in profile.recent
        if r.reading == "play" and r.item_id in columns and r.item_id in used
    ]
    recent.sort(reverse=True)
    return Taste(
        columns=np.array([columns[item_id] for item_id in known], dtype=np.int32),
        n_plays=tallied + _floats(p.n_plays if p else 0 for p in plays),
        n_skips=_floats(p.n_skips if p else 0 for p in plays),
        loved=np.array([item_id in loved for item_id in known], dtype=np.bool_),
        first_age_s=_floats((at_us - p.first_at_us) / 1e6 if p else np.nan for p in plays),
        last_age_s=_floats((at_us - p.last_at_us) / 1e6 if p else np.nan for p in plays),
        recent_columns=np.array([column for _, column in recent], dtype=np.int32),
        recent_age_s=_floats((profile.at - at).total_seconds() for at, _ in recent),
    )


def _floats(values: Any) -> Floats:
    return np.fromiter(values, dtype=np.float32)
