"""What a listener's own history says of what was found: how often and how lately they played it, or who made it.

Of an item it is the base-level activation of its plays (``models.repeat``, by its usual constants: no training is asked),
one more where it is loved. An artist, an album or a show has that of all plays of what is theirs,

    ln(1 + Σ_j (e^{a_j} − 1)),

and one more where it is loved or followed. What the listener wants no recommendations from says nothing here.
"""

from datetime import datetime, timedelta

import msgspec
import numpy as np

from ritornello.catalog.view import KINDS, NONE
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.listeners.profile import Profile
from ritornello.listeners.taste import Taste
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.surfaces.situation import Rows, Scores, Situation

LOVED = 1.0
N_OWN = 1000
"""So many of what somebody plays most are matched by name."""
_COLLECTIVE = tuple(KINDS.index(kind) for kind in ("artist", "album", "show"))


class History(msgspec.Struct, frozen=True):
    """How well the listener knows what they know: ``rows`` (n,) of the catalogue, rising, and their ``strength`` (n,)."""

    rows: Rows
    strength: Scores

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the listener."""
        return not len(self.rows)

    @property
    def best(self) -> Rows:
        """The rows best known, at most ``N_OWN``, best first."""
        return self.rows[np.argsort(-self.strength, kind="stable")[:N_OWN]]

    def of(self, rows: Rows) -> Scores:
        """Return the strength of each row, shape of ``rows``; 0 of what is not known, and of no row."""
        if self.is_empty:
            return np.zeros(len(rows), dtype=np.float32)
        place = np.searchsorted(self.rows, rows).clip(max=len(self.rows) - 1)
        found: Scores = np.where(self.rows[place] == rows, self.strength[place], np.float32(0))
        return found


def history_of(situation: Situation) -> History:
    """Return what a listener's plays, loves and follows say of items, and of who made them."""
    view, own = situation.view, situation.own
    liked = _liked(situation)
    known = RepeatScorer(RepeatConfig(), len(view)).activation(own)
    parts = np.expm1(known.astype(np.float64))
    wholes = np.concatenate([own.columns, view.artist[own.columns], view.album[own.columns], liked])
    rows, place = np.unique(wholes, return_inverse=True)
    total = np.bincount(place, np.concatenate([np.tile(parts, 3), np.zeros(len(liked))]), len(rows))
    strength = np.log1p(total)
    strength[np.isin(rows, liked)] += LOVED
    kept = (rows != NONE) & (strength > 0)
    return History(rows[kept].astype(np.int32), strength[kept].astype(np.float32))


def reason(situation: Situation, row: int, share: float) -> Reason:
    """Return the reason that a row itself is known to the listener."""
    n_plays, last_at = _played(situation, row)
    kind: ReasonKind = "you_keep_returning" if n_plays else "because_you_love"
    return Reason(kind, share, situation.view.ids[row], n_plays=n_plays or None, last_at=last_at)


def reason_of_maker(situation: Situation, row: int, share: float) -> Reason:
    """Return the reason that who made it is known to the listener."""
    maker = int(situation.view.artist[row])
    n_plays, last_at = _played(situation, maker)
    kind: ReasonKind = "because_you_played" if n_plays else "because_you_love"
    return Reason(kind, share, situation.view.ids[maker], n_plays=n_plays or None, last_at=last_at)


def _liked(situation: Situation) -> Rows:
    """Return the rows the listener loves or follows."""
    profile = situation.profile
    followed = {about for (about, mark), on in profile.marks.items() if mark == "follow" and on}
    liked = sorted((profile.loved | followed) - profile.unused - _corrected(profile))
    return np.unique(situation.view.rows(liked))


def _corrected(profile: Profile) -> set[str]:
    return {
        about for (about, mark), on in profile.marks.items() if mark in ("disown", "exclude") and on
    }


def _played(situation: Situation, row: int) -> tuple[int, datetime | None]:
    """Return how often a row, or anything of it, was played, and when last, as far as known."""
    view, own = situation.view, situation.own
    mine = own.columns == row
    if view.kind[row] in _COLLECTIVE:
        mine = (view.artist[own.columns] == row) | (view.album[own.columns] == row)
    return int(own.n_plays[mine].sum()), _last_at(own, mine, situation.request.at)


def _last_at(own: Taste, mine: np.ndarray, at: datetime) -> datetime | None:
    ages_s = own.last_age_s[mine & (own.n_plays > 0)]
    ages_s = ages_s[np.isfinite(ages_s)]
    return at - timedelta(seconds=float(ages_s.min())) if ages_s.size else None
