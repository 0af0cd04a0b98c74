"""How good is all that was returned, whatever its order? Measures of sets, and counts."""

import numpy as np

from ritornello.measures.definitions import BINARY, REL, RELATIVE, Definition, Parameter, Values
from ritornello.measures.matching import Matched, share


def set_precision(matched: Matched, rel: float = 1, *, relative: bool = False) -> Values:
    """Return the share of everything returned that is relevant: hits / N.

    ``relative`` divides by min(N, R) instead. The order does not matter.

    Elsewhere: set_P and set_relative_P in trec_eval.
    """
    n, wanted = matched.n_ranked.astype(np.float64), matched.n_relevant(rel)
    return share(matched.n_hits(rel), np.minimum(n, wanted) if relative else n)


def set_recall(matched: Matched, rel: float = 1) -> Values:
    """Return the share of everything relevant that was returned: hits / R.

    Elsewhere: set_recall in trec_eval.
    """
    return share(matched.n_hits(rel), matched.n_relevant(rel))


def set_f(matched: Matched, rel: float = 1, beta: float = 1) -> Values:
    """Return precision P and recall R of the returned set as one: (β + 1) P R / (R + β P).

    Elsewhere: the same in trec_eval (set_F), where β is not squared as in van Rijsbergen's F; at β = 1 all agree.
    """
    p, r = set_precision(matched, rel), set_recall(matched, rel)
    return share((beta + 1) * p * r, r + beta * p)


def set_ap(matched: Matched, rel: float = 1) -> Values:
    """Return precision times recall of the returned set.

    Elsewhere: set_map in trec_eval.
    """
    return set_precision(matched, rel) * set_recall(matched, rel)


def n_returned(matched: Matched, rel: float | None = None) -> Values:
    """Return how many items were returned, or with ``rel`` how many relevant ones.

    A run's number is the sum over its topics. Elsewhere: num_ret and num_rel_ret in trec_eval.
    """
    return matched.n_ranked.astype(np.float64) if rel is None else matched.n_hits(rel)


def n_relevant(matched: Matched, rel: float = 1) -> Values:
    """Return R, how many judged items are relevant.

    A run's number is the sum over its topics. Elsewhere: num_rel in trec_eval.
    """
    return matched.n_relevant(rel)


def n_topics(matched: Matched) -> Values:
    """Return 1 a topic, so that a run's number is how many topics count.

    Elsewhere: num_q in trec_eval.
    """
    return np.ones(len(matched.topics))


MEASURES = (
    Definition(
        "SetP",
        set_precision,
        None,
        {**BINARY, "relative": RELATIVE},
        aliases=("set_P", "SetRelP=SetP(relative=true)", "set_relative_P=SetP(relative=true)"),
    ),
    Definition("SetR", set_recall, None, {"rel": REL}, aliases=("set_recall",)),
    Definition(
        "SetF",
        set_f,
        None,
        {**BINARY, "beta": Parameter("number", "how much recall weighs", 1, low=0)},
        aliases=("set_F",),
    ),
    Definition("SetAP", set_ap, None, BINARY, aliases=("set_map",)),
    Definition(
        "NumRet",
        n_returned,
        None,
        {"rel": Parameter("number", "the grade from which an item is counted", low=0)},
        unit="items",
        high=np.inf,
        total="sum",
        aliases=("num_ret", "NumRelRet=NumRet(rel=1)", "num_rel_ret=NumRet(rel=1)"),
    ),
    Definition(
        "NumRel",
        n_relevant,
        None,
        {"rel": REL},
        unit="items",
        high=np.inf,
        total="sum",
        aliases=("num_rel",),
    ),
    Definition("NumQ", n_topics, unit="topics", high=np.inf, total="sum", aliases=("num_q",)),
)
