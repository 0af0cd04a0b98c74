"""A lesson: what one slot of one decision teaches one belief, in whole thousandths.

Thousandths are whole numbers, so their sums are exact in whatever order lessons come, and a belief made from all of
them at once is the belief that grew by one lesson after another, to the bit. A slot teaches what is believed of its
item where it stood; a shelf whose order chance drew teaches what is believed of the shelf.
"""

import re
import sqlite3
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.signals.success import Outcomes, Scored
from ritornello.store.database import execute_rows

MILLI = 1000
SHELVES = "shelves"
THE_SHELF = -1
"""The position of the lesson of a shelf as a whole."""
IDS_AT_ONCE = 500
_NUMBERED = re.compile(r"_\d+$(?!\n)")
_IDENTITY = re.compile(r"^(mix)-[a-z2-7]{8}$(?!\n)")
_ROW = "INSERT INTO lessons VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_GONE = "DELETE FROM lessons WHERE decision_id = ? AND shelf = ? AND position = ? AND belief = ?"
_CHANGED = """
    INSERT INTO meta VALUES ('lessons_changed', '1') ON CONFLICT (name) DO UPDATE SET value = value + 1"""

Column = NDArray[Any]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Lesson = tuple[bytes, str, int, str, str, str, str, int, int]
"""A row of ``lessons``: decision_id, shelf, position, belief, listener_id, segment, arm, n_success_milli, n_trial_milli."""


class Examination(Protocol):
    """How likely each slot was looked at."""

    @property
    def version(self) -> str:
        """Another where it would say anything else."""
        ...

    def p_examined(self, outcomes: Outcomes, /) -> FloatArray:
        """Return a probability a row, each decision by itself."""
        ...


class SeenFlag(msgspec.Struct, frozen=True):
    """A slot was looked at where ``seen`` says so, and nowhere else.

    Right where clients report what was in view. It misleads where they do not: a failure nobody noticed is none, so
    every arm looks better than it is, the more the further down it stands.
    """

    version: str = "seen@1"

    def p_examined(self, outcomes: Outcomes) -> FloatArray:
        """Return 1 where a slot is known to have been seen, else 0."""
        return outcomes.flag("seen").astype(np.float64)


class Segments(msgspec.Struct, frozen=True):
    """Whose beliefs were asked, a row a slot: of its shelf, and of the draw of the shelves (``None``: none was drawn)."""

    of_shelf: Column
    of_order: Column


class _Counted(msgspec.Struct, frozen=True):
    """What each slot counts, in thousandths: successes of trials."""

    ids: list[bytes]
    n_success: IntArray
    n_trial: IntArray


def of(
    outcomes: Outcomes, scored: Scored, p_examined: FloatArray, segments: Segments, mark: str = ""
) -> list[Lesson]:
    """Return the lessons of some decisions, whole ones, each by itself.

    A slot of known success counts n = round(1000 P(examined)) thousandths of a trial, of which round(success · n) are a
    success; what was played was examined. Where nothing is known or n is 0 there is no lesson: what was not seen is no
    failure.

    Parameters
    ----------
    outcomes : with ``decision_id``, ``listener_id``, ``surface``, ``shelf``, ``position``, ``item_id`` and ``played``.
    p_examined : float64 (n,) in [0, 1].
    mark : what these lessons stand apart by, such as ``:returned_7d``; the end of the name of every belief.
    """
    p = np.where(outcomes.flag("played"), 1.0, p_examined) * scored.known
    n_trial = np.rint(MILLI * p).astype(np.int64)
    n_success = np.rint(scored.success * n_trial).astype(np.int64)
    counted = _Counted(_bytes_of(outcomes.column("decision_id")), n_success, n_trial)
    text = {name: outcomes.column(name).tolist() for name in ("shelf", "listener_id", "item_id")}
    beliefs = _beliefs_of(outcomes)
    position = outcomes.column("position").astype(np.int64).tolist()
    rows = [
        (counted.ids[i], text["shelf"][i], position[i], beliefs[i] + mark, text["listener_id"][i],
         segments.of_shelf[i] or "", text["item_id"][i], int(n_success[i]), int(n_trial[i]))
        for i in np.flatnonzero(n_trial).tolist()
    ]  # fmt: skip
    return rows + _of_shelves(outcomes, segments.of_order, counted, mark)


