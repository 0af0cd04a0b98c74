"""What many play: of all time, recently, and among listeners of the same segment.

Popularity counts listeners, not plays, so that nobody's loop makes a hit. The recent one adds up
2^(−age / half-life) over each listener's last play of the item. A segment's shrinks its own share of
listeners towards everybody's, (n_si + m p_i) / (n_s + m): a segment of few says little of its own.

A listener's segment is the genre most of their history carries, where at least a third of what is
labelled carries it; else how much they play. Right as a fallback and for newcomers; it misleads
as a measure of liking, since popularity feeds itself.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.models.interactions import Interactions
from ritornello.models.scorer import FloatArray

ACTIVITIES = ("activity:light", "activity:regular", "activity:heavy")
UNLABELLED = -1


class PopularityConfig(msgspec.Struct, frozen=True):
    """Half-life of the recent one, how many genres are segments, when one dominates, shrinkage m."""

    half_life_s: Annotated[float, msgspec.Meta(gt=0)] = 14 * 86_400.0
    n_genres: Annotated[int, msgspec.Meta(ge=0)] = 20
    dominant_from: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1 / 3
    n_labelled: Annotated[int, msgspec.Meta(ge=1)] = 3
    shrinkage: Annotated[float, msgspec.Meta(ge=0)] = 20.0


class Popularity(msgspec.Struct, frozen=True):
    """Shares of listeners, all (n_items,) and in [0, 1], and the same for each segment.

    ``segments`` names the rows of ``by_segment``; ``genre_of`` (n_items,) is the row of an item's
    genre, −1 where it has none that is a segment; ``activity_from`` are the plays at which a
    listener counts as regular and as heavy.
    """

    config: PopularityConfig
    all_time: FloatArray
    recent: FloatArray
    segments: tuple[str, ...]
    by_segment: FloatArray
    genre_of: NDArray[np.int16]
    activity_from: NDArray[np.float32]
    name: str = "popularity"

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        return len(self.all_time)

    def segment_of(self, taste: Taste) -> str:
        """Return the segment a listener belongs to.

        The shape of the answer is ``genre:rock`` or ``activity:light``.
        """
        genres = self.genre_of[taste.columns]
        counts = np.bincount(genres[genres != UNLABELLED], minlength=1)
        if counts.sum() >= self.config.n_labelled and self._dominates(counts):
            return self.segments[int(counts.argmax())]
        return ACTIVITIES[int(np.searchsorted(self.activity_from, taste.n_plays.sum(), "right"))]

    def of_segment(self, segment: str) -> FloatArray:
        """Return the popularity among the listeners of a segment, shape (n_items,)."""
        row: FloatArray = self.by_segment[self.segments.index(segment)]
        return row

    def score(self, _taste: Taste) -> FloatArray:
        """Return the all-time popularity, the same for everybody, shape (n_items,)."""
        return self.all_time

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the same row for every taste."""
        return np.broadcast_to(self.all_time, (len(tastes), self.n_items))

    def add_to(self, scores: FloatArray, _tastes: Sequence[Taste], weight: float) -> None:
        """Add the same to every row."""
        scores += np.float32(weight) * self.all_time

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Return nothing for any history item: all of it is the rest."""
        parts = np.zeros((len(columns), len(taste.columns) + 1), dtype=np.float32)
        parts[:, -1] = self.all_time[columns]
        return parts

    def _dominates(self, counts: NDArray[np.int64]) -> bool:
        return bool(counts.max() >= self.config.dominant_from * counts.sum())


def train_popularity(
    interactions: Interactions, config: PopularityConfig, genres: Sequence[str | None] = ()
) -> Popularity:
    """Count listeners.

    Parameters
    ----------
    genres : the genre of each column, ``None`` where unknown; empty where no item has one.
    """
    played = interactions.n_plays > 0
    heard = interactions.matrix(played.astype(np.float32))
    n_listeners = max(interactions.n_listeners, 1)
    all_time = np.asarray(heard.sum(axis=0)).ravel() / n_listeners
    ages_s = interactions.now_s.max(initial=-np.inf) - interactions.last_at_s
    fresh = np.where(played, np.exp2(-np.maximum(ages_s, 0) / config.half_life_s), 0.0)
    recent = np.bincount(
        interactions.columns, weights=np.nan_to_num(fresh), minlength=interactions.n_items
    )
    names, genre_of = _number_genres(genres, all_time, config.n_genres)
    blank = Popularity(
        config=config,
        all_time=all_time.astype(np.float32),
        recent=(recent / n_listeners).astype(np.float32),
        segments=(*(f"genre:{name}" for name in names), *ACTIVITIES),
        by_segment=np.empty((0, interactions.n_items), dtype=np.float32),
        genre_of=genre_of,
        activity_from=_activity_from(interactions),
    )
    return msgspec.structs.replace(blank, by_segment=_by_segment(interactions, blank, heard))


def _number_genres(
    genres: Sequence[str | None], all_time: NDArray[np.floating], n_genres: int
) -> tuple[list[str], NDArray[np.int16]]:
    """Give numbers to the genres with the most listening; the others stay unlabelled."""
    reach: dict[str, float] = {}
    for column, genre in enumerate(genres):
        if genre is not None:
            reach[genre] = reach.get(genre, 0.0) + float(all_time[column])
    names = sorted(reach, key=lambda genre: (-reach[genre], genre))[:n_genres]
    number = {name: i for i, name in enumerate(names)}
    labels = [UNLABELLED if g is None else number.get(g, UNLABELLED) for g in genres]
    if not labels:
        labels = [UNLABELLED] * len(all_time)
    return names, np.array(labels, dtype=np.int16)


def _activity_from(interactions: Interactions) -> NDArray[np.float32]:
    """Return the thirds of plays a listener."""
    totals = np.bincount(
        interactions.rows, weights=interactions.n_plays, minlength=interactions.n_listeners
    )
    if not totals.size:
        return np.zeros(2, dtype=np.float32)
    return np.quantile(totals, [1 / 3, 2 / 3]).astype(np.float32)


def _by_segment(
    interactions: Interactions, popularity: Popularity, heard: csr_matrix
) -> FloatArray:
    """Count listeners by segment and shrink towards everybody."""
    number = {segment: i for i, segment in enumerate(popularity.segments)}
    rows = [number[popularity.segment_of(taste)] for taste in interactions.tastes()]
    members = csr_matrix(
        (np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(number), len(rows))
    )
    counts = (members @ heard).toarray()
    sizes = np.asarray(members.sum(axis=1)).reshape(-1, 1)
    m = popularity.config.shrinkage
    shares: FloatArray = (counts + m * popularity.all_time) / np.maximum(sizes + m, 1)
    return shares.astype(np.float32)
