"""Which places of a ranking hold what was judged? The one thing every measure of relevance is asked about.

A run and the judgements come as plain arrays of numbers, in any order. Matching sorts every topic's items as trec_eval
does (by score compared as float32, ties to the higher item) and keeps of each topic where its judged items stand, with
their grades, how many items there are, and all its grades in falling order. What was not judged only takes up places.
"""

from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.kinds.errors import BadValue

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
Over = Literal["judged", "returned", "both"]

MOST_ITEMS = 50_000_000


class NothingToJudge(BadValue):
    """A run and judgements that share no topic: no measure has a value."""


class Judged(msgspec.Struct, frozen=True):
    """Judgements as arrays of one length (n_judged,); at most one grade a topic and item.

    A grade below 0 was judged and is worthless. What has no row was never judged.
    """

    topics: IntArray
    items: IntArray
    grades: FloatArray


class Ranked(msgspec.Struct, frozen=True):
    """A run as arrays of one length (n_ranked,), in any order; an item at most once a topic."""

    topics: IntArray
    items: IntArray
    scores: FloatArray


class Matched(msgspec.Struct, frozen=True):
    """Where the judged stand in each topic's ranking; topics rising.

    ``n_ranked`` (n_topics,) items a topic. Hits are the judged items that were returned: those of topic t are
    ``hits[hit_starts[t]:hit_starts[t + 1]]``, places rising from 0. ``ideal`` are all grades of a topic, falling.
    ``n_unjudged`` topics were returned and never judged, ``n_missing`` judged and not returned; whether they are
    among ``topics`` is what ``over`` said.
    """

    topics: IntArray
    n_ranked: IntArray
    hit_starts: IntArray
    places: IntArray
    grades: FloatArray
    ideal_starts: IntArray
    ideal: FloatArray
    over: Over = "both"
    n_unjudged: int = 0
    n_missing: int = 0
