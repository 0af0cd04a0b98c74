"""From contributions to reasons, and from a reason to the sentence a listener reads.

An additive scorer says how much each heard item added to a score. The reasons of a slot are the
largest positive parts, so a reason is the evidence itself and not a story told afterwards.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from msgspec.structs import replace
from numpy.typing import ArrayLike

from ritornello.catalog.view import View
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.listeners.taste import Taste

MOST_REASONS = 3
LEAST_SHARE = 0.02

_SENTENCES: dict[ReasonKind, str] = {
    "because_you_love": "Because you love {item}",
    "because_you_played": "Because you played {item}{often}",
    "you_keep_returning": "You played it{often}",
    "popular": "Many listeners here play it",
    "popular_near_you": "Listeners with a taste like yours play it",
    "fits_moment": "Fits this moment",
    "chosen_by_editors": "Chosen by the editors",
    "new_here": "New in the catalogue",
    "exploring": "A try outside your usual, to learn what you like",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAY_BEGINS_H = 5
_PARTS = ((7, "morning"), (12, "afternoon"), (17, "evening"), (24, "night"))


def reasons_of(
    contributions: ArrayLike,
    columns: Sequence[int],
    taste: Taste,
    ids: Sequence[str],
    at: datetime,
) -> list[tuple[Reason, ...]]:
    """Return the reasons of each scored item, the largest share first.

    A share is a part of the *positive* mass of the score: what spoke against an item is no reason
    for it. Shares under 2 % are left out, so the shares of a slot sum to at most 1. The last
    column, what the history does not explain, is the reason "popular".

    Parameters
    ----------
    contributions : (n, h + 1); a row sums to its item's score.
    columns : (n,) model columns of the scored items.
    taste : the history the first h columns belong to.
    ids : the model's item ids by column.
    at : instant the taste's ages count from.
    """
    positive = np.maximum(np.asarray(contributions, dtype=np.float64), 0.0)
    mass = positive.sum(axis=1, keepdims=True)
    shares = np.divide(positive, mass, out=np.zeros_like(positive), where=mass > 0)
    top = np.argsort(-shares, axis=1, kind="stable")[:, :MOST_REASONS]
    evident = [
        [place for place in places if row[place] >= LEAST_SHARE]
        for row, places in zip(shares, top.tolist(), strict=True)
    ]
    evidence = {place: _evidence(place, taste, ids, at) for found in evident for place in found}
    return [
        tuple(_for(ids[column], evidence[place], float(row[place])) for place in found)
        for column, row, found in zip(columns, shares, evident, strict=True)
    ]


def _evidence(place: int, taste: Taste, ids: Sequence[str], at: datetime) -> Reason:
    """Return one heard item as a reason; past the history stands what it does not explain."""
    if place == len(taste.columns):
        return Reason("popular", 1.0)
    age_s = float(taste.last_age_s[place])
    return Reason(
        kind="because_you_love" if taste.loved[place] else "because_you_played",
        share=1.0,
        about_id=ids[taste.columns[place]],
        n_plays=int(taste.n_plays[place]),
        last_at=None if np.isnan(age_s) else at - timedelta(seconds=age_s),
    )


def _for(item_id: str, evidence: Reason, share: float) -> Reason:
    """Return the evidence as a reason for one item; an item can be a reason for itself."""
    kind = "you_keep_returning" if evidence.about_id == item_id else evidence.kind
    return replace(evidence, kind=kind, share=min(share, 1.0))


def sentence(reason: Reason, view: View, now: datetime) -> str:
    """Say a reason to the listener it is for.

    Parameters
    ----------
    now : aware instant in the listener's own zone; days and evenings are theirs.
    """
    return _SENTENCES[reason.kind].format(item=_named(reason, view), often=_how_often(reason, now))


def _named(reason: Reason, view: View) -> str:
    """Return ``title by artist`` of what the reason is about; the title alone where they agree."""
    row = view.number.get(reason.about_id or "")
    if row is None:
        return "something you know"
    title, artist = view.title(row), view.artist_name(row)
    return title if artist in ("", title) else f"{title} by {artist}"


def _how_often(reason: Reason, now: datetime) -> str:
    """Return how many times and when last, as far as known; with its space before."""
    times = f" {reason.n_plays} times" if reason.n_plays and reason.n_plays > 1 else ""
    if reason.last_at is None:
        return times
    return (
        f"{times}, last {when(reason.last_at, now)}" if times else f" {when(reason.last_at, now)}"
    )


def when(at: datetime, now: datetime) -> str:
    """Say an instant the way people do, in the zone of ``now``; a night belongs to its evening.

    Examples
    --------
    >>> from datetime import UTC
    >>> when(datetime(2026, 11, 20, 20, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC))
    'on Friday evening'
    """
    if now - at < timedelta(minutes=10):
        return "a moment ago"
    day_begins = timedelta(hours=_DAY_BEGINS_H)
    then = at.astimezone(now.tzinfo) - day_begins
    n_days = ((now - day_begins).date() - then.date()).days
    part = next(name for before, name in _PARTS if then.hour < before)
    if n_days == 0:
        return "tonight" if part == "night" else f"this {part}"
    if n_days == 1:
        return "last night" if part == "night" else f"yesterday {part}"
    if n_days < len(_DAYS):
        return f"on {_DAYS[then.weekday()]} {part}"
    month = _MONTHS[then.month - 1]
    return f"on {then.day} {month}" if n_days < 300 else f"in {month} {then.year}"
