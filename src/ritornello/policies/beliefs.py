"""What is believed at one instant: the sums of all lessons, by belief, segment and arm."""

import sqlite3
from collections.abc import Iterable

from ritornello.policies.contexts import Contexts
from ritornello.policies.lessons import Lesson
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells
from ritornello.store import tombstones
from ritornello.store.database import snapshot

LIVE = "live@"
TAUGHT_BY = "lessons_taught_by"
_CHANGES = (
    "SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE name = 'lessons_changed'"
)
_ROWS = """
    SELECT belief, segment, arm, n_lessons, n_success_milli, n_trial_milli
    FROM beliefs WHERE changed > ?"""
Cell = tuple[str, str]
"""A segment and an arm."""
Sum = tuple[int, int, int]
"""How many lessons, and what they come to: thousandths of successes, thousandths of trials."""
Sums = dict[str, dict[Cell, Sum]]
"""By belief."""
NONE: Sum = (0, 0, 0)


class Beliefs:
    """What is believed at one instant; it never changes.

    Attributes
    ----------
    version : of the kept version it is, or ``live@`` and the number of the latest change it holds.
    taught_by : the teacher of the lessons.
    """

    def __init__(self, version: str, taught_by: str, sums: Sums) -> None:
        self.version = version
        self.taught_by = taught_by
        self.sums = sums
        self._cells: dict[str, Cells] = {}
        self._betas: dict[str, Betas] = {}
        self._contexts: dict[str, Contexts] = {}

    def cells(self, belief: str) -> Cells:
        """Return the sums of a belief by segment and arm; none where nothing was learned of it."""
        found = self._cells.get(belief)
        if found is None:
            rows = self.sums.get(belief, {}).items()
            found = Cells.of((segment, arm, s, t) for (segment, arm), (_, s, t) in rows)
            self._cells[belief] = found
        return found

    def betas(self, belief: str) -> Betas:
        """Return the pessimistic posteriors of a belief by segment and arm, made once and kept."""
        found = self._betas.get(belief)
        if found is None:
            found = self._betas[belief] = Betas.of(self.cells(belief), spread=USUAL_SPREAD)
        return found

    def contexts(self, belief: str) -> Contexts:
        """Return the same by what segments have in common, made once and kept."""
        found = self._contexts.get(belief)
        if found is None:
            found = self._contexts[belief] = Contexts.of(self.cells(belief))
        return found

    def n_lessons(self, belief: str) -> int:
        """Return how many lessons a belief rests on."""
        return sum(n for n, _, _ in self.sums.get(belief, {}).values())

    def changed(
        self, version: str, taught_by: str, rows: Iterable[tuple[str, str, str, int, int, int]]
    ) -> "Beliefs":
        """Return beliefs in which some sums are others; what did not change is shared."""
        sums = dict(self.sums)
        fresh: set[str] = set()
        for belief, segment, arm, *values in rows:
            if belief not in fresh:
                sums[belief] = dict(sums.get(belief, {}))
                fresh.add(belief)
            cells = sums[belief]
            n, successes, trials = values
            if n:
                cells[segment, arm] = (n, successes, trials)
            else:
                cells.pop((segment, arm), None)
        changed = Beliefs(version, taught_by, {name: each for name, each in sums.items() if each})
        changed._cells = {name: each for name, each in self._cells.items() if name not in fresh}
        changed._betas = {name: each for name, each in self._betas.items() if name not in fresh}
        changed._contexts = {
            name: each for name, each in self._contexts.items() if name not in fresh
        }
        return changed


NOTHING_LEARNED = Beliefs(LIVE, "", {})


def read(conn: sqlite3.Connection, before: Beliefs) -> Beliefs:
    """Return what the lessons of a home come to now; ``before`` itself where it still is that.

    Only sums that changed since ``before`` are read, unless somebody left meanwhile.
    """
    with snapshot(conn):
        (n_changes,) = conn.execute(_CHANGES).fetchone()
        left = tombstones.version(conn)
        version = f"{LIVE}{n_changes}.{left}"
        if version == before.version:
            return before
        since, still_here = -1, before.version.endswith(f".{left}")
        if before.version.startswith(LIVE) and still_here:
            since = int(before.version[len(LIVE) :].partition(".")[0])
        else:
            before = NOTHING_LEARNED
        teacher = taught_by(conn)
        rows = conn.execute(_ROWS, (since,)).fetchall()
    return before.changed(version, teacher, rows)


def taught_by(conn: sqlite3.Connection) -> str:
    """Return the version of the teacher of all lessons; nothing where there was none."""
    row = conn.execute("SELECT value FROM meta WHERE name = ?", (TAUGHT_BY,)).fetchone()
    return "" if row is None else str(row[0])


def add_up(sums: Sums, found: Iterable[Lesson]) -> None:
    """Add lessons to sums."""
    for _, _, _, belief, _, segment, arm, successes, trials in found:
        cells = sums.setdefault(belief, {})
        n, s, t = cells.get((segment, arm), NONE)
        cells[segment, arm] = (n + 1, s + successes, t + trials)
