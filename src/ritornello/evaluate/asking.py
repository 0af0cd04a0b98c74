"""How an entrant is asked: about some listeners at once, and about everything, the new or the known apart."""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.in_service import InService
from ritornello.evaluate.warned import Warned
from ritornello.models.scorer import FloatArray
from ritornello.surfaces.situation import Rows, Situation

Part = Literal["all", "new", "again"]
PARTS: tuple[Part, ...] = ("all", "new", "again")
"""Everything, what the listener had never heard, and what they had."""
NOTHING: Rows = np.empty(0, dtype=np.int32)
Mask = NDArray[np.bool_]
Rankings = dict[Part, list[Rows]]
"""Of each part, for each listener asked about, rows of the catalogue, best first, each once."""


class Block(msgspec.Struct, frozen=True):
    """Some listeners who are asked about together; ``scored`` keeps who scored them already."""

    service: InService
    situations: Sequence[Situation]
    scored: dict[str, FloatArray]

    def scores(self, name: str) -> FloatArray:
        """Return a scorer's scores of all of them, (n_listeners, n_columns)."""
        if name not in self.scored:
            tastes = [situation.taste for situation in self.situations]
            self.scored[name] = self.service.scorer(name).score_batch(tastes)
        return self.scored[name]

    def open(self, part: Part) -> Mask:
        """Return which columns may be ranked for whom, (n_listeners, n_columns)."""
        rows = self.service.stock.rows
        found = np.empty((len(self.situations), len(rows)), dtype=np.bool_)
        for row, situation in zip(found, self.situations, strict=True):
            row[:] = situation.allowed_columns & of_part(situation, rows, part)
        return found


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
