"""What is a ranking besides right? The measures beyond accuracy, each under its word.

They are asked about the :class:`~ritornello.measures.about.Lists` that were shown and what is known
:class:`~ritornello.measures.about.About` them; a list that a measure says nothing of gets nan, and is to be left out and
counted. All information is in bits. Those of a whole ``run`` give one value for all its lists together.
"""

from collections.abc import Mapping
from functools import partial

import numpy as np

from ritornello.measures import exposure, intra_list, novelty, overlap, popularity_bias
from ritornello.measures.definitions import PLACES, PLACES_REQUIRED, Definition, Parameter
from ritornello.measures.taste_calibration import DISTANCES, miscalibration

_BY_DISTANCE: Mapping[str, Parameter] = {
    "by": Parameter("choice", "which distance", "KL", choices=tuple(DISTANCES))
}
_CORRECTED: Mapping[str, Parameter] = {
    "corrected": Parameter("flag", "free of the list's length", False)
}

_of_lists = partial(Definition, at=("k", PLACES), asks="lists")
_of_runs = partial(_of_lists, grain="run")

MEASURES = (
    _of_runs("coverage", exposure.over_lists(exposure.coverage)),
    _of_runs("Gini", exposure.over_lists(exposure.gini), direction="down"),
    _of_runs("entropy", exposure.over_lists(exposure.entropy_bits), unit="bits", high=np.inf),
    _of_runs("Simpson", exposure.over_lists(exposure.simpson)),
    _of_lists(
        "novelty", novelty.novelty, needs=("popularity", "n_listeners"), unit="bits", high=np.inf
    ),
    _of_lists("new", novelty.new, needs=("histories",)),
    _of_lists("unexpectedness", novelty.unexpectedness, needs=("expected",)),
    _of_lists("serendipity", novelty.serendipity, needs=("popularity", "relevant")),
    _of_lists("surprise", novelty.surprise, needs=("expected", "relevant")),
    _of_lists(
        "ILD", intra_list.vector_diversity, needs=("vectors",), unit="cosine distance", high=2.0
    ),
    _of_lists(
        "trait_ILD", intra_list.trait_diversity, needs=("traits",), unit="traits", high=np.inf
    ),
    _of_lists(
        "GS",
        intra_list.gs,
        parameters=_CORRECTED,
        needs=("vectors",),
        direction="down",
        unit="cosine",
    ),
    _of_lists(
        "variety", intra_list.trait_variety, needs=("traits",), unit="traits a place", high=np.inf
    ),
    _of_lists("unrepeated", intra_list.unrepeated),
    _of_lists("filled", intra_list.filled, at=("k", PLACES_REQUIRED)),
    _of_lists(
        "ARP",
        popularity_bias.mean_popularity,
        needs=("popularity",),
        direction="down",
        unit="listeners",
        high=np.inf,
    ),
    _of_lists(
        "popularity_lift",
        popularity_bias.lift,
        needs=("popularity", "histories"),
        direction="down",
        low=-1.0,
        high=np.inf,
    ),
    _of_runs(
        "dGAP",
        popularity_bias.delta_gap,
        needs=("popularity", "histories"),
        direction="down",
        low=-1.0,
        high=np.inf,
    ),
    _of_lists(
        "calibration",
        miscalibration,
        parameters=_BY_DISTANCE,
        needs=("traits", "histories"),
        direction="down",
        unit="divergence",
        high=np.inf,
    ),
    _of_lists("overlap", overlap.overlap, needs=("earlier",), direction="down"),
)
