"""Which tracks a Discover Weekly may hold, in their order.

Two questions, asked apart: what would suit (a ranking of the never heard, longer than the list), and
what may still stand when the week begins. The first may be drafted ahead; the second is asked at
reveal, against the whole history and the rules of that instant.
"""

import math
import sqlite3
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import zstandard

from ritornello.catalog.view import NONE
from ritornello.kinds.decisions import Reason, Rung
from ritornello.kinds.times import to_us
from ritornello.store.database import execute_rows
from ritornello.surfaces import fallbacks
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.recipes import Recipe
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Request, Rows, Situation, best
from ritornello.surfaces.slates import rank_in_group
from ritornello.surfaces.sources import (
    Candidates,
    Places,
    Reasons,
    artist_keys,
    joined,
    of_blend,
)

N_RANKED = 2000

_WRITE = """
INSERT INTO drafts (listener_id, surface, period, made_at_us, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (listener_id, surface, period) DO UPDATE
SET made_at_us = excluded.made_at_us, body = excluded.body
"""
_READ = """
SELECT body FROM drafts WHERE listener_id = ? AND surface = ? AND period = ? AND made_at_us >= ?
"""
_HAS = "SELECT 1 FROM drafts WHERE listener_id = ? AND surface = ? AND period = ?"
_FORGET = "DELETE FROM drafts WHERE period < ?"

Ranking = Callable[[Situation, Mask], Candidates]


class Drafted(msgspec.Struct, frozen=True):
    """One track of a draft: its score, and the reasons that very score gave."""

    item_id: str
    score: float
    reasons: tuple[Reason, ...]


class Draft(msgspec.Struct, frozen=True):
    """A ranking of the never heard for one listener and week, by one model on one rung."""

    source: str
    rung: Rung
    rung_because: str
    model_version: str
    tracks: tuple[Drafted, ...]

    def ranked(self, situation: Situation) -> "Ranked":
        """Return the draft as the ranking it was; what the catalogue lost has no row."""
        number = situation.view.number
        rows = np.array([number.get(t.item_id, NONE) for t in self.tracks], dtype=np.int32)
        scores = np.array([track.score for track in self.tracks], dtype=np.float64)

        def reasons(places: Places) -> list[Reasons]:
            return [self.tracks[place].reasons for place in places]

        candidates = Candidates(self.source, rows, scores, reasons)
        return Ranked(candidates, self.rung, self.rung_because, self.model_version)


_DECODER = msgspec.json.Decoder(Draft)


class Ranked(msgspec.Struct, frozen=True):
    """Candidates for a week, the rung that ranked them, why no higher one did, by which model."""

    candidates: Candidates
    rung: Rung
    rung_because: str
    model_version: str

    def draft(self, situation: Situation) -> Draft:
        """Return the ranking as something that can rest until its week begins."""
        every = np.arange(len(self.candidates.rows))
        ids = [situation.view.ids[row] for row in self.candidates.rows]
        tracks = zip(ids, self.candidates.scores, self.candidates.reasons(every), strict=True)
        return Draft(
            source=self.candidates.source,
            rung=self.rung,
            rung_because=self.rung_because,
            model_version=self.model_version,
            tracks=tuple(Drafted(item_id, float(score), why) for item_id, score, why in tracks),
        )


def rank(
    situation: Situation, recipe: Recipe, ladder: Ladder, counted: fallbacks.Counted
) -> Ranked:
    """Rank the never heard on the highest rung that stands; an earlier list never stands in."""

    def popular(situation: Situation, among: Mask) -> Candidates:
        return fallbacks.popular(situation, counted, among)

    steps: list[tuple[Rung, Callable[[], Candidates]]] = [
        ("personal", lambda: _some(_shortlist(situation, recipe, _personal))),
        ("segment", lambda: _some(_shortlist(situation, recipe, fallbacks.segment))),
        ("popular", lambda: _some(_shortlist(situation, recipe, popular))),
        ("editorial", lambda: _shortlist(situation, recipe, fallbacks.newest)),
    ]
    climbed = ladder.answer(steps)
    bundle = situation.stock.bundle
    version = bundle.version if bundle else "none"
    return Ranked(climbed.answer, climbed.rung, climbed.because, version)


