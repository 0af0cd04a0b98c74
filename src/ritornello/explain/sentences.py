"""From a reason to the sentence a listener reads.

Every sentence says no more than its reason holds: how often, when last, which share of chance, which
editorial role and in which words.
"""

from datetime import datetime, timedelta

from ritornello.catalog.view import View
from ritornello.kinds.decisions import Reason, ReasonKind

_SENTENCES: dict[ReasonKind, str] = {
    "because_you_love": "Because you love {item}",
    "because_you_played": "Because you played {item}{often}",
    "you_keep_returning": "You played it{often}",
    "popular": "Many listeners here play it",
    "popular_now": "Many listeners here play it these days",
    "popular_near_you": "Listeners with a taste like yours play it",
    "fits_moment": "Fits {what}{note}",
    "chosen_by_editors": "Chosen by {role}{note}",
    "new_here": "New in the catalogue",
    "left_off": "You left off here{often}",
    "you_chose": "You chose {item}",
    "asked_for": "You asked for it",
    "exploring": "We are trying it, to learn what you like{chance}",
}
_ROLES = {None: "the editors", "editor": "an editor", "service": "the service"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAY_BEGINS_H = 5
_PARTS = ((7, "morning"), (12, "afternoon"), (17, "evening"), (24, "night"))


def sentence(reason: Reason, view: View, now: datetime) -> str:
    """Say a reason to the listener it is for.

    Parameters
    ----------
    now : aware instant in the listener's own zone; days and evenings are theirs.
    """
    return _SENTENCES[reason.kind].format(
        item=_named(reason, view),
        often=_how_often(reason, now),
        what=_named(reason, view) if reason.about_id else "this moment",
        role=_ROLES.get(reason.by_role, reason.by_role),
        note=f": {reason.note}" if reason.note else "",
        chance=f" (chance {chance(reason.p)})" if reason.p is not None else "",
    )


def chance(p: float) -> str:
    """Say a probability to two digits, never as a false 0 or 100 %.

    Examples
    --------
    >>> chance(0.0312), chance(0.25), chance(1.0), chance(0.9999), chance(0.00001)
    ('3.1 %', '25 %', '100 %', 'over 99 %', 'under 0.1 %')
    """
    if p < 0.001:
        return "under 0.1 %"
    return "over 99 %" if 0.99 < p < 1 else f"{100 * p:.{0 if p >= 0.0995 else 1}f} %"


def _named(reason: Reason, view: View) -> str:
    """Return ``title by artist`` of what the reason is about; the title alone where they agree."""
    row = view.number.get(reason.about_id or "")
    if row is None:
        return "something you know"
    title, artist = view.title(row), view.artist_name(row)
    return title if artist in ("", title) else f"{title} by {artist}"


def _how_often(reason: Reason, now: datetime) -> str:
    """Return how many times and when most recently, as far as known; with its space before."""
    times = f" {reason.n_plays} times" if reason.n_plays and reason.n_plays > 1 else ""
    if reason.last_at is None:
        return times
    return (
        f"{times}, most recently {when(reason.last_at, now)}"
        if times
        else f" {when(reason.last_at, now)}"
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
