"""Candidates by name: what each kind of shelf may choose from, best first.

A source reads a ``Situation`` and returns the lists a recipe's shelf can be filled with: one, or
several where each is about another item. It applies no rule but its own meaning; ``slates`` masks,
caps and draws.
"""

from collections.abc import Callable, Iterable
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, NONE, View
from ritornello.explain.reasons import reasons_of
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.kinds.times import from_us
from ritornello.listeners.profile import Profile
from ritornello.surfaces.onboarding import of_choice, of_chosen
from ritornello.surfaces.recipes import SourceName
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import N_POOL, Rows, Situation, best_of

Floats = NDArray[np.floating]
Places = NDArray[np.int64]
Reasons = tuple[Reason, ...]
ReasonsOf = Callable[[Places], list[Reasons]]

N_LATELY = 30
N_OF_CHOSEN = 12
BEGUN_MS = 60_000
TO_THE_END = 0.95
_EPISODE = KINDS.index("episode")
ENOUGH_ARTISTS = 30
ENOUGH_NEW = 100


class Candidates(msgspec.Struct, frozen=True):
    """Catalogue rows with their scores, best first, and why each is here.

    ``reasons`` answers for any places in ``rows``. ``about_id`` is the item the list is about.
    """

    source: str
    rows: Rows
    scores: Floats
    reasons: ReasonsOf
    about_id: str | None = None

    def at(self, places: Places) -> "Candidates":
        """Return the candidates at these places, in their order."""
        return Candidates(
            self.source,
            self.rows[places],
            self.scores[places],
            lambda wanted: self.reasons(places[wanted]),
            self.about_id,
        )

    def scored(self, scores: Floats) -> "Candidates":
        """Return the candidates with other scores, best first by them."""
        order = np.argsort(-scores, kind="stable")
        return Candidates(
            self.source,
            self.rows[order],
            scores[order],
            lambda wanted: self.reasons(order[wanted]),
            self.about_id,
        )

    def without(self, rows: Rows) -> "Candidates":
        """Return the candidates less some rows."""
        return self.at(np.flatnonzero(~np.isin(self.rows, rows)))


Source = Callable[[Situation, int], Iterable[Candidates]]


