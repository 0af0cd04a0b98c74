"""Everything serving needs to know of one listener, in seven point reads.

Nothing is cached: the next request after an acknowledged event reads what that event's own
transaction wrote, from whichever process. Corrections are obeyed here: what was disowned is not in
the profile, what was excluded is named in ``unused``.
"""

import sqlite3
from datetime import datetime, timedelta

import msgspec

from ritornello.kinds.times import from_us, to_us
from ritornello.listeners import corrections, kept_receptivity
from ritornello.listeners.kept_receptivity import Kept
from ritornello.listeners.marks import ONBOARDING
from ritornello.listeners.preferences import Preferences, read_preferences

_PLAYS = """
SELECT json_group_object(item_id, json_array(n_plays, n_skips, first_at_us, last_at_us))
FROM plays WHERE listener_id = ? AND item_id NOT IN (SELECT from_id FROM aliases)
"""
_MERGED_PLAYS = """
SELECT into_id, n_plays, n_skips, first_at_us, last_at_us
FROM plays JOIN aliases ON from_id = item_id WHERE listener_id = ?
"""
_TALLIES = """
SELECT coalesce(into_id, item_id), max(n_plays)
FROM tallies LEFT JOIN aliases ON from_id = item_id
WHERE listener_id = ? GROUP BY 1
"""
_EXCLUDED = """
SELECT coalesce(into_id, item_id), min(first_at_us), max(last_at_us)
FROM (
    SELECT item_id, min(started_at_us) AS first_at_us, max(started_at_us) AS last_at_us
    FROM left_out INDEXED BY left_out_excluded
    WHERE listener_id = ? AND because = 'excluded' GROUP BY item_id
) LEFT JOIN aliases ON from_id = item_id
GROUP BY 1
"""
_RECENT = """
SELECT coalesce(into_id, item_id), started_at_us, ms_played, reading
FROM listens LEFT JOIN aliases ON from_id = item_id
WHERE listener_id = ?1
AND NOT EXISTS (
    SELECT 1 FROM left_out
    WHERE left_out.listener_id = ?1 AND left_out.event_id = listens.event_id
)
AND coalesce(into_id, item_id) NOT IN (SELECT value FROM json_each(?2))
ORDER BY started_at_us DESC, event_id DESC LIMIT ?3
"""
_MARKS = """
SELECT coalesce(into_id, about_id), mark, value, until_at_us, happened_at_us
FROM marks LEFT JOIN aliases ON from_id = about_id
WHERE listener_id = ? ORDER BY happened_at_us, event_id
"""


class Played(msgspec.Struct, frozen=True, array_like=True):
    """What a listener did with one item, ever; times in microseconds since 1970."""

    n_plays: int
    n_skips: int
    first_at_us: int
    last_at_us: int

    def __add__(self, other: "Played") -> "Played":
        """Return what they did with two ids of one item."""
        return Played(
            self.n_plays + other.n_plays,
            self.n_skips + other.n_skips,
            min(self.first_at_us, other.first_at_us),
            max(self.last_at_us, other.last_at_us),
        )


_plays = msgspec.json.Decoder(dict[str, Played])


class RecentListen(msgspec.Struct, frozen=True):
    """One of the last listens: which item, when it began, how long (``None`` unknown)."""

    item_id: str
    started_at: datetime
    ms_played: int | None
    reading: str


class Profile(msgspec.Struct, frozen=True):
    """One listener as of ``at``: what they heard, said and chose.

    Item ids are the current ones: merged items are read under the id they were merged into.
    ``plays`` and ``tallies`` are without what was disowned; an item heard only in excluded listens
    counts nothing there. ``recent`` are the latest listens that may lead somewhere. ``unused`` are
    the ids, heard or loved, that must not lead to recommendations. ``kept_new`` is what was learned of
    how they take the new.
    """

    listener_id: str
    at: datetime
    plays: dict[str, Played]
    tallies: dict[str, int]
    recent: tuple[RecentListen, ...]
    marks: dict[tuple[str, str], int]
    snoozed: frozenset[str]
    marked_at: dict[tuple[str, str], datetime]
    preferences: Preferences
    unused: frozenset[str] = frozenset()
    kept_new: Kept | None = None

    @property
    def receptivity(self) -> float | None:
        """Share of the new they keep as a multiple of the crowd's; ``None`` where nothing uncorrected says it."""
        if self.kept_new is None:
            return None
        if self.corrected_at is not None and self.corrected_at >= self.kept_new.learned_at:
            return None
        return self.kept_new.multiple

    @property
    def heard(self) -> set[str]:
        """Ids of everything ever heard, by listen (also skipped) or by tally."""
        return self.plays.keys() | self.tallies.keys()

    @property
    def used(self) -> set[str]:
        """Ids that may lead to recommendations: heard or loved, and not ``unused``."""
        return (self.plays.keys() | self.tallies.keys() | self.loved) - self.unused

    @property
    def n_plays(self) -> int:
        """Plays that may lead somewhere, tallies included."""
        listened = sum(p.n_plays for i, p in self.plays.items() if i not in self.unused)
        return listened + sum(n for i, n in self.tallies.items() if i not in self.unused)

    @property
    def loved(self) -> set[str]:
        """Ids this listener loves."""
        return {about for (about, mark), value in self.marks.items() if _is_love(mark, value)}

    @property
    def chosen(self) -> set[str]:
        """Ids chosen when asked at the beginning, less what must not lead to recommendations."""
        return {
            about
            for (about, mark), value in self.marks.items()
            if mark == "chosen" and value and not self._is_corrected(about)
        } - {ONBOARDING}

    def _is_corrected(self, about: str) -> bool:
        return any(self.marks.get((about, mark)) for mark in ("disown", "exclude"))

    @property
    def was_asked(self) -> bool:
        """Whether they answered the questions of the beginning, or left them."""
        return (ONBOARDING, "chosen") in self.marks

    @property
    def corrected_at(self) -> datetime | None:
        """When they last said, or took back, that something was not them or not to be used."""
        said = (at for (_, mark), at in self.marked_at.items() if mark in ("disown", "exclude"))
        return max(said, default=None)

    @property
    def banned(self) -> set[str]:
        """Ids (items or artists) this listener never wants to meet: banned or hated."""
        return {about for (about, mark), value in self.marks.items() if _is_ban(mark, value)}


