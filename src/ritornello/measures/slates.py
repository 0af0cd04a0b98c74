"""What would another policy's slates have earned? Weights of logged slots, and values made of them.

A slate is drawn place by place. With :math:`w_l` the target's probability of the item at place *l* given the items
before it, over the logging policy's, every estimator here is a sum over places of weighted rewards; they differ in how
far back a place's weight looks:

=================  ==========================================  ===========================================================
``sips``           the whole slate, :math:`∏_j w_j`            assumes nothing, and drowns in variance
``rips``           what stands up to here, ∏ over *j* ≤ *l*    what stands below changes nothing above (a cascade)
``dynamic_rips``   as far back as the sample bears             a cascade with a short memory
``iips``           this place alone, ratio of marginals        a place's reward depends on its own item and nothing else
``cascade_dr``     as ``rips``, around a model of rewards      a cascade; the model only helps
=================  ==========================================  ===========================================================
"""

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ritornello.kinds.errors import BadValue

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

RELEASED_LEAST_SHARE = 1e-4


class Slates(msgspec.Struct, frozen=True):
    """Logged slates, a row a slate and a column a place.

    Attributes
    ----------
    reward : (n, n_places) what each slot earned; 0 where there is none.
    log_ratio : (n, n_places) ln of the target's propensity of the logged item given those before it, over the
        logging policy's; −inf where the target would never show it, 0 where there is no slot.
    there : (n, n_places) which slots there are: every slate from its first place on, as long as it was.
    """

    reward: FloatArray
    log_ratio: FloatArray
    there: BoolArray

    @classmethod
    def of(
        cls,
        reward: ArrayLike,
        p_logged: ArrayLike,
        p_target: ArrayLike,
        there: ArrayLike | None = None,
    ) -> "Slates":
        """Check and put in form; without ``there`` every slate fills all places.

        Parameters
        ----------
        p_logged : (n, n_places) in (0, 1], given the items before.
        p_target : (n, n_places) in [0, 1], of the same items.

        Raises
        ------
        BadValue : none, shapes that differ, a slate with a gap, a reward that is not finite, a propensity of 0 or
            outside [0, 1]; the message names the first such slot.
        """
        r, p, pi = (np.asarray(values, np.float64) for values in (reward, p_logged, p_target))
        mask = np.ones(r.shape, bool) if there is None else np.asarray(there, bool)
        if r.ndim != 2 or not r.size or not r.shape == p.shape == pi.shape == mask.shape:
            shapes = f"{r.shape}, {p.shape}, {pi.shape} and {mask.shape}"
            raise BadValue(f"slates of shapes {shapes}; one (slates, places) for all was expected")
        if not mask[:, 0].all() or (mask[:, 1:] > mask[:, :-1]).any():
            raise BadValue("a slate lacks a slot above one it has; places count from the first")
        _refuse("reward", r, mask & ~np.isfinite(r), "rewards must be finite")
        _refuse("logged propensity", p, mask & ~((p > 0) & (p <= 1)), "it must lie in (0, 1]")
        _refuse("target's propensity", pi, mask & ~((pi >= 0) & (pi <= 1)), "it must lie in [0, 1]")
        with np.errstate(divide="ignore"):
            log_ratio = np.log(np.where(mask, pi, 1.0)) - np.log(np.where(mask, p, 1.0))
        return cls(np.where(mask, r, 0.0), log_ratio, mask)

    def first(self, n_places: int) -> "Slates":
        """Return the first places alone."""
        cut = np.s_[:, :n_places]
        return Slates(self.reward[cut], self.log_ratio[cut], self.there[cut])


