"""Interactions → models: tune, fit the weights on what was hidden, then train on everything.

Parameters and weights are found on a held-out part of the history (``holdout``); the models that serve
are then trained again on all of it with the same parameters. Chance derives from ``rng``: the same
interactions and generator give the same models.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.listeners.taste import Taste
from ritornello.measures.ranking import Ranking, of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.models.blend import Blend, even_weights, fit_weights
from ritornello.models.bundle import Bundle
from ritornello.models.cooccurrence import CooccurrenceConfig, train_cooccurrence
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.holdout import Holdout, hide
from ritornello.models.ials import IalsConfig, train_ials
from ritornello.models.interactions import Interactions
from ritornello.models.optional import OPTIONAL
from ritornello.models.popularity import PopularityConfig, train_popularity
from ritornello.models.repeat import DAY_S, RepeatConfig, RepeatScorer
from ritornello.models.scorer import FloatArray, Scorer
from ritornello.models.tuning import Range, Ranges, tune

Progress = Callable[[str, float], None]

CUT_OFF = 20
MAX_SCORES = 20_000_000
EASE_RANGES: Ranges = {
    "regularization": Range(2, 1000, "log"),
    "dropout": Range(0.0, 2.0),
    "evidence.log_weight": Range(0.01, 1.0, "log"),
}
REPEAT_RANGES: Ranges = {
    "decay": Range(0.3, 2.5),
    "offset_s": Range(60, 2 * DAY_S, "log"),
}


OPTIONAL_RANGES: Mapping[str, Ranges] = {
    "markov": {},
    "sequence_rules": {
        "n_distances": Range(1, 20, "integer"),
        "n_targets": Range(20, 300, "integer"),
        "recency_exponent": Range(0.0, 3.0),
    },
    "transitions": {
        "n_distances": Range(1, 20, "integer"),
        "distance_exponent": Range(0.0, 2.0),
        "smoothing": Range(100, 1_000_000, "log"),
        "recency": Range(0.3, 1.0),
        "popularity": Range(-0.3, 0.3),
        "backward": Range(0.0, 1.0),
        "lately": Range(0.0, 0.3),
    },
}


def cooccurrence_ranges(n_items: int) -> Ranges:
    """Return where neighbourhood parameters may lie: at most ten million neighbours are kept."""
    most = min(max(10_000_000 // max(n_items, 1), 60), 300)
    return {
        "n_neighbours": Range(50, most, "integer"),
        "source_exponent": Range(0.2, 1.0),
        "target_exponent": Range(0.0, 0.7),
        "listener_exponent": Range(0.0, 1.0),
        "evidence.log_weight": Range(0.02, 1.0, "log"),
    }


def ials_ranges(n_items: int) -> Ranges:
    """Return where factor parameters may lie: one listener costs at most eight million products."""
    most = min(max(8_000_000 // max(n_items, 1), 64), 256)
    return {
        "n_factors": Range(48, most, "integer"),
        "alpha": Range(4, 60, "log"),
        "regularization": Range(2, 200, "log"),
        "evidence.log_weight": Range(0.01, 0.5, "log"),
    }


class TrainingConfig(msgspec.Struct, frozen=True):
    """Where the search starts, how long it goes on, and on how many listeners it is judged.

    ``n_trials`` 0 or 1 keeps every parameter as given and only fits the weights. ``optional`` are the
    scorers wanted beside the usual ones, each by its name with its configuration.
    """

    popularity: PopularityConfig = PopularityConfig()
    cooccurrence: CooccurrenceConfig = CooccurrenceConfig()
    ease: EaseConfig = EaseConfig()
    ials: IalsConfig = IalsConfig()
    repeat: RepeatConfig = RepeatConfig()
    optional: Mapping[str, Any] = {}
    n_trials: Annotated[int, msgspec.Meta(ge=0)] = 0
    n_judges: Annotated[int, msgspec.Meta(ge=1)] = 1000
    n_threads: Annotated[int, msgspec.Meta(ge=1)] = 1


class Judges(msgspec.Struct, frozen=True):
    """The listeners whose hidden plays judge: their tastes and what they played next.

    ``future`` (n_judges, n_items) is everything played in the hidden part. ``new`` are the rows of
    those to whom something new came; ``novel`` is what came new to them, ``heard`` (both with one row
    each of ``new``) what they had heard before.
    """

    tastes: list[Taste]
    future: csr_matrix
    new: NDArray[np.int64]
    novel: csr_matrix
    heard: NDArray[np.bool_]
    by_time: bool

    def quality_of_new(self, scorer: Scorer) -> float:
        """Return the mean nDCG@20 over items not heard before."""
        return self.quality_of_scores(scorer.score_batch([self.tastes[row] for row in self.new]))

    def quality_of_scores(self, scores: FloatArray) -> float:
        """Return the mean nDCG@20 over items not heard before, of one row of scores each of ``new``."""
        found = of_ranking(_ranked(scores, ~self.heard), self.novel)
        return float(ndcg(found, CUT_OFF).mean())

    def quality_of_all(self, scorer: Scorer) -> float:
        """Return the mean nDCG@20 over all items."""
        scores = scorer.score_batch(self.tastes)
        return float(ndcg(of_ranking(_ranked(scores), self.future), CUT_OFF).mean())


def _ranked(scores: FloatArray, allowed: NDArray[np.bool_] | None = None) -> Ranking:
    """Rank each row's best allowed columns."""
    from ritornello.models.topk import top_of_scores  # numba: loaded by training alone

    dense = np.ascontiguousarray(scores, dtype=np.float32)
    return top_of_scores(dense, CUT_OFF, allowed=allowed).columns.astype(np.int64)