def continue_listening(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name the episodes that were begun lately and not heard to the end, the latest first.

    How far somebody is, is what they heard of it in all: players rarely say a position.
    """
    view = situation.view
    heard_ms: dict[int, int] = {}
    for listen in situation.profile.recent:
        row = view.number.get(listen.item_id, NONE)
        if row != NONE and view.kind[row] == _EPISODE and listen.item_id in situation.profile.used:
            heard_ms[row] = heard_ms.get(row, 0) + (listen.ms_played or 0)
    begun = [
        row
        for row, ms in heard_ms.items()
        if BEGUN_MS <= ms < TO_THE_END * max(int(view.duration_ms[row]), 0)
    ]
    if not begun:
        return
    lately = {
        view.number.get(each.item_id): each.started_at for each in situation.profile.recent[::-1]
    }

    def reasons(places: Places) -> list[Reasons]:
        rows = [begun[place] for place in places]
        return [(Reason("left_off", 1.0, view.ids[row], last_at=lately[row]),) for row in rows]

    latest_first = np.arange(len(begun), 0, -1, dtype=np.float32)
    yield Candidates("continue_listening", np.array(begun, np.int32), latest_first, reasons)


def jump_back_in(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name what the listener has played, most likely to be played again first.

    The score is the repeat scorer's activation, also of items the model has not met yet.
    """
    own = situation.own
    if own.is_empty:
        return
    activation = situation.bundle.repeat.activation(own)
    again = np.argsort(-activation, kind="stable")[: int((activation > 0).sum())]
    rows = own.columns[again]

    def reasons(places: Places) -> list[Reasons]:
        ids = [situation.view.ids[row] for row in rows[places]]
        return [(all_about(situation.profile, each, "you_keep_returning"),) for each in ids]

    yield Candidates("jump_back_in", rows, activation[again], reasons)


def made_for_you(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name the blend's favourites, heard and unheard alike; nothing while nothing is known.

    Somebody who has heard most of what fits still meets the best of the rest.
    """
    if situation.taste.is_empty:
        return
    rows, columns = situation.stock.rows, situation.pool
    if np.count_nonzero(situation.new(rows[columns])) < ENOUGH_NEW:
        allowed = np.flatnonzero(situation.allowed_columns).astype(np.int32)
        unheard = best_of(situation.scores, allowed[situation.new(rows[allowed])], N_POOL)
        columns = best_of(situation.scores, np.union1d(columns, unheard), 2 * N_POOL)
    yield of_blend("made_for_you", situation, columns)


def new_for_you(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name the blend's favourites among the never heard.

    All are by artists never heard, unless fewer than 30 such artists are left.
    """
    rows = situation.stock.rows

    def by_new_artist(columns: Rows) -> Rows:
        found: Rows = columns[situation.new(rows[columns]) & situation.by_new_artist(rows[columns])]
        return found

    columns = by_new_artist(situation.pool)
    if n_artists(situation.view, rows[columns]) < ENOUGH_ARTISTS:
        allowed = np.flatnonzero(situation.allowed_columns).astype(np.int32)
        columns = best_of(situation.scores, by_new_artist(allowed), N_POOL)
        if n_artists(situation.view, rows[columns]) < ENOUGH_ARTISTS:
            columns = best_of(situation.scores, allowed[situation.new(rows[allowed])], N_POOL)
    yield of_blend("new_for_you", situation, columns)


def because_you_played(situation: Situation, n: int) -> Iterable[Candidates]:
    """Name the neighbours of up to ``n`` lately played items, by ``n`` artists, loved ones first."""
    neighbours, ids = situation.bundle.cooccurrence.neighbours, situation.bundle.vocabulary.ids
    for column in _lately(situation)[:n]:
        row = slice(neighbours.indptr[column], neighbours.indptr[column + 1])
        order = np.argsort(-neighbours.data[row], kind="stable")
        loved = ids[column] in situation.profile.loved
        kind: ReasonKind = "because_you_love" if loved else "because_you_played"
        yield Candidates(
            source="because_you_played",
            rows=situation.stock.rows[neighbours.indices[row][order]],
            scores=neighbours.data[row][order],
            reasons=partial(same, (all_about(situation.profile, ids[column], kind),)),
            about_id=ids[column],
        )


def from_chosen(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name the most popular tracks by those a newcomer chose, until they have heard something."""
    if not situation.own.is_empty:
        return
    popular = situation.bundle.popularity.all_time
    best = [
        (popular[column], column, maker)
        for maker, columns in of_chosen(situation).items()
        for column in best_of(popular, columns, N_OF_CHOSEN).tolist()
    ]
    if not best:
        return
    scores, columns, makers = (
        np.array(each) for each in zip(*sorted(best, key=lambda b: (-b[0], b[1])), strict=True)
    )
    ids = situation.view.ids

    def reasons(places: Places) -> list[Reasons]:
        return [(Reason("you_chose", 1.0, about_id=ids[maker]),) for maker in makers[places]]

    yield Candidates("from_chosen", situation.stock.rows[columns], scores, reasons)


def popular_now(situation: Situation, _n: int) -> Iterable[Candidates]:
    """Name what most listeners played lately; of all time where nobody played lately."""
    popularity = situation.bundle.popularity
    columns = situation.stock.by_popularity[:N_POOL]
    lately = bool(popularity.recent.any())
    scores = popularity.recent if lately else popularity.all_time
    reasons = partial(same, (Reason("popular_now" if lately else "popular", 1.0),))
    yield Candidates("popular_now", situation.stock.rows[columns], scores[columns], reasons)


SOURCES: dict[SourceName, Source] = {
    "continue_listening": continue_listening,
    "from_chosen": from_chosen,
    "jump_back_in": jump_back_in,
    "made_for_you": made_for_you,
    "new_for_you": new_for_you,
    "because_you_played": because_you_played,
    "popular_now": popular_now,
}


def of_blend(source: str, situation: Situation, columns: Rows) -> Candidates:
    """Return columns of the blend as candidates whose reasons are its contributions."""

    def reasons(places: Places) -> list[Reasons]:
        chosen = columns[places]
        contributions = situation.scorer.contributions(situation.taste, chosen)
        ids = situation.bundle.vocabulary.ids
        at = situation.profile.at
        found = reasons_of(contributions, chosen.tolist(), situation.taste, ids, at)
        return [of_choice(situation, each) for each in found] if situation.profile.chosen else found

    return Candidates(source, situation.stock.rows[columns], situation.scores[columns], reasons)


def joined(first: Candidates, second: Candidates) -> Candidates:
    """Return two lists of candidates, one after the other, under the first one's name."""
    n = len(first.rows)

    def reasons(places: Places) -> list[Reasons]:
        parts = (
            iter(first.reasons(places[places < n])),
            iter(second.reasons(places[places >= n] - n)),
        )
        return [next(parts[int(place >= n)]) for place in places]

    rows = np.concatenate([first.rows, second.rows])
    return Candidates(first.source, rows, np.concatenate([first.scores, second.scores]), reasons)


def artist_keys(view: View, rows: Rows) -> Places:
    """Return a number an artist for each row; a row without an artist is an artist of its own."""
    artist = view.artist[rows]
    return np.where(artist == NONE, len(view) + rows, artist).astype(np.int64)


def n_artists(view: View, rows: Rows) -> int:
    """Return by how many artists the rows are."""
    keys = np.sort(artist_keys(view, rows))
    return int(np.count_nonzero(np.diff(keys))) + 1 if len(keys) else 0


def _lately(situation: Situation) -> list[int]:
    """Return the columns of lately played items one may recommend from, one an artist.

    Where no play has a time, the most played stand in.
    """
    profile, view = situation.profile, situation.view
    used = profile.used
    recent = [r.item_id for r in profile.recent if r.reading != "skip" and r.item_id in used]
    tallied = sorted(used & profile.tallies.keys(), key=lambda i: (-profile.tallies[i], i))
    played = recent[:N_LATELY] or tallied
    loved = profile.loved
    first = sorted(dict.fromkeys(played[:N_LATELY]), key=lambda item_id: item_id not in loved)
    columns = situation.bundle.vocabulary.columns_of(first)
    columns = columns[columns >= 0]
    columns = columns[_has_neighbours(situation, columns)]
    keys = artist_keys(view, situation.stock.rows[columns])
    return [int(columns[place]) for place in np.sort(np.unique(keys, return_index=True)[1])]


def _has_neighbours(situation: Situation, columns: Rows) -> Mask:
    """Return which columns may be named in a title and have neighbours to offer."""
    starts = situation.bundle.cooccurrence.neighbours.indptr
    found: Mask = situation.allowed_columns[columns] & (starts[columns + 1] > starts[columns])
    return found


def all_about(profile: Profile, item_id: str, kind: ReasonKind) -> Reason:
    """Return a reason that is all about one item the listener has heard."""
    played, tallied = profile.plays.get(item_id), profile.tallies.get(item_id, 0)
    return Reason(
        kind=kind,
        share=1.0,
        about_id=item_id,
        n_plays=tallied + (played.n_plays if played else 0),
        last_at=from_us(played.last_at_us) if played else None,
    )


def same(reasons: Reasons, places: Places) -> list[Reasons]:
    """Return the same reasons for every place."""
    return [reasons] * len(places)
