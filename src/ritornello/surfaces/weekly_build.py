"""Discover Weekly for everybody: drafted ahead and revealed in blocks, committed in short turns.

A block of listeners is scored at once, which is what makes a build quick; each list is then made
as it would be for one listener alone, to rounding. A build that is interrupted loses at most its last
block: run again, it goes on with those who have no list yet.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.kinds.times import iso_week, next_week, week_begins_at, zone
from ritornello.listeners.profile import Profile, read_profile
from ritornello.store.log import Writer
from ritornello.surfaces import fallbacks
from ritornello.surfaces.discover_weekly import due, week_of
from ritornello.surfaces.lists import Terms, is_listed
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.weekly_draft import forget_drafts, has_draft, rank, write_drafts

SURFACE = "discover_weekly"
WESTMOST, EASTMOST = timedelta(hours=-12), timedelta(hours=14)
BLOCK = 64
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
_LISTED = "SELECT listener_id FROM lists WHERE surface = ? AND period >= ?"

SituationOf = Callable[[Profile], Situation]
Progress = Callable[[int, int], None]


class Built(msgspec.Struct, frozen=True):
    """What a build did: listeners looked at, lists stored, how many of them short, by rung."""

    n_listeners: int
    n_lists: int
    n_short: int
    by_rung: dict[str, int]


def everybody(conn: sqlite3.Connection) -> list[str]:
    """Return the id of everyone who ever played something, or has a tally."""
    return [listener_id for (listener_id,) in conn.execute(_EVERYBODY)]


def build(
    conn: sqlite3.Connection,
    writer: Writer,
    listeners: Sequence[str],
    situation_of: SituationOf,
    terms: Terms,
    *,
    now: datetime,
    progress: Progress | None = None,
) -> Built:
    """Reveal the list of everyone among ``listeners`` for whom it is due.

    Parameters
    ----------
    situation_of : makes the request of a profile on this surface.
    progress : told how many of how many listeners are through.
    """
    furthest_week = iso_week(now + EASTMOST, zone("UTC"))
    listed = {who for (who,) in conn.execute(_LISTED, (SURFACE, furthest_week))}
    waiting = [listener for listener in listeners if listener not in listed]
    storing = _Storing(writer, terms.recipe.shelves[0].length)

    def wanted(listener_id: str) -> Situation | None:
        situation = situation_of(read_profile(conn, listener_id, now))
        return None if is_listed(conn, situation, week_of(situation)) else situation

    for n_through, block in _blocks(waiting, wanted, terms.min_plays):
        found = (due(conn, situation, terms) for situation in block)
        storing.decide([decision for decision in found if decision is not None])
        if progress is not None:
            progress(len(listeners) - len(waiting) + n_through, len(listeners))
    storing.wait()
    return Built(len(listeners), sum(storing.rungs.values()), storing.n_short, dict(storing.rungs))


def draft(
    conn: sqlite3.Connection,
    writer: Writer,
    listeners: Sequence[str],
    situation_of: SituationOf,
    terms: Terms,
    *,
    now: datetime,
    ahead: timedelta,
) -> int:
    """Draft the next list of everyone whose next week begins within ``ahead``; return how many.

    Drafts of weeks gone by are thrown away.
    """
    n_drafts = 0

    def wanted(listener_id: str) -> Situation | None:
        situation = situation_of(read_profile(conn, listener_id, now))
        week = next_week(week_of(situation))
        soon = week_begins_at(week, zone(situation.request.time_zone)) - now <= ahead
        return situation if soon and not has_draft(conn, situation.request, week) else None

    for _, block in _blocks(listeners, wanted, terms.min_plays):
        rows = []
        for situation in block:
            ranked = rank(situation, terms.recipe, terms.ladder, partial(fallbacks.counted, conn))
            week = next_week(week_of(situation))
            rows.append((situation.request, week, ranked.draft(situation)))
        for start in range(0, len(rows), A_TRANSACTION):
            part = rows[start : start + A_TRANSACTION]
            writer.run(partial(write_drafts, drafts=part)).result()
        n_drafts += len(rows)
    writer.run(partial(forget_drafts, before=iso_week(now + WESTMOST, zone("UTC")))).result()
    return n_drafts


class _Storing:
    """Stores one block while the next is made, and counts what was stored."""

    def __init__(self, writer: Writer, n_slots: int) -> None:
        self.rungs: Counter[str] = Counter()
        self.n_short = 0
        self._writer = writer
        self._n_slots = n_slots
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
                self.rungs[decision.rung] += new
                self.n_short += new and len(decision.slots) < self._n_slots
        self._handed = []


def _blocks(
    listeners: Sequence[str], wanted: Callable[[str], Situation | None], min_plays: int
) -> Iterator[tuple[int, list[Situation]]]:
    """Yield how many listeners are through, and the wanted among a block of them, scored."""
    for start in range(0, len(listeners), BLOCK):
        block = listeners[start : start + BLOCK]
        found = [situation for situation in map(wanted, block) if situation is not None]
        enough = [s for s in found if s.profile.n_plays >= min_plays]
        yield start + len(block), _scored(enough)


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
