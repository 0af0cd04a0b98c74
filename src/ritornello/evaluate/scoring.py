"""A run held against a collection: one value a topic and measure, and what must be said beside it."""

import msgspec
import numpy as np

from ritornello.evaluate.content import FloatArray, NumberArray
from ritornello.evaluate.warned import Warned


class Scored(msgspec.Struct, frozen=True, eq=False):
    """Values of one run: for each measure, by its canonical name, one a topic in the order of ``topics``.

    ``listeners`` numbers the listener of each topic (a topic without one stands alone), for intervals that draw
    listeners again. ``over`` says which topics count, see :func:`ritornello.measures.matching.match`.
    """

    collection_id: str
    run_id: str
    name: str
    over: str
    topics: tuple[str, ...]
    listeners: NumberArray
    values: dict[str, FloatArray]
    warnings: tuple[Warned, ...] = ()

    def mean(self, measure: str) -> float:
        """Return the mean over the topics."""
        return float(np.mean(self.values[measure]))