def read_profile(
    conn: sqlite3.Connection, listener_id: str, at: datetime, *, n_recent: int = 100
) -> Profile:
    """Read one listener as of ``at``; somebody never seen has an empty profile."""
    who = (listener_id,)
    said = _read_marks(conn, listener_id, at)
    plays = _read_plays(conn, listener_id)
    tallies = dict(conn.execute(_TALLIES, who))
    unused: set[str] = set()
    for item_id, first_us, last_us in conn.execute(_EXCLUDED, who):
        if item_id not in plays:
            plays[item_id] = Played(0, 0, first_us, last_us)
            unused.add(item_id)
    disowned: set[str] = set()
    if said.disowned or said.excluded:
        known = plays.keys() | tallies.keys() | said.loved
        disowned = corrections.concerned(conn, known, said.disowned)
        unused |= corrections.concerned(conn, known, said.excluded) | (disowned & said.loved)
    hidden = msgspec.json.encode(sorted(disowned | unused)).decode()
    return Profile(
        listener_id=listener_id,
        at=at,
        plays={item_id: played for item_id, played in plays.items() if item_id not in disowned},
        tallies={item_id: n for item_id, n in tallies.items() if item_id not in disowned},
        recent=tuple(
            RecentListen(item_id, from_us(started_us), ms_played, reading)
            for item_id, started_us, ms_played, reading in conn.execute(
                _RECENT, (listener_id, hidden, n_recent)
            )
        ),
        marks=said.marks,
        snoozed=said.snoozed,
        marked_at=said.marked_at,
        preferences=read_preferences(conn, listener_id),
        unused=frozenset(unused),
        kept_new=kept_receptivity.read(conn, listener_id),
    )


def _read_plays(conn: sqlite3.Connection, listener_id: str) -> dict[str, Played]:
    """Read what was played, by the current ids.

    All comes as one JSON text: a row at a time, each would wait for the interpreter's lock, and a
    whole history has tens of thousands.
    """
    who = (listener_id,)
    plays = _plays.decode(conn.execute(_PLAYS, who).fetchone()[0])
    for item_id, *rest in conn.execute(_MERGED_PLAYS, who):
        known = plays.get(item_id)
        plays[item_id] = Played(*rest) if known is None else known + Played(*rest)
    return plays


SNOOZE_DAYS = 30


def _snooze_end(value: int, until_us: int | None, happened_us: int) -> int:
    """When a snooze ends; one without an end lasts 30 days, a lifted one is over."""
    if not value:
        return 0
    return until_us or happened_us + int(timedelta(days=SNOOZE_DAYS).total_seconds() * 1e6)


def _is_love(mark: str, value: int) -> bool:
    return mark == "feeling" and value > 0


def _is_ban(mark: str, value: int) -> bool:
    return (mark == "feeling" and value < 0) or (mark == "ban" and value > 0)


class _Said(msgspec.Struct, frozen=True):
    """A listener's marks: what stands, since when, and what each kind of mark is about.

    ``disowned`` and ``excluded`` are items, artists, shows, albums and genres.
    """

    marks: dict[tuple[str, str], int]
    marked_at: dict[tuple[str, str], datetime]
    snoozed: frozenset[str]
    loved: set[str]
    disowned: set[str]
    excluded: set[str]


def _read_marks(conn: sqlite3.Connection, listener_id: str, at: datetime) -> _Said:
    marks: dict[tuple[str, str], int] = {}
    marked_at: dict[tuple[str, str], datetime] = {}
    snoozed_until: dict[str, int] = {}
    for about, mark, value, until_us, happened_us in conn.execute(_MARKS, (listener_id,)):
        marks[about, mark] = value
        marked_at[about, mark] = from_us(happened_us)
        if mark == "snooze":
            snoozed_until[about] = _snooze_end(value, until_us, happened_us)
    at_us = to_us(at)
    return _Said(
        marks=marks,
        marked_at=marked_at,
        snoozed=frozenset(about for about, until_us in snoozed_until.items() if until_us > at_us),
        loved={about for (about, mark), value in marks.items() if _is_love(mark, value)},
        disowned=_corrected(marks, "disown"),
        excluded=_corrected(marks, "exclude"),
    )


def _corrected(marks: dict[tuple[str, str], int], correction: str) -> set[str]:
    return {
        about
        for (about, mark), value in marks.items()
        if mark == correction and value and corrections.corrects_items(about, mark)
    }
