"""How much of the new somebody keeps: of artists they had never heard, those they came back to.

An artist is kept who, after the first play that counts, is played on at least m later days within 28 days, by the
listener's own choice (not programmed): a first evening with a whole album is one day, and what the service plays again is
no return. Two questions are answered, never mixed, and each answer says which:

randomised      of new artists chance offered and the listener saw, how many they kept. Only slots that were drawn
                (0 < propensity < 1, on a shelf that explored) and only shelves of which it is known of every slot
                whether it was seen, because else only what was played would count as seen. The first such slot of an
                artist is the trial; it is played within 8 days or not kept. Weighted by 1 / propensity, cut at
                ``most_weight``: slots a model favours would else speak for all. Cutting favours them a little.
observational   of new artists they played, by whatever way, how many they kept. Who chooses what to try keeps more
                of it; this says nothing of what to offer.

What is younger than the days it needs is censored, whatever became of it so far: the early kept would else be favoured.
A count somebody else kept (a tally) has no day and is not asked whether an artist was heard before.
"""

from typing import Literal

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit, logit

from ritornello.listeners.whose import whose

FloatArray = NDArray[np.float64]
Basis = Literal["randomised", "observational"]
BASES: tuple[Basis, ...] = ("randomised", "observational")
DAYS_TO_PLAY = 8
"""As long as a play may join the decision that offered it."""
_MEAN, _CONCENTRATION = (1e-5, 1 - 1e-5), (0.1, 1e5)
_TRIALS = """
WITH met AS (
    SELECT
        listener_id, artist_id, min(started_at_us) AS met_at_us,
        min(started_at_us) FILTER (WHERE reading = 'play') AS tried_at_us,
        min(active_on) FILTER (WHERE reading = 'play') AS tried_on
    FROM readings
    WHERE counts AND artist_id IS NOT NULL AND {which}
    GROUP BY ALL
),
came_back AS (
    SELECT m.listener_id, m.artist_id
    FROM met AS m INNER JOIN readings AS r ON r.listener_id = m.listener_id AND r.artist_id = m.artist_id
    WHERE r.counts AND r.reading = 'play' AND NOT r.programmed
        AND r.active_on > m.tried_on AND r.started_at_us < m.tried_at_us + $window_us
    GROUP BY ALL HAVING count(DISTINCT r.active_on) >= $returns
),
seen_through AS (
    SELECT decision_id, shelf FROM outcomes WHERE {which} GROUP BY ALL HAVING bool_and(seen IS NOT NULL)
),
offered AS (
    SELECT
        o.listener_id, o.artist_id, min(o.made_at_us) AS made_at_us, min_by(s.propensity, o.made_at_us) AS propensity
    FROM outcomes AS o
    INNER JOIN shown AS s ON s.decision_id = o.decision_id AND s.shelf = o.shelf AND s.position = o.position
    INNER JOIN seen_through AS t ON t.decision_id = o.decision_id AND t.shelf = o.shelf
    LEFT JOIN met AS m ON m.listener_id = o.listener_id AND m.artist_id = o.artist_id
    WHERE o.seen AND o.artist_id IS NOT NULL AND s.propensity > 0 AND s.propensity < 1 AND s.explored > 0
        AND coalesce(m.met_at_us >= o.made_at_us, TRUE)
    GROUP BY ALL
),
through AS (SELECT max(started_at_us) AS us FROM readings)
SELECT
    'randomised' AS basis, o.listener_id, least(1 / o.propensity, $most_weight) AS weight,
    k.artist_id IS NOT NULL AND m.tried_at_us < o.made_at_us + $play_us AS kept,
    coalesce(o.made_at_us + $play_us + $window_us <= t.us, FALSE) AS observed
FROM offered AS o CROSS JOIN through AS t
LEFT JOIN met AS m ON m.listener_id = o.listener_id AND m.artist_id = o.artist_id
LEFT JOIN came_back AS k ON k.listener_id = o.listener_id AND k.artist_id = o.artist_id
UNION ALL
SELECT
    'observational', m.listener_id, 1.0, k.artist_id IS NOT NULL, coalesce(m.tried_at_us + $window_us <= t.us, FALSE)
FROM met AS m CROSS JOIN through AS t
LEFT JOIN came_back AS k ON k.listener_id = m.listener_id AND k.artist_id = m.artist_id
WHERE m.tried_at_us = m.met_at_us
"""


