"""The contract of everything that scores; ``ritornello.testing.scorers`` holds its conformance kit."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ritornello.listeners.taste import Taste

FloatArray = NDArray[np.float32]


class Scorer(Protocol):
    """Scores every item of a vocabulary for one taste.

    Higher fits better, 0 is no opinion. The order in which history items stand changes nothing: what
    was played when, and after what, a taste says by its ages and its recent plays. An empty taste is
    answered too.
    """

    @property
    def name(self) -> str:
        """What the scorer is called in settings, artefacts and reasons."""
        ...

    @property
    def n_items(self) -> int:
        """How many items it scores."""
        ...

    def score(self, taste: Taste, /) -> FloatArray:
        """Return one score an item, shape (n_items,)."""
        ...

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes, shape (len(tastes), n_items)."""
        ...

    def add_to(self, scores: FloatArray, tastes: Sequence[Taste], weight: float) -> None:
        """Add ``weight`` times the scores of many tastes to an array (len(tastes), n_items).

        Building lists for everyone adds scorers up in one buffer, which is C-contiguous.
        """
        ...

    def contributions(self, taste: Taste, columns: NDArray[np.int32]) -> FloatArray:
        """Split the scores of ``columns`` into what each history item gave, and the rest.

        Shape (len(columns), h + 1), one column a history item in the order of ``taste.columns``, the
        last one what no single item gave. Rows sum to the score.
        """
        ...


def added_up(scorer: Scorer, tastes: Sequence[Taste]) -> FloatArray:
    """Return a scorer's ``score_batch`` by its ``add_to``."""
    scores = np.zeros((len(tastes), scorer.n_items), dtype=np.float32)
    scorer.add_to(scores, tastes, 1.0)
    return scores
