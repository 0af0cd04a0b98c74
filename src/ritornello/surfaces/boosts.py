"""What editors lift: how much of a boost each candidate has, and the reason a drawn one then carries."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ritornello.catalog.rulings import Ruling
from ritornello.explain.reasons import MOST_REASONS
from ritornello.kinds.decisions import Reason
from ritornello.policies.traits import BOOST, Traits
from ritornello.surfaces.pool_rules import about
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Rows, Situation

FloatArray = NDArray[np.float64]
Reasons = tuple[Reason, ...]


def boosted(rows: Rows, situation: Situation) -> FloatArray:
    """Return the strengths of the boosts in force added up for each row, (n,); 0 where nobody lifts it."""
    total = np.zeros(len(rows))
    for ruling in situation.rulings.boosts:
        total += ruling.strength * _of(ruling, situation)[rows]
    return total


def shares_of(traits: Traits, chosen: NDArray[np.int64], strength: float) -> FloatArray:
    """Return which share of each drawn row's weight is a boost's, (n_chosen,); all 0 where nothing was read.

    A boost that multiplies the weight by f, given what stood before, has the share 1 − 1/f of it.
    """
    if BOOST not in traits.names:
        return np.zeros(len(chosen))
    units = traits.column(BOOST)[chosen]
    had = np.cumsum(units) - units
    return np.asarray(1 - np.exp(-strength * (np.sqrt(had + units) - np.sqrt(had))))


def lifted(
    found: Sequence[Reasons], rows: Rows, shares: FloatArray, situation: Situation
) -> list[Reasons]:
    """Put the editors' role and words before the other reasons of what a boost lifted; those share the rest.

    Parameters
    ----------
    found : the reasons of each slot; rows : its catalogue row; shares : the boost's share of its weight.
    """
    return [
        _led(why, _strongest(row, situation), share) if share else why
        for why, row, share in zip(found, rows.tolist(), shares.tolist(), strict=True)
    ]


def _led(why: Reasons, ruling: Ruling, share: float) -> Reasons:
    first = Reason("chosen_by_editors", share, by_role=ruling.by_role, note=ruling.reason)
    rest = tuple(replace(reason, share=reason.share * (1 - share)) for reason in why)
    return (first, *rest)[:MOST_REASONS]


def _strongest(row: int, situation: Situation) -> Ruling:
    """Return the strongest boost about a row, the latest of equals."""
    own = [ruling for ruling in situation.rulings.boosts if _of(ruling, situation)[row]]
    return max(own, key=lambda ruling: (ruling.strength, ruling.made_at))


def _of(ruling: Ruling, situation: Situation) -> Mask:
    """Return which rows a ruling is about, looked up once a stock: a page reads it at every shelf."""
    known, about_id = situation.stock.about, ruling.about_id
    if about_id not in known:
        known[about_id] = about((about_id,), situation.view)
    return known[about_id]