def fitting(
    situation: Situation, recipe: Recipe, candidates: Candidates, shown: Rows
) -> Candidates:
    """Return the candidates that may stand now, so that the best of them are the list.

    All are allowed and never heard, at most ``per_artist`` of an artist. Those by artists never heard
    come first, then, where they do not fill the list, those of them that stood on a list lately, then
    tracks by known artists, as far as the share of new artists stays what the recipe asks for.

    Parameters
    ----------
    shown : rows of the lists of the last four weeks.
    """
    shape, view, rows = recipe.shelves[0], situation.view, candidates.rows
    pinned = view.rows(pin.about_id for pin in situation.rulings.pins)
    pinned = pinned[situation.drawable[pinned] & situation.by_new_artist(pinned)]
    keys = artist_keys(view, rows)
    fits = (rows != NONE) & situation.allowed[rows] & situation.new(rows)
    fits &= ~np.isin(keys, artist_keys(view, pinned))
    by_new, lately = situation.by_new_artist(rows), np.isin(rows, shown)
    places = _capped(fits & by_new & ~lately, keys, shape.per_artist)[: shape.shortlist]
    again = _capped(fits & by_new & lately, keys, shape.per_artist)
    places = np.concatenate([places, again[: max(shape.length - len(places), 0)]])
    known = _capped(fits & ~by_new, keys, shape.per_artist)
    n_known = min(shape.length - len(places), n_known_beside(len(places), recipe.new_artist_share))
    places = np.concatenate([places, known[: max(n_known, 0)]])
    return candidates.at(places[np.argsort(-candidates.scores[places], kind="stable")])


def n_known_beside(n_new: int, new_artist_share: float) -> int:
    """Return how many tracks by known artists may stand beside ``n_new`` by new ones.

    Examples
    --------
    >>> n_known_beside(24, 0.8), n_known_beside(23, 0.8), n_known_beside(10, 1.0)
    (6, 5, 0)
    """
    if new_artist_share == 0:
        return 100
    return math.floor(n_new * (1 - new_artist_share) / new_artist_share + 1e-9)


def write_drafts(conn: sqlite3.Connection, drafts: Sequence[tuple[Request, str, Draft]]) -> None:
    """Keep drafts until their weeks begin; runs inside the writer's transaction."""
    rows = [
        (*_key(request, week), to_us(request.at), zstandard.compress(msgspec.json.encode(draft), 1))
        for request, week, draft in drafts
    ]
    execute_rows(conn, _WRITE, rows)


def read_draft(conn: sqlite3.Connection, request: Request, week: str) -> Draft | None:
    """Return the draft for a listener's week, if one rests.

    One that is older than the listener's last correction rests on what was corrected, and is none.
    """
    corrected_at = request.profile.corrected_at
    since_us = 0 if corrected_at is None else to_us(corrected_at)
    row = conn.execute(_READ, (*_key(request, week), since_us)).fetchone()
    return None if row is None else _DECODER.decode(zstandard.decompress(row[0]))


def has_draft(conn: sqlite3.Connection, listener_id: str, surface: str, week: str) -> bool:
    """Say whether a draft for a listener's week rests."""
    return conn.execute(_HAS, (listener_id, surface, week)).fetchone() is not None


def forget_drafts(conn: sqlite3.Connection, before: str) -> None:
    """Throw away the drafts of weeks gone by."""
    conn.execute(_FORGET, (before,))


def _key(request: Request, week: str) -> tuple[str, str, str]:
    return request.profile.listener_id, request.surface, week


def _personal(situation: Situation, among: Mask) -> Candidates:
    if situation.taste.is_empty:
        raise NoAnswer("the models know nothing of what this listener heard")
    wanted = situation.allowed_columns & among[situation.stock.rows]
    return of_blend("new_for_you", situation, best(situation.scores, wanted, N_RANKED))


def _shortlist(situation: Situation, recipe: Recipe, ranking: Ranking) -> Candidates:
    """Return the best by new artists, and by known ones where the new might not suffice."""
    shape, unheard = recipe.shelves[0], ~situation.heard
    by_new = situation.by_new_artist(np.arange(len(unheard), dtype=np.int32))
    found = []
    for among in (unheard & by_new, unheard & ~by_new):
        candidates = ranking(situation, among)
        every = np.ones(len(candidates.rows), dtype=np.bool_)
        keys = artist_keys(situation.view, candidates.rows)
        places = _capped(every, keys, shape.per_artist)
        found.append(candidates.at(places[: shape.shortlist]))
        if len(found[0].rows) >= 2 * shape.length:
            break
    return found[0] if len(found) == 1 else joined(*found)


def _some(candidates: Candidates) -> Candidates:
    """Return candidates, of which there must be some."""
    if not len(candidates.rows):
        raise NoAnswer("nothing it knows is new to this listener")
    return candidates


def _capped(fits: Mask, keys: Places, per_artist: int) -> Places:
    """Return the fitting places, at most ``per_artist`` of each key."""
    places = np.flatnonzero(fits)
    return places[rank_in_group(keys[places]) < per_artist]
