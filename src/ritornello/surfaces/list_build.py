"""The lists of every surface with a period, for everybody: made in blocks, committed in short turns.

A listener is read once and a block of listeners is scored at once for all surfaces, which is what makes a
build quick; each list is then made as it would be for one listener alone, to rounding. A build that is
interrupted loses at most its last block: run again, it goes on with those who have no list yet. Who has not
listened for two weeks gets no mixes ahead; theirs are made when they come back and ask.
"""

import gc
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.times import (
    iso_week,
    local_day,
    next_week,
    to_us,
    week_begins_at,
    zone,
)
from ritornello.listeners.preferences import read_preferences
from ritornello.listeners.profile import Profile, read_profile
from ritornello.store.log import Writer
from ritornello.surfaces import daily_mix, discover_weekly, fallbacks
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import Surface
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.weekly_draft import forget_drafts, has_draft, rank, write_drafts

WEEKLY: Surface = "discover_weekly"
WESTMOST = timedelta(hours=-12)
BLOCK = 64
OBJECTS_A_COLLECTION = 100_000
A_TRANSACTION = 8
"""Lists a commit: a server beside this process waits for the lock of each."""

_EVERYBODY = """
WITH RECURSIVE
    playing(id) AS (
        SELECT min(listener_id) FROM plays UNION ALL
        SELECT (SELECT min(listener_id) FROM plays WHERE listener_id > id)
        FROM playing WHERE id IS NOT NULL),
    tallied(id) AS (
        SELECT min(listener_id) FROM tallies UNION ALL
        SELECT (SELECT min(listener_id) FROM tallies WHERE listener_id > id)
        FROM tallied WHERE id IS NOT NULL)
SELECT id FROM playing WHERE id IS NOT NULL UNION SELECT id FROM tallied WHERE id IS NOT NULL
"""
_LISTED = """
SELECT listener_id, max(period) FROM lists WHERE surface = ? AND period >= ? GROUP BY listener_id
"""
_LAST_LISTEN = "SELECT max(started_at_us) FROM listens WHERE listener_id = ?"

SituationOf = Callable[[Profile], Situation]
Progress = Callable[[int, int], None]


class Kind(NamedTuple):
    """A surface with a period: which one it is, the list due then, and for whom it is made ahead."""

    period_at: Callable[[datetime, ZoneInfo], str]
    due: Callable[[sqlite3.Connection, Situation, Terms], Decision | None]
    heard_within: timedelta | None = None


KINDS: Mapping[Surface, Kind] = {
    WEEKLY: Kind(iso_week, discover_weekly.due),
    "daily_mix": Kind(local_day, daily_mix.due, timedelta(days=14)),
}


class Built(msgspec.Struct, frozen=True):
    """What a build did: listeners looked at, lists stored, how many fell short; by rung and surface."""

    n_listeners: int
    n_lists: int
    n_short: int
    by_rung: dict[str, int]
    by_surface: dict[str, int]


def everybody(conn: sqlite3.Connection, part: tuple[int, int] = (1, 1)) -> list[str]:
    """Return the id of everyone who ever played something, or has a tally.

    Parameters
    ----------
    part : (i, n), the i-th of n parts, which have nobody in common.
    """
    number, n = part
    everyone = (listener_id for (listener_id,) in conn.execute(_EVERYBODY))
    return [who for who in everyone if zlib.crc32(who.encode()) % n == number - 1]


def build(
    conn: sqlite3.Connection,
    writer: Writer,
    listeners: Sequence[str],
    situation_of: SituationOf,
    terms: Mapping[Surface, Terms],
    *,
    now: datetime,
    time_zone: str,
    progress: Progress | None = None,
) -> Built:
    """Make the lists of everyone among ``listeners`` for whom one is due.

    Parameters
    ----------
    situation_of : makes the request of a profile, on any surface.
    terms : of the surfaces to build.
    time_zone : of listeners who have not said theirs.
    progress : told how many of how many listeners are through.
    """
    waiting = _Waiting(conn, tuple(terms), now, time_zone)
    storing = _Storing(writer, terms)
    with _collecting_rarely():
        for start in range(0, len(listeners), BLOCK):
            block = listeners[start : start + BLOCK]
            due = [(who, surfaces) for who in block if (surfaces := waiting.surfaces(who))]
            asked = [
                (situation_of(read_profile(conn, who, now)), surfaces) for who, surfaces in due
            ]
            scored = _scored([situation for situation, _ in asked])
            decisions = []
            for situation, (_, surfaces) in zip(scored, asked, strict=True):
                for surface in surfaces:
                    if situation.profile.n_plays >= terms[surface].min_plays:
                        there = situation.on(surface)
                        decisions.append(KINDS[surface].due(conn, there, terms[surface]))
            storing.decide([decision for decision in decisions if decision is not None])
            if progress is not None:
                progress(start + len(block), len(listeners))
    storing.wait()
    return storing.built(len(listeners))


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Leave the catalogue and the models out of garbage collection; lists hold no cycles."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_A_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def draft(
    conn: sqlite3.Connection,
    writer: Writer,
    listeners: Sequence[str],
    situation_of: SituationOf,
    terms: Terms,
    *,
    now: datetime,
    time_zone: str,
    ahead: timedelta,
) -> int:
    """Draft the next Weekly of everyone whose next week begins within ``ahead``; return how many.

    Drafts of weeks gone by are thrown away.
    """
    n_drafts = 0
    for start in range(0, len(listeners), BLOCK):
        found = []
        for who in listeners[start : start + BLOCK]:
            tz = zone(read_preferences(conn, who).time_zone or time_zone)
            week = next_week(iso_week(now, tz))
            if week_begins_at(week, tz) - now <= ahead and not has_draft(conn, who, WEEKLY, week):
                situation = situation_of(read_profile(conn, who, now))
                if situation.profile.n_plays >= terms.min_plays:
                    found.append(situation.on(WEEKLY))
        n_drafts += _draft_block(conn, writer, _scored(found), terms)
    writer.run(partial(forget_drafts, before=iso_week(now + WESTMOST, zone("UTC")))).result()
    return n_drafts


