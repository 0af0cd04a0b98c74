"""Five choices for whom little is known of: groups of artists and shows, popular and far from each other.

Makers are gathered by their genre. The five seeds are the genre most is heard of, then always the one with the
greatest

    heard(g) · (1 − the nearest seed's nearness)

and every other genre joins the seed it is nearest to that has room. Two genres are near where those who keep
to the one play the other more than everybody does. Each group offers the makers most is heard of, of its
genres in turn. Without models what is heard is the number of items, and genres are dealt out in turn;
without genres the makers are. What is chosen stands beside the history until that says enough by itself.

What a choice among popular items does for somebody new: Briand, Salha-Galvan, Bendada, Morlon, Tran, KDD 2021.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.kinds.decisions import Reason
from ritornello.models.popularity import UNLABELLED, Popularity
from ritornello.surfaces.situation import Rows, Situation, best_of

FloatArray = NDArray[np.float64]

N_GROUPS = 5
N_CHOICES = 6
N_GENRES = N_GROUPS * N_CHOICES
N_STANDING = 6
"""So many of a maker's tracks stand for the maker."""
ENOUGH_KNOWN = 20
"""With so many items known of somebody, what they chose at the beginning has said its piece."""


class Group(msgspec.Struct, frozen=True):
    """One of the five: its genres, most heard first, and the ids of the makers to choose from."""

    genres: tuple[str, ...]
    choices: tuple[str, ...]


class _Makers(msgspec.Struct, frozen=True):
    """Artists and shows of whom something may be shown: row, genre (−1: none) and how much is heard."""

    rows: Rows
    genre: Rows
    heard: FloatArray


def groups(situation: Situation) -> list[Group]:
    """Return what to choose from: at most five groups of six, none where nothing may be shown."""
    makers = _makers(situation)
    ids, words = situation.view.ids, situation.view.genres
    known = np.flatnonzero(makers.genre != NONE)
    heard = _summed(makers.genre[known], makers.heard[known], len(words))
    genres = np.argsort(-heard, kind="stable")[: min(N_GENRES, np.count_nonzero(heard))]
    if len(genres) < N_GROUPS:
        order = np.argsort(-makers.heard, kind="stable")[: N_GROUPS * N_CHOICES]
        dealt = [makers.rows[order[n::N_GROUPS]] for n in range(N_GROUPS)]
        return [Group((), tuple(ids[row] for row in rows)) for rows in dealt if len(rows)]
    parted = _parted(heard[genres], _nearness(situation, genres))
    return [
        Group(tuple(words[genre] for genre in genres[part]), _offered(makers, genres[part], ids))
        for part in parted
    ]


def leaning(situation: Situation) -> Situation:
    """Return the situation with a taste that leans on what was chosen, while little else is known.

    Beside what was heard stand the ``N_STANDING`` most popular tracks of each chosen maker, as if played once. They are
    no history: a reason about one is a reason about the choice (:func:`of_choice`).
    """
    if not situation.profile.chosen or len(situation.taste.columns) >= ENOUGH_KNOWN:
        return situation
    popular, taste = situation.bundle.popularity.all_time, situation.taste
    best = [best_of(popular, columns, N_STANDING) for columns in of_chosen(situation).values()]
    fresh = np.setdiff1d(np.concatenate([*best, np.empty(0, np.int32)]), taste.columns)
    if not len(fresh):
        return situation
    blank, ages = np.zeros(len(fresh), np.float32), np.full(len(fresh), np.nan, np.float32)
    columns = np.append(taste.columns, fresh).astype(np.int32)
    order = np.argsort(columns)
    return situation.with_taste(
        msgspec.structs.replace(
            taste,
            columns=columns[order],
            n_plays=np.append(taste.n_plays, blank + 1)[order],
            n_skips=np.append(taste.n_skips, blank)[order],
            loved=np.append(taste.loved, blank > 0)[order],
            first_age_s=np.append(taste.first_age_s, ages)[order],
            last_age_s=np.append(taste.last_age_s, ages)[order],
        )
    )


