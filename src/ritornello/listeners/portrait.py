"""What we believe of somebody: what their recommendations rest on, in figures they can check.

Every belief is one that a correction can address: an artist, a genre, the hours of the day. What was
disowned or excluded is not in it, so that a correction can be seen to act.
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE, View
from ritornello.kinds.times import from_us, offsets, to_us
from ritornello.listeners.corrections import corrects_items
from ritornello.listeners.profile import Profile
from ritornello.measures.diversity import effective_number

Counts = NDArray[np.int64]

N_SHOWN = 20
_TABLES = ("listens", "left_out")
LATELY = timedelta(days=28)
_STARTS = (
    "SELECT group_concat(started_at_us) FROM {table} WHERE listener_id = ? AND reading = 'play'"
)
_USED_STARTS = (
    _STARTS + " AND item_id IN (SELECT value FROM json_each(?)"
    " UNION SELECT from_id FROM aliases JOIN json_each(?) ON into_id = value)"
)
_LATELY = """
SELECT coalesce(into_id, item_id), count(*)
FROM listens LEFT JOIN aliases ON from_id = item_id
WHERE listener_id = ?1 AND started_at_us >= ?2 AND reading = 'play' AND NOT EXISTS (
    SELECT 1 FROM left_out
    WHERE left_out.listener_id = ?1 AND left_out.event_id = listens.event_id
) GROUP BY 1
"""


class Belief(msgspec.Struct, frozen=True, omit_defaults=True):
    """An artist (or show) or a genre: plays, their share of all, and when it was last heard."""

    about_id: str
    name: str
    n_plays: int
    share: float
    last_at: datetime | None


class Portrait(msgspec.Struct, frozen=True):
    """What we believe of one listener as of ``at``.

    ``n_plays`` with tallies. ``artists`` and ``genres``: the most played first, at most 20; each
    track counts for its first artist and its first genre. ``by_hour``: plays whose time is known, 7
    weekdays from Monday × 24 local hours. ``share_new``: of the plays of the last 28 days, those of
    items never heard before them; ``None`` without plays. ``n_artists`` and ``effective_artists``:
    how many, and how many equally played ones would be as diverse (``measures.diversity``).
    """

    listener_id: str
    at: datetime
    n_plays: int
    artists: tuple[Belief, ...]
    genres: tuple[Belief, ...]
    by_hour: tuple[tuple[int, ...], ...]
    n_plays_lately: int
    share_new: float | None
    n_artists: int
    effective_artists: float | None


def of(conn: sqlite3.Connection, profile: Profile, view: View, tz: ZoneInfo) -> Portrait:
    """Draw a listener's portrait.

    Parameters
    ----------
    profile : the listener, corrections obeyed.
    tz : whose hours and weekdays are meant.
    """
    heard = _Heard.of(profile, view)
    artist = view.artist[heard.rows]
    weights = heard.n_plays[artist != NONE].astype(np.float64)
    by_artist = np.bincount(artist[artist != NONE], weights).astype(np.float64)
    by_artist = by_artist[by_artist > 0]
    n_lately, n_new = _lately(conn, profile)
    return Portrait(
        listener_id=profile.listener_id,
        at=profile.at,
        n_plays=int(heard.n_plays.sum()),
        artists=heard.most(artist, lambda row: (view.ids[row], view.title(row))),
        genres=heard.most(
            view.genre[heard.rows], lambda word: (f"genre:{view.genres[word]}", view.genres[word])
        ),
        by_hour=tuple(map(tuple, _by_hour(conn, profile, tz).tolist())),
        n_plays_lately=n_lately,
        share_new=n_new / n_lately if n_lately else None,
        n_artists=len(by_artist),
        effective_artists=effective_number(by_artist) if len(by_artist) else None,
    )


class _Heard(msgspec.Struct, frozen=True):
    """What may lead to recommendations and the catalogue knows, as aligned arrays."""

    rows: NDArray[np.int32]
    n_plays: Counts
    last_us: Counts

    @classmethod
    def of(cls, profile: Profile, view: View) -> "_Heard":
        known = sorted(item_id for item_id in profile.used if item_id in view.number)
        plays = [profile.plays.get(item_id) for item_id in known]
        tallied = [profile.tallies.get(item_id, 0) for item_id in known]
        return cls(
            view.rows(known),
            np.array([p.n_plays if p else 0 for p in plays], np.int64)
            + np.array(tallied, np.int64),
            np.array([p.last_at_us if p else -1 for p in plays], np.int64),
        )

    def most(
        self, keys: NDArray[np.int32], name: Callable[[int], tuple[str, str]]
    ) -> tuple[Belief, ...]:
        """Return the most played of what ``keys`` groups by, −1 aside."""
        known = keys != NONE
        found, group = np.unique(keys[known], return_inverse=True)
        n_plays = np.bincount(group, self.n_plays[known], len(found)).astype(np.int64)
        last_us = np.full(len(found), -1, np.int64)
        np.maximum.at(last_us, group, self.last_us[known])
        total = int(self.n_plays.sum())
        best = [place for place in np.argsort(-n_plays, kind="stable")[:N_SHOWN] if n_plays[place]]
        return tuple(
            Belief(
                *name(int(found[place])),
                n_plays=int(n_plays[place]),
                share=int(n_plays[place]) / total,
                last_at=from_us(int(last_us[place])) if last_us[place] >= 0 else None,
            )
            for place in best
        )


def _by_hour(conn: sqlite3.Connection, profile: Profile, tz: ZoneInfo) -> Counts:
    """Count plays by weekday and local hour, shape (7, 24): all of them, less those left out."""
    every, left_out = (_local_hours(_starts(conn, profile, each), tz) for each in _TABLES)
    return every - left_out


def _starts(conn: sqlite3.Connection, profile: Profile, table: str) -> Counts:
    """Return when the plays of a table began, as one text instead of a row each: half the time."""
    sql, asked = _STARTS, [profile.listener_id]
    if any(corrects_items(about, mark) for (about, mark), value in profile.marks.items() if value):
        used = msgspec.json.encode(sorted(profile.used)).decode()
        sql, asked = _USED_STARTS, [profile.listener_id, used, used]
    (starts,) = conn.execute(sql.format(table=table), asked).fetchone()
    return np.fromstring(starts or "", np.int64, sep=",")


def _local_hours(starts_us: Counts, tz: ZoneInfo) -> Counts:
    """Count instants by weekday (Monday first) and hour of a zone, shape (7, 24)."""
    stretches = np.array(offsets(tz.key), np.int64)
    stretch = np.searchsorted(stretches[:, 0], starts_us, side="right") - 1
    hours = (starts_us + stretches[stretch, 2]) // 3_600_000_000
    weekday = (hours // 24 + 3) % 7  # 1970 began on a Thursday
    return np.bincount(weekday * 24 + hours % 24, minlength=168).reshape(7, 24).astype(np.int64)


def _lately(conn: sqlite3.Connection, profile: Profile) -> tuple[int, int]:
    """Count the plays of the last 28 days, and those among them of items not heard before."""
    since_us, used = to_us(profile.at - LATELY), profile.used
    n_plays = n_new = 0
    for item_id, n in conn.execute(_LATELY, (profile.listener_id, since_us)):
        if item_id in used:
            n_plays += n
            is_new = profile.plays[item_id].first_at_us >= since_us
            n_new += n if is_new and item_id not in profile.tallies else 0
    return n_plays, n_new
