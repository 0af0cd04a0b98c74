"""From contributions to reasons.

An additive scorer says how much each heard item added to a score. The reasons of a slot are the
largest positive parts, so a reason is the evidence itself and not a story told afterwards.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from msgspec.structs import replace
from numpy.typing import ArrayLike

from ritornello.kinds.decisions import Reason
from ritornello.listeners.taste import Taste

MOST_REASONS = 3
LEAST_SHARE = 0.02


def reasons_of(
    contributions: ArrayLike,
    columns: Sequence[int],
    taste: Taste,
    ids: Sequence[str],
    at: datetime,
) -> list[tuple[Reason, ...]]:
    """Return the reasons of each scored item, the largest share first.

    A share is a part of the *positive* mass of the score: what spoke against an item is no reason
    for it. Shares under 2 % are left out, so the shares of a slot sum to at most 1. The last
    column, what the history does not explain, is the reason "popular".

    Parameters
    ----------
    contributions : (n, h + 1); a row sums to its item's score.
    columns : (n,) model columns of the scored items.
    taste : the history the first h columns belong to.
    ids : the model's item ids by column.
    at : instant the taste's ages count from.
    """
    positive = np.maximum(np.asarray(contributions, dtype=np.float64), 0.0)
    mass = positive.sum(axis=1, keepdims=True)
    shares = np.divide(positive, mass, out=np.zeros_like(positive), where=mass > 0)
    top = np.argsort(-shares, axis=1, kind="stable")[:, :MOST_REASONS]
    evident = [
        [place for place in places if row[place] >= LEAST_SHARE]
        for row, places in zip(shares, top.tolist(), strict=True)
    ]
    evidence = {place: _evidence(place, taste, ids, at) for found in evident for place in found}
    return [
        tuple(_for(ids[column], evidence[place], float(row[place])) for place in found)
        for column, row, found in zip(columns, shares, evident, strict=True)
    ]


def _evidence(place: int, taste: Taste, ids: Sequence[str], at: datetime) -> Reason:
    """Return one heard item as a reason; past the history stands what it does not explain."""
    if place == len(taste.columns):
        return Reason("popular", 1.0)
    age_s = float(taste.last_age_s[place])
    return Reason(
        kind="because_you_love" if taste.loved[place] else "because_you_played",
        share=1.0,
        about_id=ids[taste.columns[place]],
        n_plays=int(taste.n_plays[place]),
        last_at=None if np.isnan(age_s) else at - timedelta(seconds=age_s),
    )


def _for(item_id: str, evidence: Reason, share: float) -> Reason:
    """Return the evidence as a reason for one item; an item can be a reason for itself."""
    kind = "you_keep_returning" if evidence.about_id == item_id else evidence.kind
    return replace(evidence, kind=kind, share=min(share, 1.0))
