"""How an entrant is asked: about some listeners at once, and about everything, the new or the known apart."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.in_service import BLEND, InService
from ritornello.evaluate.warned import Warned
from ritornello.models.scorer import FloatArray
from ritornello.models.topk import top_of_scores
from ritornello.surfaces.situation import Rows, Situation

Part = Literal["all", "new", "again"]
PARTS: tuple[Part, ...] = ("all", "new", "again")
"""Everything, what the listener had never heard, and what they had."""
POPULARITY = "popularity"
NOTHING: Rows = np.empty(0, dtype=np.int32)
Mask = NDArray[np.bool_]
Rankings = dict[Part, list[Rows]]
"""Of each part, for each listener asked about, rows of the catalogue, best first, each once."""


class Block(msgspec.Struct, frozen=True, dict=True):
    """Some listeners who are asked about together; what several entrants need is found once."""

    service: InService
    situations: Sequence[Situation]

    def scores(self, name: str) -> FloatArray:
        """Return a scorer's scores of all of them, (n_listeners, n_columns).

        As in service, popularity stands in for the blend where nothing is known of somebody.
        """
        if name not in self._scores:
            found = self._scores_of(name)
            strangers = [n for n, each in enumerate(self.situations) if each.taste.is_empty]
            if name == BLEND and strangers:
                found[strangers] = self._scores_of(POPULARITY)[strangers]
            self._scores[name] = found
        return self._scores[name]

    def best(self, name: str, part: Part, n: int) -> list[Rows]:
        """Return for each listener the ``n`` best columns by a scorer that the rules leave of a part."""
        if (name, part, n) not in self._best:
            found = top_of_scores(self.scores(name), n, allowed=self._open(part)).columns
            self._best[name, part, n] = [columns[columns >= 0] for columns in found]
        return self._best[name, part, n]

    def _scores_of(self, name: str) -> FloatArray:
        return self.service.scorer(name).score_batch([each.taste for each in self.situations])

    def _open(self, part: Part) -> Mask:
        """Return which columns may be ranked for whom, (n_listeners, n_columns)."""
        rows = self.service.stock.rows
        found = np.empty((len(self.situations), len(rows)), dtype=np.bool_)
        for row, situation in zip(found, self.situations, strict=True):
            row[:] = situation.allowed_columns & of_part(situation, rows, part)
        return found

    @cached_property
    def _scores(self) -> dict[str, FloatArray]:
        return {}

    @cached_property
    def _best(self) -> dict[tuple[str, Part, int], list[Rows]]:
        return {}


class Entrant(Protocol):
    """Something that ranks."""

    @property
    def name(self) -> str:
        """What it is called in tables, and the text it is parsed from."""
        ...

    @property
    def n_draws(self) -> int:
        """How often it is asked: once, where chance has no say."""
        ...

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """What must be said of it, before it ranked anything."""
        ...

    def recipe(self, service: InService, /) -> dict[str, Any]:
        """Return plain values that say how it was made."""
        ...

    def rank(self, block: Block, n: int, draw: int, /) -> Rankings:
        """Return at most ``n`` rows a part and listener."""
        ...


def of_part(situation: Situation, rows: Rows, part: Part) -> Mask:
    """Return which rows belong to a part for a listener."""
    if part == "all":
        return np.ones(len(rows), dtype=np.bool_)
    heard = situation.heard[rows]
    return heard if part == "again" else ~heard


def parted(block: Block, lists: Sequence[Rows], n: int) -> Rankings:
    """Return lists that were made as a whole, and what of each is new or known."""
    return {
        part: [
            rows[of_part(situation, rows, part)][:n]
            for situation, rows in zip(block.situations, lists, strict=True)
        ]
        for part in PARTS
    }


def once(rows: Rows) -> Rows:
    """Return the rows in their order, each where it stands first."""
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)]
