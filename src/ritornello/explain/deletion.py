"""What a score loses without some evidence: how a scorer that does not add up is explained.

    l_j(i) = s_i(x) − s_i(x ∖ j)

Leave one history item out, score again: what is lost is what it gave (comprehensiveness, DeYoung et al., ACL
2020). For an additive scorer l_j is its contribution exactly; for any other it is the only share that can be
checked by doing it. It misleads where two items say the same: without either one alone hardly anything is lost.
"""

from collections.abc import Callable, Collection, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ritornello.explain.reasons import LEAST_SHARE
from ritornello.kinds.decisions import Reason, ReasonKind
from ritornello.listeners.taste import Taste

Floats = NDArray[np.floating]
Shares = NDArray[np.float64]
Score = Callable[[Taste], Floats]


def lost(score: Score, taste: Taste, columns: Sequence[int]) -> Floats:
    """Return what each history item's absence takes from the scores, shape (len(columns), h + 1).

    The last column is what no single item's absence takes, so that rows sum to the score, as
    ``Scorer.contributions`` do. It scores h + 1 times.
    """
    whole = score(taste)[columns]
    parts = np.empty((len(columns), len(taste.columns) + 1), dtype=whole.dtype)
    for place, column in enumerate(taste.columns.tolist()):
        parts[:, place] = whole - score(without(taste, {column}))[columns]
    parts[:, -1] = whole - parts[:, :-1].sum(axis=1)
    return parts


def without(taste: Taste, columns: Collection[int]) -> Taste:
    """Return the taste of somebody who never met some of its items.

    Examples
    --------
    >>> from ritornello.testing.tastes import taste
    >>> without(taste([3, 4, 7]), {4}).columns.tolist()
    [3, 7]
    """
    kept = ~np.isin(taste.columns, list(columns))
    recent = ~np.isin(taste.recent_columns, list(columns))
    fields = msgspec.structs.asdict(taste)
    return Taste(
        **{
            name: values[recent if name.startswith("recent_") else kept]
            for name, values in fields.items()
        }
    )


def share_lost(scores: ArrayLike, left: ArrayLike) -> Shares:
    """Return max(s − s′, 0) / s of each score and what is left of it; 0 where a score is not above 0.

    Examples
    --------
    >>> share_lost([4.0, 2.0, 0.0], [1.0, 3.0, -1.0]).tolist()
    [0.75, 0.0, 0.0]
    """
    whole, rest = np.asarray(scores, dtype=np.float64), np.asarray(left, dtype=np.float64)
    gone = np.clip(whole - rest, 0.0, whole.clip(0.0))
    return np.divide(gone, whole, out=np.zeros_like(gone), where=whole > 0)


def reasons_by_loss(
    scores: ArrayLike, left: ArrayLike, kind: ReasonKind, rest: ReasonKind
) -> list[tuple[Reason, ...]]:
    """Return the reasons of scores of which one belief gives a part: ``kind`` what is lost without it, ``rest`` the rest."""
    return [
        tuple(
            Reason(what, share)
            for what, share in sorted(((kind, p), (rest, 1.0 - p)), key=lambda each: -each[1])
            if share >= LEAST_SHARE
        )
        for p in share_lost(scores, left).tolist()
    ]