class Terms(msgspec.Struct, frozen=True):
    """What keeping is: so many returns within so many days; and where weights are cut."""

    n_returns: int = 3
    window_days: int = 28
    most_weight: float = 20.0


class BetaPrior(msgspec.Struct, frozen=True):
    """How shares differ between listeners: Beta(a, b), learned from so many of them."""

    a: float
    b: float
    n_listeners: int

    @property
    def mean(self) -> float:
        """The share of the listener nobody knows."""
        return self.a / (self.a + self.b)


class Receptivity(msgspec.Struct, frozen=True):
    """The share of the new a listener keeps, with the interval that holds it with 95 %, and what it rests on.

    ``n_trials`` are those whose days are over, ``n_kept`` of them kept, ``n_censored`` not over yet; ``n_effective``:
    as many trials of equal weight would say as much. ``crowd`` is what they are shrunk to; who has no trial is it.
    """

    listener_id: str
    basis: Basis
    share: float
    low: float
    high: float
    n_trials: int
    n_kept: int
    n_censored: int
    n_effective: float
    crowd: float


class Trials(msgspec.Struct, frozen=True):
    """New artists met, a row a listener and artist on each basis; arrays (n_trials,)."""

    listener_ids: NDArray[np.str_]
    basis: NDArray[np.str_]
    weight: FloatArray
    kept: NDArray[np.bool_]
    observed: NDArray[np.bool_]

    def on(self, basis: Basis, listener_id: str | None = None) -> "Trials":
        """Return the trials of one basis, of one listener where named."""
        rows = self.basis == basis
        if listener_id is not None:
            rows &= self.listener_ids == listener_id
        return Trials(*(getattr(self, name)[rows] for name in self.__struct_fields__))


def read(
    duck: duckdb.DuckDBPyConnection,
    terms: Terms | None = None,
    *,
    listener_id: str | None = None,
    most_listeners: int | None = None,
) -> Trials:
    """Find trials in the views ``readings``, ``outcomes`` and ``shown``: everybody's.

    Parameters
    ----------
    listener_id : only theirs.
    most_listeners : only those of so many, drawn by a hash of their ids.
    """
    terms = terms or Terms()
    day_us = 86_400_000_000
    which, asked = whose(listener_id, most_listeners)
    found = duck.execute(
        _TRIALS.format(which=which),
        {
            **asked,
            "returns": terms.n_returns,
            "window_us": terms.window_days * day_us,
            "play_us": DAYS_TO_PLAY * day_us,
            "most_weight": terms.most_weight,
        },
    ).fetchnumpy()
    return Trials(
        found["listener_id"].astype(np.str_),
        found["basis"].astype(np.str_),
        found["weight"].astype(np.float64),
        found["kept"].astype(np.bool_),
        found["observed"].astype(np.bool_),
    )


def crowd_of(trials: Trials, basis: Basis) -> BetaPrior:
    """Learn how listeners differ on one basis."""
    over = trials.on(basis)
    observed = over.observed
    ids, who = np.unique(over.listener_ids[observed], return_inverse=True)
    k, n = _effective(who, over.weight[observed], over.kept[observed], len(ids))
    return fit_beta_binomial(k, n)


