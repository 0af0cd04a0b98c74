"""Beliefs learn, within seconds, from what was heard of listeners since the last round.

A round runs the SQL of a build and the teacher of a rebuild over the few listeners of whom something was heard, so that
running lessons are those a rebuild makes. It reads one state of the database and writes in one short transaction, only
if nobody moved the mark meanwhile; killed anywhere, it is made again.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec

from ritornello.kinds.errors import Conflict
from ritornello.kinds.times import to_us
from ritornello.policies import hearing, lessons
from ritornello.policies.beliefs import TAUGHT_BY, taught_by
from ritornello.policies.hearing import Heard, Through
from ritornello.policies.lessons import Lesson
from ritornello.policies.teaching import Teacher
from ritornello.signals import lately
from ritornello.signals.inputs import DAY_US
from ritornello.signals.lately import Ground
from ritornello.store import lake
from ritornello.store.database import snapshot
from ritornello.store.log import Writer

LISTENERS_AT_ONCE = 200
MEMORY = "1GB"
SINCE_US = 11 * DAY_US
"""How old a decision may be that an event still changes: eight days that a listen may join it, two that the visit may
last in which that listen was, and one that clocks may differ."""
_NEWS = f"""
    CREATE OR REPLACE TEMP TABLE meant AS
    SELECT s.decision_id FROM shown AS s INNER JOIN news AS n ON n.listener_id = s.listener_id
    WHERE s.made_at_us BETWEEN n.first_us - {2 * DAY_US} AND n.last_us + {2 * DAY_US}
        OR (s.made_at_us BETWEEN n.first_us - {SINCE_US} AND n.last_us AND s.expires_at_us >= n.first_us - {DAY_US})
    UNION
    SELECT a.decision_id FROM attributions AS a INNER JOIN news AS n ON n.listener_id = a.listener_id
    WHERE a.started_at_us BETWEEN n.first_us - {3 * DAY_US} AND n.last_us + {3 * DAY_US}
    UNION
    SELECT e.decision_id FROM (
        SELECT listener_id, decision_id, happened_at_us AS at_us FROM listen
        UNION ALL SELECT listener_id, decision_id, seen_at_us FROM impression
        UNION ALL SELECT listener_id, decision_id, happened_at_us FROM act
    ) AS e INNER JOIN news AS n ON n.listener_id = e.listener_id
    WHERE e.decision_id IS NOT NULL AND e.at_us BETWEEN n.first_us - {DAY_US} AND n.last_us"""
"""The decisions that what was heard may have changed: those live or made about then, those of the listens about then, and
those that are named."""


class Learned(msgspec.Struct, frozen=True):
    """What a round came to: of how many listeners and decisions something was heard, how many lessons changed."""

    n_listeners: int = 0
    n_decisions: int = 0
    n_lessons: int = 0


class _Found(msgspec.Struct, frozen=True):
    """What a round found between two marks: the decisions that may have changed, and what they teach now."""

    mark: Through
    beyond: Through
    decision_ids: set[str]
    lessons: list[Lesson]


def catch_up(
    conn: sqlite3.Connection, writer: Writer, teacher: Teacher, ground: Ground, *, now: datetime
) -> Learned:
    """Learn from what was heard since the last round; nothing where nothing was.

    Parameters
    ----------
    conn : a connection of this thread's own.

    Raises
    ------
    Conflict : the lessons were taught by another teacher, or none were and the lake is not empty; rebuild them.
    StorageUnavailable : the lake or the log cannot be read or written; what is learned stays.
    """
    with snapshot(conn):
        before = _checked(conn, teacher)
        mark = before or Through()
        heard, beyond = hearing.since(conn, ground.home, mark, to_us(now))
        if beyond == before:
            return Learned()
        found = _Found(mark, beyond, set(), [])
        for some in _together(heard):
            meant, taught = _taught(conn, teacher, ground, some)
            found.decision_ids.update(meant)
            found.lessons.extend(taught)
    n_changed = writer.run(partial(_commit, teacher=teacher, found=found)).result()
    return Learned(len(heard), len(found.decision_ids), n_changed)


def _checked(conn: sqlite3.Connection, teacher: Teacher) -> Through | None:
    """Return the mark to learn on from; ``None`` in a home in which nobody has learned or sealed anything.

    Raises
    ------
    Conflict : nobody may, before a rebuild.
    """
    before, mark = taught_by(conn), hearing.read_mark(conn)
    if not before or mark is None:
        if conn.execute("SELECT 1 FROM manifest LIMIT 1").fetchone() is None:
            return None
        raise Conflict(
            "nothing was learned of what is in the lake; run `ritornello policies rebuild`"
        )
    if before != teacher.version:
        message = f"the lessons were taught by {before}, not by {teacher.version}; run `ritornello policies rebuild`"
        raise Conflict(message)
    return mark


def _together(heard: Sequence[Heard]) -> Iterator[Sequence[Heard]]:
    """Part listeners into those whose days lie together, so that nobody's old event makes all of them look back."""
    start = 0
    for end in range(1, len(heard) + 1):
        whole = end == len(heard) or end - start == LISTENERS_AT_ONCE
        if whole or heard[start].first_us - heard[end].first_us > SINCE_US:
            yield heard[start:end]
            start = end


def _taught(
    conn: sqlite3.Connection, teacher: Teacher, ground: Ground, heard: Sequence[Heard]
) -> tuple[set[str], list[Lesson]]:
    """Return the decisions that may have changed, and what they teach now."""
    since_us = min(each.first_us for each in heard) - SINCE_US
    who = [each.listener_id for each in heard]
    with lake.open_lake(ground.home) as duck:
        duck.execute("SET threads = 1")
        duck.execute(f"SET memory_limit = '{MEMORY}'")
        duck.execute("SET ieee_floating_point_ops = false")
        if not lately.lay(duck, conn, ground, who, since_us):
            return set(), []
        duck.execute(
            "CREATE TEMP TABLE news (listener_id VARCHAR, first_us BIGINT, last_us BIGINT)"
        )
        spans = [each.first_us for each in heard], [each.last_us for each in heard]
        duck.execute("INSERT INTO news SELECT unnest(?), unnest(?), unnest(?)", (who, *spans))
        duck.execute(_NEWS)
        duck.execute(
            "DELETE FROM outcomes WHERE decision_id NOT IN (SELECT decision_id FROM meant)"
        )
        meant = duck.execute("SELECT DISTINCT decision_id FROM outcomes").fetchall()
        taught = teacher.lessons(duck, ground.home, with_later=False)
        return {key for (key,) in meant}, taught


def _commit(conn: sqlite3.Connection, teacher: Teacher, found: _Found) -> int:
    """Write what a round found, unless somebody else learned meanwhile; then the next round finds it."""
    if (hearing.read_mark(conn) or Through()) != found.mark:
        return 0
    standing = [
        row
        for row in lessons.standing(conn, map(lessons.key_of, found.decision_ids))
        if lessons.mark_of(row) not in teacher.later_marks
    ]
    sign(conn, teacher, found.beyond)
    return lessons.replace(conn, found.lessons, standing)


def sign(conn: sqlite3.Connection, teacher: Teacher, mark: Through) -> None:
    """Write down who taught, and up to where."""
    hearing.set_mark(conn, mark)
    conn.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (TAUGHT_BY, teacher.version),
    )