def of_choice(situation: Situation, reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return reasons of which those about what only stands for a choice say so, one a maker."""
    view, used = situation.view, situation.profile.used
    shares: dict[str, float] = {}
    told: list[Reason] = []
    for reason in reasons:
        if reason.about_id is None or reason.about_id in used:
            told.append(reason)
        else:
            maker = view.ids[view.artist[view.number[reason.about_id]]]
            shares[maker] = shares.get(maker, 0.0) + reason.share
    told += [Reason("you_chose", share, maker) for maker, share in shares.items()]
    return tuple(sorted(told, key=lambda reason: -reason.share))


def segments_of(situation: Situation) -> dict[str, float]:
    """Return the segments of who asks, each with its share: of what they chose, and of what they heard.

    Of whom nothing is known it is that of light listeners.
    """
    popularity, taste = situation.bundle.popularity, situation.taste
    shares = {} if taste.is_empty else {popularity.segment_of(taste): 1.0}
    if len(taste.columns) < ENOUGH_KNOWN:
        for columns in of_chosen(situation).values():
            genres = popularity.genre_of[columns]
            counts = np.bincount(genres[genres != UNLABELLED])
            if len(counts):
                name = popularity.segments[int(counts.argmax())]
                shares[name] = shares.get(name, 0.0) + 1.0
    total = sum(shares.values())
    return {name: n / total for name, n in shares.items()} or {popularity.segment_of(taste): 1.0}


def of_chosen(situation: Situation) -> dict[int, Rows]:
    """Return the allowed columns of each chosen maker, by the maker's row."""
    view, rows = situation.view, situation.stock.rows
    chosen = np.unique(view.rows(sorted(situation.profile.chosen)))
    makers = np.where(situation.allowed_columns, view.artist[rows], NONE)
    return {int(row): np.flatnonzero(makers == row).astype(np.int32) for row in chosen}


def _makers(situation: Situation) -> _Makers:
    """Gather who made what may be shown."""
    view, stock = situation.view, situation.stock
    weight = np.where(situation.allowed & (view.artist != NONE), 1.0, 0.0)
    if stock.bundle is not None:
        known = stock.rows != NONE
        popular = np.zeros(len(view))
        popular[stock.rows[known]] = stock.bundle.popularity.all_time[known]
        weight *= popular + 1e-9
    shown = np.flatnonzero(weight).astype(np.int32)
    heard = _summed(view.artist[shown], weight[shown], len(view))
    rows = np.flatnonzero((heard > 0) & (view.canonical == np.arange(len(view)))).astype(np.int32)
    return _Makers(rows, _genres(situation, shown, weight)[rows], heard[rows])


def _genres(situation: Situation, shown: Rows, weight: FloatArray) -> Rows:
    """Return the genre of every maker: their own, else that most of what is heard of them has."""
    view = situation.view
    labelled = shown[view.genre[shown] != NONE]
    pairs = view.artist[labelled].astype(np.int64) * max(len(view.genres), 1) + view.genre[labelled]
    key, place = np.unique(pairs, return_inverse=True)
    heard = np.bincount(place, weight[labelled], len(key))
    genre = view.genre.copy()
    maker, of_items = np.divmod(key, max(len(view.genres), 1))
    last = np.argsort(heard, kind="stable")
    missing = genre[maker[last]] == NONE
    genre[maker[last][missing]] = of_items[last][missing]
    return genre


def _nearness(situation: Situation, genres: NDArray[np.int64]) -> FloatArray:
    """Return how near genres are to each other, in [0, 1], (n, n); 0 where no listener tells."""
    near = np.zeros((len(genres), len(genres)))
    if situation.stock.bundle is None:
        return near
    words, popularity = situation.view.genres, situation.stock.bundle.popularity
    rows = [f"genre:{words[genre]}" for genre in genres]
    told = [place for place, name in enumerate(rows) if name in popularity.segments]
    segments = [popularity.segments.index(rows[place]) for place in told]
    lift = _lift(popularity, segments)
    near[np.ix_(told, told)] = (lift + lift.T) / max(float((lift + lift.T).max(initial=0)), 1e-12)
    np.fill_diagonal(near, 1.0)
    return near


def _lift(popularity: Popularity, segments: Sequence[int]) -> FloatArray:
    """Return how much more than everybody a segment's listeners play of another's genre, (n, n)."""
    labelled = popularity.genre_of != UNLABELLED
    of = popularity.genre_of[labelled]
    n = len(popularity.segments)
    everybody = np.bincount(of, popularity.all_time[labelled], n)[segments]
    theirs = [
        np.bincount(of, popularity.by_segment[row, labelled], n)[segments] for row in segments
    ]
    lift = np.array(theirs).reshape(len(segments), len(segments)) / np.maximum(everybody, 1e-12)
    np.fill_diagonal(lift, 0.0)
    return lift


def _parted(heard: FloatArray, near: FloatArray) -> list[list[int]]:
    """Part genres into five groups of about the same size, each about its seed."""
    seeds = [0]
    while len(seeds) < N_GROUPS:
        worth = heard * (1.0 - near[:, seeds].max(axis=1))
        worth[seeds] = -1.0
        seeds.append(int(worth.argmax()))
    parts = [[seed] for seed in seeds]
    room = -(-len(heard) // N_GROUPS)
    for genre in range(len(heard)):
        if genre not in seeds:
            fit = [part for part in parts if len(part) < room]
            nearest = max(fit, key=lambda part: (near[genre, part[0]], -len(part)))
            nearest.append(genre)
    return [sorted(part) for part in parts]


def _summed(places: NDArray[np.integer], weights: FloatArray, n: int) -> FloatArray:
    """Return the sum of the weights at each of n places."""
    return np.bincount(places, weights, n).astype(np.float64)


def _offered(makers: _Makers, genres: NDArray[np.int64], ids: Sequence[str]) -> tuple[str, ...]:
    """Return the makers most is heard of, of each genre in turn."""
    order = np.argsort(-makers.heard, kind="stable")
    turns = [order[makers.genre[order] == genre] for genre in genres]
    dealt = [int(turn[n]) for n in range(N_CHOICES) for turn in turns if n < len(turn)]
    return tuple(ids[makers.rows[place]] for place in dealt[:N_CHOICES])