class SlateValue(msgspec.Struct, frozen=True, dict=True):
    """The value of a policy a slate, place by place.

    Attributes
    ----------
    by_place : (n_places,) what each place adds; the value is their sum.
    influence : (n, n_places) what each slate moves the value by: its mean over slates is ``by_place``, and its spread
        the standard error (of ratios to first order: the delta method).
    weights : (n, n_places) of the rewards, as used.
    """

    by_place: FloatArray
    influence: FloatArray
    weights: FloatArray

    @cached_property
    def value(self) -> float:
        """The expected sum of a slate's rewards."""
        return float(self.by_place.sum())

    @cached_property
    def of_slate(self) -> FloatArray:
        """Each slate's influence on the value, (n,)."""
        return np.asarray(self.influence.sum(axis=1))

    @cached_property
    def standard_error(self) -> float:
        """Of the value where slates are independent; sum ``of_slate`` by listener where they are not."""
        n = len(self.influence)
        return float(self.of_slate.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")


def sips(slates: Slates, *, normalised: bool = False) -> SlateValue:
    """Return the value by importance sampling of whole slates.

    ``V = mean_i [ (∏_l w_il) Σ_l r_il ]``. Right whatever a reward depends on; its variance grows with the product of
    as many ratios as there are places. Self-normalised it is divided by the mean weight: biased by 1/n, bounded by the
    rewards.

    Raises
    ------
    BadValue : as :func:`weighted`.
    """
    whole = np.broadcast_to(slates.log_ratio.sum(axis=1)[:, None], slates.reward.shape)
    return weighted(slates, whole, normalised=normalised)


def iips(slates: Slates, log_marginal_ratio: FloatArray, *, normalised: bool = False) -> SlateValue:
    """Return the value by importance sampling of each place alone (Li et al., KDD 2018).

    ``V = mean_i Σ_l w_il r_il`` with the ratio of the *marginal* probabilities that the item stands at the place,
    whatever stands before. Low variance; wrong where an item earns more or less for its neighbours.

    Raises
    ------
    BadValue : as :func:`weighted`.
    """
    return weighted(slates, log_marginal_ratio, normalised=normalised)


def rips(slates: Slates, *, normalised: bool = False) -> SlateValue:
    """Return the value by reward-interaction importance sampling (McInerney et al., KDD 2020).

    ``V = mean_i Σ_l (∏_{j≤l} w_ij) r_il``, as published self-normalised at every place. Right where a reward depends
    on what stands at its place and above; still exponential in the place.

    Raises
    ------
    BadValue : as :func:`weighted`.
    """
    return weighted(slates, np.cumsum(slates.log_ratio, axis=1), normalised=normalised)


def dynamic_rips(
    slates: Slates, *, least_share: float = RELEASED_LEAST_SHARE
) -> tuple[SlateValue, IntArray]:
    """Return self-normalised RIPS that looks back only as far as the sample bears, and how far (n_places,).

    At each place the look-back grows while the effective sample size n_e = (Σw)² / Σw² does not rise and stays at or
    above ``least_share`` of the slates; the place itself always counts. Less variance for a bias that the standard error
    does not see. As released the threshold is 1e-4: with 10,000 slates or fewer it never binds, for n_e is never below
    1 (1 / 5,000 = 2e-4), so only "must not rise" acts.

    Raises
    ------
    BadValue : as :func:`weighted`.

    Source: ``DynamicRIPSEstimator`` of McInerney et al., KDD 2020.
    """
    n, n_places = slates.reward.shape
    chosen = np.empty((n, n_places))
    look_back = np.zeros(n_places, np.int64)
    for place in range(n_places):
        there = slates.there[:, place]
        log_w, before = np.zeros(n), np.inf
        for back in range(place + 1):
            log_w = log_w + slates.log_ratio[:, place - back]
            found = float(n_effective(log_w[:, None], there[:, None])[0])
            if back and (found < least_share * n or found > before):
                break
            chosen[:, place], look_back[place], before = log_w, back, found
    return weighted(slates, chosen, normalised=True), look_back


def cascade_dr(slates: Slates, q_logged: FloatArray, q_target: FloatArray) -> SlateValue:
    r"""Return the doubly robust value under a cascade (Kiyohara et al., WSDM 2022).

    .. math:: V = \frac1n \sum_{i,l} W_{il} (r_{il} - Q_{il}) + W_{i,l-1} \sum_a π(a | x_i, a_{i,<l})\, Q_l(x_i, a_{i,<l}, a)

    with :math:`W_l = ∏_{j≤l} w_j` and :math:`Q_l` the reward to go: what places *l* and below earn under the target,
    given what stands up to *l*. Right where the propensities are, whatever the model says, provided that it did not see
    the slate it speaks about; the better the model, the less is left to be weighted.

    Parameters
    ----------
    q_logged : (n, n_places) the model's reward to go of the logged item at each place.
    q_target : (n, n_places) the same, averaged over what the target would show there after the logged items before.

    Raises
    ------
    BadValue : shapes that differ, predictions that are not finite, or weights too large to add up.
    """
    if not q_logged.shape == q_target.shape == slates.reward.shape:
        shapes = f"{q_logged.shape} and {q_target.shape}"
        raise BadValue(f"predictions of shapes {shapes} for slates of {slates.reward.shape}")
    for name, values in (("logged", q_logged), ("target's", q_target)):
        bad = slates.there & ~np.isfinite(values)
        _refuse(f"prediction of the {name} items", values, bad, "it must be finite")
    prefix = _exponentials(np.cumsum(slates.log_ratio, axis=1))
    before = np.concatenate([np.ones((len(prefix), 1)), prefix[:, :-1]], axis=1)
    left = np.where(slates.there, slates.reward - q_logged, 0.0)
    influence = prefix * left + before * np.where(slates.there, q_target, 0.0)
    return SlateValue(influence.mean(axis=0), influence, prefix)


def weighted(slates: Slates, log_weights: FloatArray, *, normalised: bool) -> SlateValue:
    """Return the value of weighted rewards, place by place.

    Self-normalised, the weights of a place have mean 1 over the slates that reach it, so their scale does not matter.

    Parameters
    ----------
    log_weights : (n, n_places) ln of the weight of each slot's reward; −inf weighs nothing.

    Raises
    ------
    BadValue : weights of another shape or too large to add up; or, self-normalised, a place at which the target would
        have shown none of the logged items.
    """
    if log_weights.shape != slates.reward.shape:
        shapes = f"{log_weights.shape} for slates of {slates.reward.shape}"
        raise BadValue(f"weights of shape {shapes}")
    there = slates.there.astype(np.float64)
    if not normalised:
        weights = _exponentials(log_weights) * there
        influence = weights * slates.reward
        return SlateValue(influence.mean(axis=0), influence, weights)
    weights = _scaled(log_weights, slates.there)
    mean, reach = weights.mean(axis=0), there.mean(axis=0)
    if (mean == 0).any():
        place = int(np.flatnonzero(mean == 0)[0]) + 1
        raise BadValue(
            f"no logged slate shows at place {place} what the target would; there is nothing to weigh"
        )
    weights = weights * (reach / mean)
    by_place = (weights * slates.reward).mean(axis=0)
    influence = weights * (slates.reward - by_place / reach) + there * (by_place / reach)
    return SlateValue(by_place, influence, weights)


def n_effective(log_weights: FloatArray, there: BoolArray) -> FloatArray:
    """Return Kish's effective sample size (Σw)² / Σw² of each place, (n_places,); 0 where nothing weighs."""
    weights = _scaled(log_weights, there)
    squares = (weights**2).sum(axis=0)
    sums = weights.sum(axis=0) ** 2
    return np.asarray(np.divide(sums, squares, out=np.zeros_like(squares), where=squares > 0))


def _scaled(log_weights: FloatArray, there: BoolArray) -> FloatArray:
    """Return weights as shares of their place's largest, 0 where there is no slot or nothing weighs."""
    logs = np.where(there, log_weights, -np.inf)
    largest = logs.max(axis=0)
    return np.asarray(np.exp(logs - np.where(np.isfinite(largest), largest, 0.0)))


def _exponentials(log_weights: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        weights = np.exp(log_weights)
    _refuse("weight", weights, ~np.isfinite(weights), "weigh self-normalised or fewer places")
    return np.asarray(weights)


def _refuse(what: str, values: FloatArray, bad: BoolArray, rule: str) -> None:
    if bad.any():
        row, place = np.argwhere(bad)[0].tolist()
        raise BadValue(f"{what} of slate {row}, place {place + 1} is {values[row, place]}; {rule}")
