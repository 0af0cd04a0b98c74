"""What is played again: base-level activation of what a listener knows.

    s_j = ln(1 + Σ_k ((t_jk + t₀) / H)^−d)

over the ages t_jk of all plays of item j. It is ACT-R's base-level activation ln Σ_k t_k^−d (Anderson,
Schooler, Psychological Science 1991; for music Tran et al., RecSys 2024), shifted so that something
never played weighs as much as one play H ago and scores 0. d is the decay, t₀ keeps the newest play
from outweighing everything.

Of the recent plays, and of the last, the exact ages are known. The n' older ones between the ages a and b are taken as
evenly spread (Petrov, ICCM 2006):

    n' (b^(1−d) − a^(1−d)) / ((1 − d)(b − a))

A play without a time counts as one ``unknown_age_s`` ago, and skips thin the sum to the share
(n_plays + 1) / (n_plays + n_skips + 1). An item's score depends on its own plays alone. Right for music, where four plays of five are repeats; it says nothing about what is new.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.listeners.taste import Taste
from ritornello.models.scorer import FloatArray, added_up

Positive = Annotated[float, msgspec.Meta(gt=0)]
Ages = NDArray[np.float64]

DAY_S = 86_400.0


class RepeatConfig(msgspec.Struct, frozen=True):
    """The decay d, the offset t₀, the horizon H and the age of plays without a time, in seconds."""

    decay: Positive = 1.5
    offset_s: Positive = DAY_S / 2
    horizon_s: Positive = 60 * DAY_S
    unknown_age_s: Positive = 60 * DAY_S


class RepeatScorer(msgspec.Struct, frozen=True):
    """Scores what a listener has played before; everything else scores 0."""

    config: RepeatConfig
    n_items: int
    name: str = "repeat"

    def score(self, taste: Taste) -> FloatArray:
        """Return the activations, shape (n_items,)."""
        scores = np.zeros(self.n_items, dtype=np.float32)
        scores[taste.columns] = self.activation(taste)
        return scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the activations of many tastes, one row each."""
        return added_up(self, tastes)

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add the activations of many tastes where there are any."""
        for row, taste in zip(scores, tastes, strict=True):
            row[taste.columns] += np.float32(weight) * self.activation(taste)

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Return each item's activation under that item itself; the rest is 0."""
        parts = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        same = columns[:, None] == taste.columns[None, :]
        parts[:, :-1] = np.where(same, self.activation(taste)[None, :], 0)
        return parts

    def activation(self, taste: Taste) -> FloatArray:
        """Return the activation of each history item, shape (h,)."""
        first_s, last_s = self._shifted(taste.first_age_s), self._shifted(taste.last_age_s)
        n_exact, oldest_s, strength = self._of_recent(taste, self._shifted(taste.recent_age_s))
        only_last = (n_exact == 0) & (taste.n_plays > 0)
        strength[only_last] = self._weight(last_s[only_last])
        from_s = np.where(n_exact > 0, oldest_s, last_s)
        n_older = np.maximum(taste.n_plays - n_exact - only_last, 0)
        strength += n_older * self._mean_weight(from_s, first_s)
        kept = (taste.n_plays + 1) / (taste.n_plays + taste.n_skips + 1)
        return np.log1p(kept * strength).astype(np.float32)

    def _shifted(self, age_s: FloatArray) -> Ages:
        """Return ages plus t₀; the age of what has no time where it is unknown."""
        known = np.nan_to_num(age_s.astype(np.float64), nan=self.config.unknown_age_s)
        return np.maximum(known, 0) + self.config.offset_s

    def _of_recent(self, taste: Taste, ages_s: Ages) -> tuple[Ages, Ages, Ages]:
        """Return, an item: its plays with exact ages, the oldest of these ages, their weights' sum."""
        h = len(taste.columns)
        order = np.argsort(taste.columns)
        place = order[np.searchsorted(taste.columns[order], taste.recent_columns)]
        n_exact = np.bincount(place, minlength=h).astype(np.float64)
        oldest_s: Ages = np.zeros(h)
        np.maximum.at(oldest_s, place, ages_s)
        weight = np.bincount(place, weights=self._weight(ages_s), minlength=h)
        return n_exact, oldest_s, np.asarray(weight, dtype=np.float64)

    def _weight(self, age_s: Ages) -> Ages:
        """Return (age / H)^−d."""
        weight: Ages = (age_s / self.config.horizon_s) ** -self.config.decay
        return weight

    def _mean_weight(self, from_s: Ages, to_s: Ages) -> Ages:
        """Return the mean of (age / H)^−d over ages spread evenly between two."""
        d = self.config.decay
        a, b = from_s / self.config.horizon_s, to_s / self.config.horizon_s
        wide = b > a * (1 + 1e-6)
        span = np.where(wide, b - a, 1.0)
        if abs(d - 1) < 1e-9:
            area = np.log(np.where(wide, b, 1.0) / np.where(wide, a, 1.0))
        else:
            area = (b ** (1 - d) - a ** (1 - d)) / (1 - d)
        return np.where(wide, area / span, self._weight(from_s))
