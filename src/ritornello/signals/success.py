"""Success: how well what happened to a shown slot served the intent, as a number and with its version.

A success function reads outcomes (one row a shown slot) and the probability of each intent, and answers a
number in [0, 1] a row and whether there was evidence at all. It says which columns it reads, what it was
trained on and until when: ``judging`` holds it against nothing of that.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue, did_you_mean
from ritornello.signals.intents import INTENTS, UNKNOWN, number

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
NumberArray = NDArray[np.int64]
Column = NDArray[Any]
Sort = Literal["text", "number", "flag"]

NOTHING_SAID = 0.5
_SORTS: Mapping[Sort, str] = {
    "text": """decision_id listener_id surface shelf item_id artist_id kind source device intent_declared
        seen_because event_id visit_id reading skip_grade attribution next_in_visit""",
    "number": """made_at_us position propensity ms_played fraction_played skipped_at_ms n_plays n_after ms_after
        rank_played seconds_to_play""",
    "flag": "seen played saved loved added followed banned",
}
COLUMNS = {name: sort for sort, names in _SORTS.items() for name in names.split()}


class Outcomes(msgspec.Struct, frozen=True):
    """Rows of the table ``outcomes`` as columns, and what each was for.

    Parameters
    ----------
    columns : arrays of n rows by name, as ``COLUMNS`` sorts them: texts with ``None`` or an empty text
        for nothing, numbers and flags with nan or ``None`` for unknown. Times and milliseconds are exact below 2⁵³.
    p_intent : float64 (n, n_intents), rows sum to 1.

    Whole decisions belong together: a function may read a slot in the light of its neighbours.
    """

    columns: Mapping[str, Column]
    p_intent: FloatArray

    @classmethod
    def of(cls, columns: Mapping[str, Column], p_intent: FloatArray | None = None) -> "Outcomes":
        """Check and put in form; without ``p_intent`` the column ``intent_declared`` decides.

        Raises
        ------
        BadValue : a column that is not an outcome's, of another length, not of its sort, or with an infinite
            number; shares of intents that are none. The message names the column.
        """
        n = len(next(iter(columns.values()), ()))
        kept = {name: _in_form(name, values, n) for name, values in columns.items()}
        if p_intent is None:
            p_intent = _declared(kept.get("intent_declared"), n)
        if p_intent.shape != (n, len(INTENTS)):
            shape = (n, len(INTENTS))
            raise BadValue(f"p_intent has shape {p_intent.shape}; {shape} was expected")
        if not (np.isfinite(p_intent).all() and np.allclose(p_intent.sum(axis=1), 1)):
            raise BadValue("p_intent holds rows that do not sum to 1")
        return cls(kept, p_intent)

    def __len__(self) -> int:
        return len(self.p_intent)

    def of_rows(self, rows: NDArray[Any]) -> "Outcomes":
        """Return some of the rows."""
        return Outcomes({name: c[rows] for name, c in self.columns.items()}, self.p_intent[rows])

    def column(self, name: str) -> Column:
        """Return a column as :meth:`of` put it: text, or float64 with nan.

        Raises
        ------
        BadValue : there is no such column; the message names it and those there are.
        """
        if name not in self.columns:
            there = ", ".join(sorted(self.columns)) or "none"
            raise BadValue(f"outcomes have no column {name!r}; there are {there}")
        return self.columns[name]

    def flag(self, name: str) -> BoolArray:
        """Return where a flag is known to hold."""
        return np.asarray(self.column(name) == 1.0)

    def playlist(self) -> Column:
        """Return the list each slot stood on, ``surface/shelf``."""
        surface, shelf = self.column("surface"), self.column("shelf")
        return np.char.add(np.char.add(surface, "/"), shelf)

    def decisions(self) -> tuple[NumberArray, NumberArray]:
        """Return the decision of each row, numbered from 0 by its id, and the first row of each decision."""
        _, first, number_of = np.unique(
            self.column("decision_id"), return_index=True, return_inverse=True
        )
        return number_of.astype(np.int64), first.astype(np.int64)

    def latest_us(self) -> int:
        """Return when the latest decision was made; 0 where that is not among the columns."""
        made = self.columns.get("made_at_us")
        return 0 if made is None else int(np.nanmax(made, initial=0.0))


class Scored(msgspec.Struct, frozen=True):
    """What a success function said: ``success`` float64 (n,) in [0, 1] and never nan, ``known`` bool (n,).

    Where nothing is known ``success`` is ``NOTHING_SAID``.
    """

    success: FloatArray
    known: BoolArray

    @classmethod
    def of(cls, success: FloatArray, known: BoolArray) -> "Scored":
        """Put in form: what is nan is not known, what rounding drove out of [0, 1] comes back."""
        known = known & ~np.isnan(success)
        return cls(np.where(known, success.clip(0.0, 1.0), NOTHING_SAID), known)


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a success function says of itself.

    ``version`` is ``name@version``; the same version gives the same numbers. ``needs`` are the columns it
    reads. ``trained_on`` names what it learned from, such as ``answer:satisfied``, ``return@7d`` or the column
    ``ms_played``; empty where people wrote it. ``trained_until_us`` is the last instant of its training.
    ``monotone`` names columns that, growing in a row and all else equal, never lower (1) or never raise (−1) it.
    """

    version: str
    needs: tuple[str, ...]
    trained_on: tuple[str, ...] = ()
    trained_until_us: int | None = None
    monotone: dict[str, int] = {}


class Success(Protocol):
    """A versioned function of outcomes."""

    @property
    def facts(self) -> Facts:
        """Say which version it is, what it reads and what it learned from."""
        ...

    def score(self, outcomes: Outcomes, /) -> Scored:
        """Score every row; each decision by itself, in whatever order and company it comes."""
        ...


def by_decision(scored: Scored, outcomes: Outcomes) -> tuple[Scored, NumberArray]:
    """Return the mean success of what is known of each decision, and the first row of each."""
    number_of, first = outcomes.decisions()
    n = np.bincount(number_of, weights=scored.known, minlength=len(first))
    total = np.bincount(number_of, weights=scored.success * scored.known, minlength=len(first))
    return Scored.of(total / np.maximum(n, 1), n > 0), first


def _in_form(name: str, values: Column, n: int) -> Column:
    if name not in COLUMNS:
        raise BadValue(f"{name!r} is no column of outcomes{did_you_mean(name, COLUMNS)}")
    if values.shape != (n,):
        raise BadValue(f"column {name!r} has shape {values.shape}; the first has {n} rows")
    if COLUMNS[name] == "text":
        there = values.astype(object).astype(bool)
        return np.where(there, values, "").astype(np.str_)
    try:
        numbers = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadValue(f"column {name!r} holds what is no {COLUMNS[name]}: {error}") from error
    if np.isinf(numbers).any():
        raise BadValue(f"column {name!r} holds an infinite number")
    if COLUMNS[name] == "flag" and not np.isin(numbers[~np.isnan(numbers)], (0.0, 1.0)).all():
        raise BadValue(f"column {name!r} holds numbers; a flag is true, false or unknown")
    return numbers


def _declared(intents: Column | None, n: int) -> FloatArray:
    """Return one-hot shares; a word nobody defined, or none, is ``unknown``."""
    p = np.zeros((n, len(INTENTS)))
    words = np.full(n, UNKNOWN) if intents is None else intents
    known, number_of = np.unique(words, return_inverse=True)
    columns = np.array([number(w if w in INTENTS else UNKNOWN) for w in known.tolist()], dtype=int)
    p[np.arange(n), columns[number_of] if n else []] = 1.0
    return p
