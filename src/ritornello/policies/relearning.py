"""Every lesson made anew from the tables of one state of the lake, and their sums kept as a version.

Where running lessons were right this changes none of them; what only time tells (a return in seven days), and what the
catalogue has merged since, comes in here.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial

import msgspec

from ritornello.kinds.errors import ArtefactUnusable, BadValue, Conflict
from ritornello.listeners import kept_receptivity, receptivity
from ritornello.policies import beliefs, hearing, kept_beliefs, kept_looks, learning, lessons, looks
from ritornello.policies.beliefs import Sums
from ritornello.policies.hearing import Through
from ritornello.policies.lessons import Lesson
from ritornello.policies.teaching import TABLES, Teacher
from ritornello.signals import success_data
from ritornello.signals.building import open_tables
from ritornello.signals.shapes import KIND
from ritornello.signals.staleness import shifted
from ritornello.store import lake, manifest
from ritornello.store.database import connect
from ritornello.store.home import Home
from ritornello.store.log import Writer

ROWS_A_STRETCH = 200_000
DECISIONS_A_STEP = 500
BEGUN_BACK, BEGUN_FORWARD = 2, 10
"""Days around a decision on which its first play may have begun."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild came to: the version kept, of how many lessons, and how many of them changed."""

    version: str
    n_lessons: int
    n_changed: int


def rebuild(
    home: Home,
    writer: Writer,
    teacher: Teacher,
    sealed: Through,
    *,
    progress: Callable[[float], None] | None = None,
) -> Rebuilt:
    """Make every lesson anew from the tables a build made, and keep their sums.

    The same tables and teacher give the same version, bit by bit: rows are added up in the order of their days and ids,
    and whole thousandths in any. Lessons of decisions that are not sealed yet stay; what was heard since ``sealed`` is
    learned again by the next round, because the mark is moved back to it.

    Parameters
    ----------
    sealed : the mark of what was sealed before the tables were built (:func:`hearing.sealed`).

    Raises
    ------
    Conflict : a build changed the tables meanwhile; run it again.
    StorageUnavailable : a file is missing or damaged.
    """
    sums: Sums = {}
    n_lessons = n_changed = 0
    with closing(connect(home, read_only=True)) as conn:
        made_from = _made_from(conn)
        signed = _Signed(teacher, _mark(conn, teacher, sealed))
        writer.run(partial(signed.write, keys=[], taught=[])).result()
        stretches = list(_stretches(conn))
        for done, days in enumerate(stretches, 1):
            ids, found = _of_days(home, teacher, days)
            if _made_from(conn) != made_from:
                raise Conflict("a build changed the tables of signals meanwhile; rebuild again")
            n_lessons += len(found)
            n_changed += _replace(conn, writer, signed, ids, found)
            beliefs.add_up(sums, found)
            if progress is not None:
                progress(done / len(stretches))
    version = kept_beliefs.keep(home, sums, taught_by=teacher.version, made_from=made_from)
    return Rebuilt(version, n_lessons, n_changed)


def learn_looks(home: Home) -> bool:
    """Learn how lists are looked through from the latest outcomes; return whether that was done.

    It is done where nothing is kept that can be read, or where there are twice as many decisions by now: with every other
    examination all lessons are others, which should not happen every day.
    """
    try:
        before = kept_looks.find(home)
    except ArtefactUnusable:
        before = None
    with closing(connect(home, read_only=True)) as conn:
        days = list(_stretches(conn))[-1:]
    if not days:
        return False
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ("outcomes",), days=days[0])
        open_tables(duck, home, ("beginnings",), days=_around(days[0]))
        outcomes = success_data.read_outcomes(duck, home)
    n_decisions = len(outcomes.decisions()[1])
    if before is not None and n_decisions < 2 * before.n_decisions:
        return False
    try:
        kept_looks.keep(home, looks.learn(outcomes), n_decisions)
    except BadValue:
        return False
    return True


def learn_receptivity(home: Home, writer: Writer, now: datetime) -> int:
    """Learn what everybody keeps of the new that chance offered them, for their budgets; return of how many."""
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ("readings", "outcomes", "shown"))
        with lake.readable():
            found = receptivity.multiples(receptivity.read(duck), "randomised")
    writer.run(lambda conn: kept_receptivity.replace(conn, found, now)).result()
    return len(found)


def _mark(conn: sqlite3.Connection, teacher: Teacher, sealed: Through) -> Through:
    """Return where learning goes on: with the same teacher decisions that are not sealed are learned already."""
    before = hearing.read_mark(conn)
    if before is None or beliefs.taught_by(conn) != teacher.version:
        return sealed
    return msgspec.structs.replace(sealed, decision=max(sealed.decision, before.decision))


def _stretches(conn: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield the first and the last of days that have about ``ROWS_A_STRETCH`` slots together."""
    days: list[str] = []
    n_rows = 0
    for entry in manifest.entries(conn, f"{KIND}outcomes"):
        if days and n_rows + entry.n_rows > ROWS_A_STRETCH and entry.dt != days[-1]:
            yield days[0], days[-1]
            days, n_rows = [], 0
        days.append(entry.dt)
        n_rows += entry.n_rows
    if days:
        yield days[0], days[-1]


def _of_days(home: Home, teacher: Teacher, days: tuple[str, str]) -> tuple[list[str], list[Lesson]]:
    """Return the decisions of some days, and what they teach."""
    with lake.open_lake(home) as duck:
        duck.execute(f"SET memory_limit = '{learning.MEMORY}'")
        open_tables(duck, home, (name for name in TABLES if name != "beginnings"), days=days)
        open_tables(duck, home, ("beginnings",), days=_around(days))
        with lake.readable():
            ids = duck.execute("SELECT DISTINCT decision_id FROM outcomes ORDER BY 1").fetchall()
        return [key for (key,) in ids], teacher.lessons(duck, home, with_later=True)


class _Signed(msgspec.Struct, frozen=True):
    """Who teaches, and the mark to move back to with every step, because somebody may learn meanwhile."""

    teacher: Teacher
    mark: Through

    def write(
        self, conn: sqlite3.Connection, keys: Sequence[bytes], taught: Sequence[Lesson]
    ) -> int:
        learning.sign(conn, self.teacher, self.mark)
        return lessons.replace(conn, taught, lessons.standing(conn, keys))


def _around(days: tuple[str, str]) -> tuple[str, str]:
    """Return the days on which the first plays of some days' decisions may have begun."""
    return shifted(days[0], -BEGUN_BACK), shifted(days[1], BEGUN_FORWARD)


def _replace(
    conn: sqlite3.Connection,
    writer: Writer,
    signed: _Signed,
    decision_ids: Sequence[str],
    found: Sequence[Lesson],
) -> int:
    """Put what was found in the place of what stands, a few decisions a transaction; return how many changed."""
    by_decision: dict[bytes, list[Lesson]] = {lessons.key_of(key): [] for key in decision_ids}
    for row in found:
        by_decision[row[0]].append(row)
    keys, n_changed = list(by_decision), 0
    for start in range(0, len(keys), DECISIONS_A_STEP):
        some = keys[start : start + DECISIONS_A_STEP]
        taught = [row for key in some for row in by_decision[key]]
        if set(taught) != set(lessons.standing(conn, some)):
            n_changed += writer.run(partial(signed.write, keys=some, taught=taught)).result()
    return n_changed


def _made_from(conn: sqlite3.Connection) -> str:
    """Return a digest of the files of the tables."""
    files = [
        f"{entry.path} {entry.sha256}"
        for name in TABLES
        for entry in manifest.entries(conn, KIND + name)
    ]
    return hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()