def _of_shelves(outcomes: Outcomes, segment: Column, counted: _Counted, mark: str) -> list[Lesson]:
    """Return the lessons of shelves whose order chance drew: the best of the slots of each.

    A shelf has served when one of its cards has: nobody plays all of a shelf, and a mean would blame a long one for
    being long. It was looked at as surely as its likeliest card, because whoever reaches a later one passed the first.
    """
    drawn = np.flatnonzero([each is not None for each in segment] & (counted.n_trial > 0))
    number_of, _ = outcomes.decisions()
    names, shelf = np.unique(outcomes.column("shelf")[drawn], return_inverse=True)
    keys = number_of[drawn] * max(1, len(names)) + shelf
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    best, looked_at = np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
    np.maximum.at(best, group, counted.n_success[drawn])
    np.maximum.at(looked_at, group, counted.n_trial[drawn])
    columns = [
        outcomes.column(name)[drawn[first]].tolist() for name in ("surface", "shelf", "listener_id")
    ]
    return [
        (counted.ids[i], shelf, THE_SHELF, f"{surface}/{SHELVES}{mark}", listener_id, segment[i],
         kind_of(shelf), n_success, n_trial)
        for i, surface, shelf, listener_id, n_success, n_trial in zip(
            drawn[first].tolist(), *columns, best.tolist(), looked_at.tolist(), strict=True
        )
    ]  # fmt: skip


def kind_of(shelf: str) -> str:
    """Return what a shelf is one of, without its number or the identity that is its listener's own.

    Examples
    --------
    >>> kind_of("because_you_played_2"), kind_of("mix-abcdefgh"), kind_of("falling-asleep")
    ('because_you_played', 'mix', 'falling-asleep')
    """
    return _NUMBERED.sub("", _IDENTITY.sub(r"\1", shelf))


def belief_of(surface: str, shelf: str) -> str:
    """Return the belief about what stands on a shelf; the only shelf of a flat list is its surface.

    Examples
    --------
    >>> belief_of("home", "because_you_played_2"), belief_of("radio", "radio")
    ('home/because_you_played', 'radio')
    """
    return surface if shelf == surface else f"{surface}/{kind_of(shelf)}"


def _beliefs_of(outcomes: Outcomes) -> list[str]:
    """Return the belief of each slot."""
    columns = (outcomes.column(name).tolist() for name in ("surface", "shelf"))
    pairs = list(zip(*columns, strict=True))
    known = {pair: belief_of(*pair) for pair in set(pairs)}
    return [known[pair] for pair in pairs]


def replace(conn: sqlite3.Connection, lessons: Iterable[Lesson], standing: Iterable[Lesson]) -> int:
    """Put lessons in the place of those that stood; return how many changed. Runs in a transaction.

    What is the same stays untouched, so that learning again what is known changes nothing.
    """
    new, old = set(lessons), set(standing)
    gone, come = old - new, new - old
    if gone or come:
        conn.execute(_CHANGED)
        conn.executemany(_GONE, sorted(row[:4] for row in gone))
        execute_rows(conn, _ROW, sorted(come))
    return len({row[:4] for row in gone | come})


def standing(conn: sqlite3.Connection, decision_ids: Iterable[bytes]) -> list[Lesson]:
    """Return the lessons that some decisions have taught so far."""
    found: list[Lesson] = []
    ids = sorted(set(decision_ids))
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        marks = ",".join("?" * len(some))
        found += conn.execute(f"SELECT * FROM lessons WHERE decision_id IN ({marks})", some)
    return found


def mark_of(lesson: Lesson) -> str:
    """Return the mark of a lesson's belief, such as ``:returned_7d``; none where surfaces choose by it."""
    _, colon, word = lesson[3].rpartition(":")
    return colon + word if colon else ""


def key_of(decision_id: str) -> bytes:
    """Return a decision's id as the log keeps it."""
    return UUID(decision_id).bytes


def _bytes_of(decision_ids: Column) -> list[bytes]:
    """Return ids as the log keeps them; each is read once, however many slots it has."""
    texts, number_of = np.unique(decision_ids, return_inverse=True)
    keys = [key_of(text) for text in texts.tolist()]
    return [keys[i] for i in number_of.tolist()]
