"""Can this log answer the question? Asked before any estimate, because a number without support looks like any other.

How many effective rounds are needed was fixed by ``benchmarks/intervals.py --fix`` on 6,000 logs of 300 random worlds that no
test and no figure uses. Asymptotic 95 % intervals of IPS held the truth in 53 to 88 logs of 100 where the effective sample
size was below 100, in 90 to 92 from 100 to 300, and in 94 to 96 from there on; those of SNIPS in 39 to 91, 92 to 93, and 93 to
95.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
import numpy as np

from ritornello.evaluate.logs import Log
from ritornello.evaluate.targets import Target
from ritornello.evaluate.warned import Warned
from ritornello.evaluate.weighing import Weighed, weigh
from ritornello.measures.bounds import standard_error
from ritornello.measures.off_policy import effective_n, ips

THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "least_effective_n": 100.0,
        "thin_effective_n": 300.0,
        "most_unsupported": 0.02,
        "most_share": 0.1,
        "most_deviations": 4.0,
        "most_difference": 1e-6,
        "least_rewards": 20.0,
    }
)
"""Below or above which a log is refused (``least_effective_n``, ``most_unsupported``) or warned of (the others).

======================  ========================================================================================
``least_effective_n``   (Σ w)² / Σ w²; below it an interval is narrower than the truth is far
``thin_effective_n``    the same; below it an interval holds the truth a little less often than it says
``most_unsupported``    share of the target's mass where the log has none; it biases by as much of the rewards' range
``most_share``          of all weight on one round; its reward alone moves the value by as much
``most_deviations``     of the mean weight from 1, in standard errors; true propensities rarely leave 4
``most_difference``     of a logged propensity from its replay
``least_rewards``       rounds whose reward is not the commonest; an interval rests on those alone
======================  ========================================================================================
"""


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """What a log has to say about a target.

    Attributes
    ----------
    n_effective : (Σ w)² / Σ w² of the weights as they are.
    largest_weight, largest_share : of one round; the latter of all weight.
    p_unsupported : share of the target's mass on what could not have been chosen.
    mean_weight, mean_weight_error : Σ w / n, which is 1 where propensities are true and support is whole, with its
        standard error by listener (nan of one listener).
    n_uncommon : rounds whose reward is not the commonest one.
    n_replayed, n_differ : rounds whose propensity could be recomputed, and those of them that came out another.
    """

    n: int
    n_listeners: int
    n_effective: float
    largest_weight: float
    largest_share: float
    p_unsupported: float
    mean_weight: float
    mean_weight_error: float
    n_replayed: int
    n_differ: int
    n_uncommon: int
    warnings: tuple[Warned, ...]


class Lacking(msgspec.Struct, frozen=True):
    """Why a log cannot answer, and what would have to be logged."""

    because: str
    text: str
    numbers: dict[str, float]
    wanted: str


def examine(log: Log, target: Target) -> Support:
    """Return what a log has to say about a target; asks every round."""
    return of_weights(log, weigh(log, target))


def of_weights(log: Log, weighed: Weighed) -> Support:
    """Return what a log has to say, its weights being known."""
    w = weighed.w
    total = float(w.sum())
    found = ips(w, np.ones(len(w)))
    error = standard_error(found, log.listener) if log.n_listeners > 1 else float("nan")
    replayed = np.empty(0) if log.replayed is None else log.replayed - log.propensity
    differ = np.abs(replayed[~np.isnan(replayed)]) > THRESHOLDS["most_difference"]
    support = Support(
        n=len(w),
        n_listeners=log.n_listeners,
        n_effective=effective_n(w),
        largest_weight=float(w.max()),
        largest_share=float(w.max()) / total if total > 0 else 1.0,
        p_unsupported=float(weighed.unsupported.mean()),
        mean_weight=found.value,
        mean_weight_error=error,
        n_replayed=len(differ),
        n_differ=int(differ.sum()),
        n_uncommon=len(w) - int(np.unique(log.reward, return_counts=True)[1].max()),
        warnings=(),
    )
    return msgspec.structs.replace(support, warnings=(*log.warnings, *_warnings(support)))


def lacking(support: Support, n_effective: float | None = None) -> Lacking | None:
    """Return why an estimator that must weigh every round cannot answer, or nothing where it can.

    Parameters
    ----------
    n_effective : of the weights as the estimator tempers them; the log's own where not given.
    """
    least, most = THRESHOLDS["least_effective_n"], THRESHOLDS["most_unsupported"]
    if support.p_unsupported > most:
        return Lacking(
            "no_support",
            f"{support.p_unsupported:.1%} of the target's mass lies on what this log never showed",
            {"p_unsupported": support.p_unsupported, "most_unsupported": most},
            "let the logging policy explore what the target would show: a budget above 0, with the target's candidates "
            "on its shortlists",
        )
    n = support.n_effective if n_effective is None else n_effective
    if n < least:
        times = least / n if n > 0 else float("inf")
        more = f"{times * support.n:,.0f} such rounds" if times < 1e6 else "other rounds than these"
        return Lacking(
            "low_effective_n",
            f"{support.n:,} rounds are worth {n:,.1f} of even weight; {least:,.0f} are needed",
            {
                "n_effective": n,
                "least_effective_n": least,
                "n": float(support.n),
                "largest_weight": support.largest_weight,
            },
            f"log {more}, or explore more: the target shows often what the log shows rarely (largest weight "
            f"{support.largest_weight:,.1f})",
        )
    return None


def _warnings(support: Support) -> list[Warned]:
    found = []
    off, error = support.mean_weight - 1, support.mean_weight_error
    if abs(off) > max(THRESHOLDS["most_deviations"] * error, 1e-9):
        found.append(
            Warned(
                "propensities_do_not_average",
                f"weights average {support.mean_weight:.4f} ± {error:.4f}, not 1: propensities are not those that were "
                "drawn with, or the log could not show all that the target would",
                {"mean_weight": support.mean_weight, "standard_error": error},
            )
        )
    n, thin = support.n_effective, THRESHOLDS["thin_effective_n"]
    if THRESHOLDS["least_effective_n"] <= n < thin:
        text = f"{support.n:,} rounds are worth {n:,.0f} of even weight; below {thin:,.0f} intervals are a little too narrow"
        found.append(Warned("thin_support", text, {"n_effective": n, "thin_effective_n": thin}))
    if support.largest_share > THRESHOLDS["most_share"]:
        text = f"one round has {support.largest_share:.0%} of all weight; it alone decides as much"
        found.append(Warned("one_round_decides", text, {"largest_share": support.largest_share}))
    if support.n_differ:
        found.append(
            Warned(
                "replay_differs",
                f"{support.n_differ:,} of {support.n_replayed:,} propensities are not those a replay of the log gives",
                {"n_differ": support.n_differ, "n_replayed": support.n_replayed},
            )
        )
    if support.n_uncommon < THRESHOLDS["least_rewards"]:
        text = f"{support.n_uncommon} rounds alone earned otherwise than all others; the interval rests on them"
        found.append(Warned("few_rewards", text, {"n_uncommon": support.n_uncommon}))
    if support.p_unsupported > 1e-9:
        text = f"{support.p_unsupported:.2%} of the target's mass lies where this log has none"
        found.append(Warned("unsupported_mass", text, {"p_unsupported": support.p_unsupported}))
    return found
