"""Who teaches beliefs: the success functions of choice, and how likely each slot was looked at.

A teacher turns the tables ``outcomes``, ``beginnings`` and ``shown`` that lie before a DuckDB into lessons. It carries a
version: lessons of two versions never add up.
"""

import hashlib
import re
from collections.abc import Sequence

import duckdb
import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.policies import kept_looks, lessons
from ritornello.policies.lessons import Column, Examination, Lesson, SeenFlag, Segments
from ritornello.signals import intents, kept_intents, success_data, success_names
from ritornello.signals.success import Outcomes, Scored, Success
from ritornello.store import lake
from ritornello.store.home import Home

TABLES = ("outcomes", "beginnings", "shown", "returned")
_RETURNED = re.compile(r"returned_(1|7|28)d")


class Later(msgspec.Struct, frozen=True):
    """Success that is known days later: whether the listener came back to the item by themselves.

    ``column`` is one of the table ``returned``. It is 1 or 0 once its days are over, and unknown until then.
    """

    column: str

    def score(self, duck: duckdb.DuckDBPyConnection, outcomes: Outcomes) -> Scored:
        """Return what is known of each slot by now."""
        with lake.readable():
            rows = duck.execute(
                f"SELECT decision_id, shelf, position, {self.column} FROM returned "
                f"WHERE {self.column} IS NOT NULL AND decision_id IN (SELECT decision_id FROM outcomes)"
            ).fetchall()
        came = {(key, shelf, position): bool(back) for key, shelf, position, back in rows}
        names = ("decision_id", "shelf", "position")
        slots = zip(*(outcomes.column(name).tolist() for name in names), strict=True)
        back = np.array([came.get(slot, np.nan) for slot in slots], np.float64)
        return Scored.of(back, ~np.isnan(back))


class Teacher(msgspec.Struct, frozen=True, kw_only=True):
    """What lessons are made by.

    Attributes
    ----------
    subjects : what teaches, by the mark its beliefs carry; that of the first is empty, and surfaces choose by it.
    intents_version : which mixture and which words say what a decision was for; it weighs the rules of success.
    """

    subjects: dict[str, Success | Later]
    examination: Examination
    intents_version: str

    @property
    def version(self) -> str:
        """Another where any lesson could be another."""
        names = [
            each.column if isinstance(each, Later) else each.facts.version
            for each in self.subjects.values()
        ]
        return " ".join([*names, self.examination.version, self.intents_version])

    @property
    def later_marks(self) -> frozenset[str]:
        """The marks of what is known days later; only a rebuild teaches it."""
        return frozenset(m for m, each in self.subjects.items() if isinstance(each, Later))

    def lessons(
        self, duck: duckdb.DuckDBPyConnection, home: Home, *, with_later: bool
    ) -> list[Lesson]:
        """Return the lessons of all outcomes before a DuckDB; those known later only where asked for.

        Raises
        ------
        StorageUnavailable : a file of the lake is missing or damaged.
        """
        if duck.execute("SELECT 1 FROM outcomes LIMIT 1").fetchone() is None:
            return []
        outcomes = success_data.read_outcomes(duck, home)
        segments, p_examined = _segments(duck, outcomes), self.examination.p_examined(outcomes)
        found: list[Lesson] = []
        for mark, subject in self.subjects.items():
            if not isinstance(subject, Later):
                scored = passed_by(outcomes, subject.score(outcomes))
            elif with_later:
                scored = subject.score(duck, outcomes)
            else:
                continue
            found += lessons.of(outcomes, scored, p_examined, segments, mark)
        return found


def teacher_of(home: Home, words: str, examination: Examination | None = None) -> Teacher:
    """Return the teacher that the setting ``learn_from`` names, such as ``declared returned_7d``.

    Where none is given, what was looked at is what was learned of looks; before that, what is known.

    Raises
    ------
    BadValue : no word, or one twice. UnknownName, NotFound, ArtefactUnusable : see ``success_names.find``.
    """
    named = words.split()
    if not named or len(set(named)) < len(named):
        raise BadValue(f"learn_from must name what success is, each once, not {words!r}")
    subjects: dict[str, Success | Later] = {}
    for place, word in enumerate(named):
        later = _RETURNED.fullmatch(word)
        subject = Later(word) if later else success_names.find(home, word)
        subjects[f":{word}" if place else ""] = subject
    kept = kept_looks.find(home)
    return Teacher(
        subjects=subjects,
        examination=examination or (kept.looks if kept else SeenFlag()),
        intents_version=_intents_version(home),
    )


def passed_by(outcomes: Outcomes, scored: Scored) -> Scored:
    """Return success where what was not played and is not spoken of counts as none.

    A success function keeps silent about what was passed by: that is no dislike. Between arms it is evidence all the
    same: each is passed by alike, as far as it was looked at.
    """
    return Scored.of(
        np.where(scored.known, scored.success, 0.0), scored.known | ~outcomes.flag("played")
    )


def _segments(duck: duckdb.DuckDBPyConnection, outcomes: Outcomes) -> Segments:
    """Return whose beliefs were asked for each slot."""
    with lake.readable():
        rows = duck.execute(
            "SELECT DISTINCT decision_id, shelf, segment, order_segment FROM shown "
            "WHERE decision_id IN (SELECT decision_id FROM outcomes)"
        ).fetchall()
    asked = {(key, shelf): (of_shelf, of_order) for key, shelf, of_shelf, of_order in rows}
    pairs = zip(
        outcomes.column("decision_id").tolist(), outcomes.column("shelf").tolist(), strict=True
    )
    found = [asked.get(pair, (None, None)) for pair in pairs]
    return Segments(_texts([each for each, _ in found]), _texts([each for _, each in found]))


def _texts(values: Sequence[str | None]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _intents_version(home: Home) -> str:
    """Return a word for what intents are inferred and declared by."""
    trained = kept_intents.find(home)
    names = "" if trained is None else f"{trained.version} {sorted(trained.names.items())}"
    said = f"{names} {sorted(intents.of_home(home).rows(), key=repr)}"
    return f"intents@{hashlib.sha256(said.encode()).hexdigest()[:12]}"