def judges(holdout: Holdout, n: int, rng: np.random.Generator) -> Judges:
    """Draw at most ``n`` listeners with something hidden, fewer where the vocabulary is large."""
    n = max(min(n, MAX_SCORES // max(holdout.past.n_items, 1)), 1)
    candidates = np.flatnonzero(np.diff(holdout.future.indptr))
    rows = np.sort(rng.permutation(candidates)[:n])
    novel = holdout.novel[rows]
    new = np.flatnonzero(np.diff(novel.indptr))
    tastes = [holdout.past.taste(row) for row in rows]
    heard = np.zeros((len(new), holdout.past.n_items), dtype=np.bool_)
    for place, row in enumerate(new):
        heard[place, tastes[row].columns] = True
    return Judges(tastes, holdout.future[rows], new, novel[new], heard, holdout.by_time)


def train(
    interactions: Interactions,
    config: TrainingConfig,
    rng: np.random.Generator,
    *,
    trained_at: datetime,
    genres: Sequence[str | None] = (),
    progress: Progress | None = None,
) -> Bundle:
    """Train everything a bundle holds.

    Parameters
    ----------
    trained_at : the instant of training, kept with the bundle.
    genres : the genre of each column, ``None`` where unknown; empty where no item has one.
    progress : told the step and the share of the whole that is done.
    """
    tell = progress or _silent
    tell("hide part of the history", 0.0)
    holdout = hide(interactions, rng)
    jury = judges(holdout, config.n_judges, rng)
    seed = int(rng.integers(2**31))
    if config.n_trials > 1:
        config = _tuned(holdout.past, jury, config, rng, tell)
    tell("fit the weights", 0.6)
    weights = _weights(_scorers(holdout.past, config, seed), jury)
    tell("train on everything", 0.8)
    scorers = _scorers(interactions, config, seed, genres)
    tell("done", 1.0)
    return Bundle(
        trained_at=trained_at,
        vocabulary=interactions.vocabulary,
        scorers=scorers,
        weights=dict(zip(scorers, weights, strict=True)),
    )


def _scorers(
    interactions: Interactions,
    config: TrainingConfig,
    seed: int,
    genres: Sequence[str | None] = (),
) -> dict[str, Scorer]:
    """Train the scorers that the blend adds up, what repeats last."""
    threads, rng = config.n_threads, np.random.default_rng(seed)
    return {
        "cooccurrence": train_cooccurrence(interactions, config.cooccurrence, n_threads=threads),
        "ease": train_ease(interactions, config.ease, n_threads=threads),
        "ials": train_ials(interactions, config.ials, rng, n_threads=threads),
        "popularity": train_popularity(interactions, config.popularity, genres),
        **{name: OPTIONAL[name].train(interactions, own) for name, own in config.optional.items()},
        "repeat": RepeatScorer(config.repeat, interactions.n_items),
    }


def _tuned(
    past: Interactions,
    jury: Judges,
    config: TrainingConfig,
    rng: np.random.Generator,
    tell: Progress,
) -> TrainingConfig:
    """Return the configuration with every scorer's parameters tuned, each within ``n_trials``.

    Each scorer's trials come from a generator of its own, so that they depend on no other's.
    """
    threads, n, seed = config.n_threads, config.n_trials, int(rng.integers(2**31))
    of_neighbours, of_factors, of_repeat, of_weights = rng.spawn(4)

    def neighbours(trial: CooccurrenceConfig) -> float:
        return jury.quality_of_new(train_cooccurrence(past, trial, n_threads=threads))

    def weights(trial: EaseConfig) -> float:
        return jury.quality_of_new(train_ease(past, trial, n_threads=threads))

    def factors(trial: IalsConfig) -> float:
        chance = np.random.default_rng(seed)
        return jury.quality_of_new(train_ials(past, trial, chance, n_threads=threads))

    def again(trial: RepeatConfig) -> float:
        return jury.quality_of_all(RepeatScorer(trial, past.n_items))

    changed: dict[str, Any] = {}
    if len(jury.new):
        tell("tune cooccurrence", 0.05)
        changed["cooccurrence"] = tune(
            config.cooccurrence, cooccurrence_ranges(past.n_items), neighbours, n, of_neighbours
        )
        tell("tune ease", 0.15)
        changed["ease"] = tune(config.ease, EASE_RANGES, weights, n, of_weights)
        tell("tune ials", 0.25)
        changed["ials"] = tune(config.ials, ials_ranges(past.n_items), factors, n, of_factors)
        changed["optional"] = _tuned_optional(past, jury, config, rng, tell)
    if jury.by_time:
        tell("tune repeat", 0.5)
        changed["repeat"] = tune(config.repeat, REPEAT_RANGES, again, n, of_repeat)
    return msgspec.structs.replace(config, **changed)


def _tuned_optional(
    past: Interactions,
    jury: Judges,
    config: TrainingConfig,
    rng: np.random.Generator,
    tell: Progress,
) -> dict[str, Any]:
    """Return the optional scorers' configurations, tuned where there is anything to tune."""
    found = dict(config.optional)
    for name, chance in zip(found, rng.spawn(len(found)), strict=True):
        train_one, ranges = OPTIONAL[name].train, OPTIONAL_RANGES[name]

        def quality(trial: Any, train_one: Any = train_one) -> float:
            return jury.quality_of_new(train_one(past, trial))

        if ranges:
            tell(f"tune {name}", 0.45)
            found[name] = tune(found[name], ranges, quality, config.n_trials, chance)
    return found


def _weights(scorers: dict[str, Scorer], jury: Judges) -> list[float]:
    """Fit the weights of what can rank the new, then that of repeating.

    Where no times tell what is played again, the strongest repeat weighs as much as the strongest of
    the others.
    """
    *knowing, repeat = scorers.values()
    weights = [1.0] * len(knowing)
    if not jury.tastes:
        return [*weights, 1.0]
    if len(jury.new):
        weights = _weights_of_new(knowing, jury)
    known = Blend(tuple(knowing), tuple(weights)).score_batch(jury.tastes)
    again = repeat.score_batch(jury.tastes)
    if jury.by_time:
        unit, weight = fit_weights([known, again], jury.future, k=CUT_OFF)
    else:
        unit, weight = even_weights([known, again])
    return [*weights, weight / unit]


def _weights_of_new(scorers: Sequence[Scorer], jury: Judges) -> list[float]:
    """Fit weights to rank the new, beginning with the scorer that does it best alone."""
    tastes = [jury.tastes[row] for row in jury.new]
    parts = [scorer.score_batch(tastes) for scorer in scorers]
    order = np.argsort([-jury.quality_of_scores(part) for part in parts], kind="stable")
    fitted = fit_weights(
        [parts[place] for place in order], jury.novel, masked=jury.heard, k=CUT_OFF
    )
    weights = dict(zip(order.tolist(), fitted, strict=True))
    return [weights[place] for place in range(len(scorers))]


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
