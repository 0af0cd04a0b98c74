r"""Can this log speak about another policy's slates? Asked place by place, before any estimate.

A target's slate is a path: the deeper the place, the fewer logged slates went the same way. The log can speak about a
slot if it holds many like it, so that none of them decides by itself: if the weight *w* it would get is at most
``most_of_all`` of all slates. Of those drawn by the target, the share of such slots is

.. math:: s = \sum_l \sum_i w_{il} [w_{il} ≤ n_l / 100] \Big/ \sum_l n_l,

an average of bounded numbers, steady where the effective sample size is not: with few matching slates (Σw)² / Σw² is
that of whatever little was there.

Thresholds were fixed on 2,500 random worlds (``benchmarks/slate_worlds.py``, seeds from 1000 on) that no test and no reported
figure uses: where the log can speak about less than 15 % of the slots, dynamic RIPS was off by half of the truth or more in 23
to 37 worlds of 100; from there on in at most 17. From a half on fewer than one value in six was off by a quarter; below, it is warned of.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import numpy as np

from ritornello.evaluate.support import Lacking
from ritornello.evaluate.warned import Warned
from ritornello.measures.slates import BoolArray, FloatArray, n_effective

SLATE_THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {"most_of_all": 0.01, "least_spoken": 0.15, "thin_spoken": 0.5}
)
"""When a log of slates is refused, and when it is warned of.

================  =================================================================================================
``most_of_all``   the share of all slates that one logged slate may stand for and still be spoken about
``least_spoken``  of the target's slots, that the log can speak about; below it the question is refused
``thin_spoken``   of the same; below it the value is warned of
================  =================================================================================================
"""


class SlateSupport(msgspec.Struct, frozen=True, eq=False):
    """What a log of slates has to say about a target, place by place (n_places,).

    Attributes
    ----------
    n_slates : that reach each place.
    n_effective : (Σw)² / Σw² of the weights there.
    spoken : share of the target's slots there that the log can speak about, in [0, 1].
    mean_weight : 1 where the log could show all that the target would, up to chance.
    largest_weight : the largest there.
    """

    n_slates: FloatArray
    n_effective: FloatArray
    spoken: FloatArray
    mean_weight: FloatArray
    largest_weight: FloatArray

    @property
    def share(self) -> float:
        """Share of all the target's slots that the log can speak about, in [0, 1]."""
        return float(np.average(self.spoken, weights=self.n_slates))

    @property
    def n_places_spoken(self) -> float:
        """How many places of the target's slate the log can speak about, on average."""
        return float(self.spoken @ self.n_slates / self.n_slates[0])


def examine(log_weights: FloatArray, there: BoolArray) -> SlateSupport:
    """Return what a log has to say where an estimator weighs its slots so; both (n, n_places), −inf weighs nothing."""
    n_slates = there.sum(axis=0).astype(np.float64)
    with np.errstate(over="ignore"):
        weights = np.where(there, np.exp(log_weights), 0.0)
    bounded = np.where(weights <= SLATE_THRESHOLDS["most_of_all"] * n_slates, weights, 0.0)
    return SlateSupport(
        n_slates,
        n_effective(log_weights, there),
        np.minimum(bounded.sum(axis=0) / n_slates, 1.0),
        weights.sum(axis=0) / n_slates,
        weights.max(axis=0),
    )


def lacking(support: SlateSupport) -> Lacking | None:
    """Return why the log cannot answer and what to log instead, or nothing where it can."""
    least, n = SLATE_THRESHOLDS["least_spoken"], support.n_slates[0]
    if support.share >= least:
        return None
    place = int((support.spoken < SLATE_THRESHOLDS["thin_spoken"]).argmax()) + 1
    return Lacking(
        "no_support_for_slates",
        f"{n:,.0f} slates can speak about {support.share:.1%} of the target's slots ({support.n_places_spoken:.1f} of "
        f"{len(support.spoken)} places); {least:.0%} are needed",
        {
            "share_spoken": support.share,
            "least_spoken": least,
            "n_places_spoken": support.n_places_spoken,
            "n_slates": float(n),
            "n_effective_first": float(support.n_effective[0]),
            "n_effective_last": float(support.n_effective[-1]),
            "unspoken_from_place": float(place),
        },
        "log a policy nearer to the target, or the target itself on a small share of slates, or explore with a budget at "
        f"every place; from place {place} on the log shows little of what the target would",
    )


def warnings(support: SlateSupport) -> tuple[Warned, ...]:
    """Return what is odd about a log that can answer."""
    share, thin = support.share, SLATE_THRESHOLDS["thin_spoken"]
    if share >= thin:
        return ()
    text = (
        f"the log can speak about {share:.0%} of the target's slots ({support.n_places_spoken:.1f} of {len(support.spoken)} places); "
        "what is said of the rest leans on few slates"
    )
    return (Warned("thin_support_for_slates", text, {"share_spoken": share, "thin_spoken": thin}),)