def _draft_block(
    conn: sqlite3.Connection, writer: Writer, block: Sequence[Situation], terms: Terms
) -> int:
    """Rank and keep the drafts of a block of listeners."""
    rows = []
    for situation in block:
        ranked = rank(situation, terms.recipe, terms.ladder, partial(fallbacks.counted, conn))
        week = next_week(discover_weekly.week_of(situation))
        rows.append((situation.request, week, ranked.draft(situation)))
    for start in range(0, len(rows), A_TRANSACTION):
        part = rows[start : start + A_TRANSACTION]
        writer.run(partial(write_drafts, drafts=part)).result()
    return len(rows)


class _Waiting:
    """Who has no list yet for the period it is where they are; told without reading profiles."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        surfaces: tuple[Surface, ...],
        now: datetime,
        time_zone: str,
    ) -> None:
        self._conn = conn
        self._now = now
        self._time_zone = time_zone
        self._latest: dict[Surface, dict[str, str]] = {}
        for surface in surfaces:
            first = KINDS[surface].period_at(now + WESTMOST, zone("UTC"))
            self._latest[surface] = dict(conn.execute(_LISTED, (surface, first)))

    def surfaces(self, listener_id: str) -> list[Surface]:
        """Return the surfaces on which a list is due."""
        tz = zone(read_preferences(self._conn, listener_id).time_zone or self._time_zone)
        return [
            surface
            for surface, latest in self._latest.items()
            if latest.get(listener_id, "") < KINDS[surface].period_at(self._now, tz)
            and self._listens(listener_id, KINDS[surface].heard_within)
        ]

    def _listens(self, listener_id: str, within: timedelta | None) -> bool:
        """Say whether the listener heard something lately enough for a list made ahead."""
        if within is None:
            return True
        (last_us,) = self._conn.execute(_LAST_LISTEN, (listener_id,)).fetchone()
        return last_us is not None and last_us >= to_us(self._now - within)


class _Storing:
    """Stores one block while the next is made, and counts what was stored."""

    def __init__(self, writer: Writer, terms: Mapping[Surface, Terms]) -> None:
        self._writer = writer
        self._terms = terms
        self._rungs: Counter[str] = Counter()
        self._surfaces: Counter[str] = Counter()
        self._n_short = 0
        self._handed: list[tuple[list[Decision], Future[list[bool]]]] = []

    def decide(self, decisions: list[Decision]) -> None:
        """Hand over one block, having waited for the one before."""
        self.wait()
        starts = range(0, len(decisions), A_TRANSACTION)
        parts = [decisions[start : start + A_TRANSACTION] for start in starts]
        self._handed = [(part, self._writer.decide(part)) for part in parts]

    def wait(self) -> None:
        """Wait for the block handed over last; an earlier list that stands is not counted."""
        for decisions, verdicts in self._handed:
            for decision, new in zip(decisions, verdicts.result(), strict=True):
                self._rungs[decision.rung] += new
                self._surfaces[decision.surface] += new
                self._n_short += new and bool(decision.rung == "personal" and decision.rung_because)
        self._handed = []

    def built(self, n_listeners: int) -> Built:
        """Return what was done."""
        n_lists = self._surfaces.total()
        return Built(n_listeners, n_lists, self._n_short, dict(self._rungs), dict(self._surfaces))


def _scored(situations: list[Situation]) -> list[Situation]:
    """Return the situations with the blend's scores, computed for all of them at once.

    A blend that breaks leaves them as they are: then each listener's own ladder finds a lower rung.
    """
    known = [s.stock.bundle is not None and not s.taste.is_empty for s in situations]
    rankable = [s for s, is_known in zip(situations, known, strict=True) if is_known]
    if not rankable:
        return situations
    try:
        scores = rankable[0].bundle.blend.score_batch([s.taste for s in rankable])
    except Exception:  # noqa: BLE001 - whatever breaks a model, a lower rung answers
        return situations
    rows = iter(scores)
    return [
        s.with_scores(next(rows)) if is_known else s
        for s, is_known in zip(situations, known, strict=True)
    ]