def of(trials: Trials, listener_id: str, basis: Basis, prior: BetaPrior) -> Receptivity:
    """Return a listener's receptivity: the beta posterior, Beta(a + k, b + n − k).

    With weights, n = (Σw)² / Σw² and k = n Σwy / Σw (Hájek, 1971; Kish, 1965): right in the mean, and nearly so in width
    where no single weight dominates.
    """
    own = trials.on(basis, listener_id)
    kept, weight = own.kept[own.observed], own.weight[own.observed]
    (k,), (n,) = _effective(np.zeros(len(kept), np.int64), weight, kept, 1)
    a, b = prior.a + k, prior.b + n - k
    low, high = betaincinv(a, b, [0.025, 0.975])
    return Receptivity(
        listener_id=listener_id,
        basis=basis,
        share=float(a / (a + b)),
        low=float(low),
        high=float(high),
        n_trials=len(kept),
        n_kept=int(kept.sum()),
        n_censored=int((~own.observed).sum()),
        n_effective=float(n),
        crowd=prior.mean,
    )


def multiples(trials: Trials, basis: Basis) -> dict[str, float]:
    """Return the share that everybody with a trial keeps, as a multiple of the crowd's."""
    over = trials.on(basis)
    observed = over.observed
    if not observed.any():
        return {}
    ids, who = np.unique(over.listener_ids[observed], return_inverse=True)
    k, n = _effective(who, over.weight[observed], over.kept[observed], len(ids))
    prior = fit_beta_binomial(k, n)
    shares = (prior.a + k) / (prior.a + prior.b + n)
    return dict(zip(ids.tolist(), (shares / prior.mean).tolist(), strict=True))


def both(trials: Trials, listener_id: str) -> list[Receptivity]:
    """Return a listener's receptivity on each basis the crowd has trials of, randomised first."""
    return [
        of(trials, listener_id, basis, crowd_of(trials, basis))
        for basis in BASES
        if trials.on(basis).observed.any()
    ]


def fit_beta_binomial(k: FloatArray, n: FloatArray) -> BetaPrior:
    """Return the Beta(a, b) behind shares k_i of n_i, n_i > 0; they need not be whole numbers.

    The mode, over (logit of the mean, ln(a + b)), of the likelihood Σ ln B(k_i + a, n_i − k_i + b) − ln B(a, b) (Skellam,
    JRSS B, 1948) under the prior (a + b)^(−5/2) (Gelman et al., Bayesian Data Analysis, 5.3): where all keep alike by
    chance, the likelihood alone would take them for one and be sure of everybody. Where fewer than two listeners have
    two trials, no spread can be learned: a + b = 2 around (Σk + 1) / (Σn + 2).
    """
    mean = float((k.sum() + 1) / (n.sum() + 2))
    if (n > 1).sum() < 2:
        return BetaPrior(2 * mean, 2 * (1 - mean), len(n))

    def loss(at: FloatArray) -> float:
        mean, other, s = expit(at[0]), expit(-at[0]), np.exp(at[1])
        likelihood = (betaln(k + mean * s, n - k + other * s) - betaln(mean * s, other * s)).sum()
        return -float(likelihood + np.log(mean * other) - 0.5 * at[1])

    start = np.array([logit(np.clip(mean, *_MEAN)), 1.0])
    found = minimize(
        loss, start, method="L-BFGS-B", bounds=[logit(_MEAN), np.log(_CONCENTRATION)]
    ).x
    concentration = float(np.exp(found[1]))
    return BetaPrior(
        float(expit(found[0])) * concentration, float(expit(-found[0])) * concentration, len(n)
    )


def _effective(
    who: NDArray[np.int64], weight: FloatArray, kept: NDArray[np.bool_], n_listeners: int
) -> tuple[FloatArray, FloatArray]:
    """Return each listener's kept and all trials, as if of equal weight; 0 where there is none."""
    total, squares, of_kept = (
        np.bincount(who, each, n_listeners) for each in (weight, weight**2, weight * kept)
    )
    n = np.divide(total**2, squares, out=np.zeros(n_listeners), where=squares > 0)
    return np.divide(n * of_kept, total, out=np.zeros(n_listeners), where=total > 0), n
