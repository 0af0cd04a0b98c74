"""How good are the lists? The blend against tuned peers, on two sets of real listening.

(a) HetRec Last.fm: a fifth of each listener's artists hidden by chance, the whole catalogue ranked, what
was kept left out. nDCG@20 of the blend, of implicit's ALS and nearest neighbours, and of exact EASE.

(b) lastfm_gaps: the last fifth of each of 403 timed sequences hidden; relevant is every distinct item
played in it, once (binary). On all items against play frequency, Σ age^−½ and last played; on items
never played before against implicit's ALS and exact EASE. The 1,615 sequences without times are only trained on.

EASE is the closed form of its paper by a float64 ``numpy.linalg.inv``, no code of ours; no package of a
peer that has it installs beside this project. All models are tuned on the same inner split of what was kept, by the same tuner, with the same number of
trials; differences are paired by listener, with a 95 % bootstrap interval. Run from the project's root:

    python benchmarks/quality.py --shared ../shared --trials 20 --out quality.json
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from scipy.sparse import csr_matrix

from machine import facts, sentence
from ritornello.listeners.taste import Taste
from ritornello.measures.ranking import best, of_ranking
from ritornello.measures.relevance import ndcg
from ritornello.measures.resampling import paired_interval
from ritornello.models.bundle import Bundle
from ritornello.models.holdout import Holdout, hide, hide_last, hide_some
from ritornello.models.interactions import N_RECENT, Interactions, Pairs, Plays, gather
from ritornello.models.scorer import FloatArray
from ritornello.models.training import (
    Judges,
    TrainingConfig,
    ials_ranges,
    judges,
    train,
)
from ritornello.models.tuning import Range, Ranges, tune
from ritornello.models.vocabulary import Vocabulary

K = 20
SEED = 20261116
CHUNK = 400
EVERY_PLAY = 1_000_000
DAY_S = 86_400.0
PEERS = {"als": "implicit als", "knn": "implicit knn", "ease": "exact ease"}
Scores = Callable[[Sequence[Taste]], FloatArray]


class AlsConfig(msgspec.Struct, frozen=True):
    """What of implicit's ALS is tuned; κ as in ``evidence`` (0 is nearly binary)."""

    n_factors: int = 64
    alpha: float = 15.0
    regularization: float = 50.0
    log_weight: float = 0.05


class KnnConfig(msgspec.Struct, frozen=True):
    """What of implicit's neighbours is tuned: weighting (0 cosine, 1 TF-IDF, 2 BM25), K, K1, B, κ."""

    weighting: int = 0
    n_neighbours: int = 200
    k1: float = 1.2
    b: float = 0.5
    log_weight: float = 0.1


class EasePeerConfig(msgspec.Struct, frozen=True):
    """What of the paper's EASE is tuned: λ, and κ of the evidence."""

    regularization: float = 100.0
    log_weight: float = 0.1


warnings.filterwarnings("ignore", message="Method expects CSR")  # implicit converts its own matrix

EASE_PEER_RANGES: Ranges = {
    "regularization": Range(2, 1000, "log"),
    "log_weight": Range(0.01, 1.0, "log"),
}

KNN_RANGES: Ranges = {
    "weighting": Range(-0.49, 2.49, "integer"),
    "n_neighbours": Range(20, 500, "integer"),
    "k1": Range(0.1, 200, "log"),
    "b": Range(0, 1),
    "log_weight": Range(0.02, 1, "log"),
}


class Peer(msgspec.Struct, frozen=True):
    """A peer's model as something the judges can ask; it answers by the peer's own arithmetic."""

    answer: Scores

    def score_batch(self, tastes: Sequence[Taste]) -> FloatArray:
        """Return the scores of many tastes, one row each."""
        return self.answer(tastes)


def weighted(tastes: Sequence[Taste], n_items: int, log_weight: float) -> csr_matrix:
    """Return tastes × items with 1 + κ ln n where an item was played n times."""
    starts = np.concatenate(([0], np.cumsum([len(t.columns) for t in tastes])))
    n = np.concatenate([t.n_plays for t in tastes])
    values = np.where(n > 0, 1 + log_weight * np.log(np.maximum(n, 1)), 0).astype(np.float32)
    columns = np.concatenate([t.columns for t in tastes])
    return csr_matrix((values, columns, starts), shape=(len(tastes), n_items))


def als(past: Interactions, config: AlsConfig) -> Peer:
    """Train implicit's ALS; listeners are answered by its own ``recalculate_user``."""
    model = AlternatingLeastSquares(
        factors=config.n_factors,
        alpha=config.alpha,
        regularization=config.regularization,
        iterations=15,
        num_threads=1,
        random_state=SEED,
    )
    model.fit(weighted(past.tastes(), past.n_items, config.log_weight), show_progress=False)

    def answer(tastes: Sequence[Taste]) -> FloatArray:
        history = weighted(tastes, past.n_items, config.log_weight)
        return model.recalculate_user(np.arange(len(tastes)), history) @ model.item_factors.T

    return Peer(answer)


def knn(past: Interactions, config: KnnConfig) -> Peer:
    """Train one of implicit's neighbour models; a score is its Σ over the history."""
    makers: tuple[Callable[[], Any], ...] = (
        lambda: CosineRecommender(K=config.n_neighbours, num_threads=1),
        lambda: TFIDFRecommender(K=config.n_neighbours, num_threads=1),
        lambda: BM25Recommender(K=config.n_neighbours, K1=config.k1, B=config.b, num_threads=1),
    )
    model = makers[config.weighting]()
    model.fit(weighted(past.tastes(), past.n_items, config.log_weight), show_progress=False)

    def answer(tastes: Sequence[Taste]) -> FloatArray:
        history = weighted(tastes, past.n_items, config.log_weight)
        return (history @ model.similarity).toarray().astype(np.float32)

    return Peer(answer)


def ease(past: Interactions, config: EasePeerConfig) -> Peer:
    """Solve B = I − P diag(1 / diag P) as in the paper, by way of the listeners (Woodbury).

    P = (I − Xᵀ (XXᵀ + λI)⁻¹ X) / λ is never written down: a score is x − (x P) / diag P.
    """
    X = weighted(past.tastes(), past.n_items, config.log_weight).astype(np.float64)
    K = np.linalg.inv((X @ X.T).toarray() + config.regularization * np.eye(X.shape[0]))
    own = np.asarray(X.T.multiply(X.T @ K).sum(axis=1)).ravel()

    def answer(tastes: Sequence[Taste]) -> FloatArray:
        history = weighted(tastes, past.n_items, config.log_weight).astype(np.float64)
        dense = history.toarray()
        inside = dense - (X.T @ ((history @ X.T).toarray() @ K).T).T
        return (dense - inside / (1 - own)).astype(np.float32)

    return Peer(answer)


def tuned_peer(
    kind: Literal["als", "knn", "ease"], kept: Interactions, n_trials: int
) -> tuple[Peer, msgspec.Struct]:
    """Tune a peer on the split, judges and trials our training uses, and train it on all that was kept.

    The generator is the one our training begins with, so implicit's ALS is tried at the very points (of
    factors, α, λ and κ) that our factors are.
    """
    rng = np.random.default_rng(SEED)
    inner = hide(kept, rng)
    jury = judges(inner, TrainingConfig().n_judges, rng)
    of_neighbours, of_factors, _, of_weights = rng.spawn(4)
    of_als = {key.removeprefix("evidence."): r for key, r in ials_ranges(kept.n_items).items()}
    start, ranges, make, chance = {
        "als": (AlsConfig(), of_als, als, of_factors),
        "knn": (KnnConfig(), KNN_RANGES, knn, of_neighbours),
        "ease": (EasePeerConfig(), EASE_PEER_RANGES, ease, of_weights),
    }[kind]

    def judged(trial: Any) -> float:
        return quality_of_new(jury, make(inner.past, trial))

    config = tune(start, ranges, judged, n_trials, chance)
    return make(kept, config), config


def quality_of_new(jury: Judges, peer: Peer) -> float:
    """Return the judges' mean nDCG@20 over items not heard before."""
    scores = peer.score_batch([jury.tastes[row] for row in jury.new])
    scores[jury.heard] = -np.inf
    return float(ndcg(of_ranking(best(scores, K), jury.novel), K).mean())


def judge(
    score: Scores,
    outer: Holdout,
    rows: np.ndarray,
    relevant: csr_matrix,
    *,
    only_new: bool,
    n_recent: int = N_RECENT,
) -> np.ndarray:
    """Return nDCG@20 of each listener in ``rows``, over the full catalogue.

    Tastes hold the recent plays serving has (100), unless ``n_recent`` says otherwise.
    """
    values = []
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        tastes = [outer.past.taste(row, n_recent) for row in some]
        scores = np.array(score(tastes))
        if only_new:
            for place, taste in enumerate(tastes):
                scores[place, taste.columns] = -np.inf
        values.append(ndcg(of_ranking(best(scores, K), relevant[some]), K))
    return np.concatenate(values)


def compare(
    ours: np.ndarray, theirs: dict[str, np.ndarray], bar: str = "low > -0.005"
) -> list[dict[str, Any]]:
    """Return one row a peer: both means, the paired difference and whether the bar holds."""
    rng = np.random.default_rng(SEED)
    rows = []
    for name, values in theirs.items():
        found = paired_interval(ours, values, rng)
        rows.append(
            {
                "against": name,
                "blend": round(float(ours.mean()), 4),
                "peer": round(float(values.mean()), 4),
                "difference": round(found.mean, 4),
                "interval_95": [round(found.low, 4), round(found.high, 4)],
                "n_listeners": found.n,
                "bar": bar,
                "holds": found.low > -0.005,
                "better": found.low > 0,
            }
        )
    return rows


def measure_hetrec(shared: Path, n_trials: int) -> dict[str, Any]:
    """Measure part (a)."""
    everything = read_hetrec(shared)
    outer = hide_some(everything, np.random.default_rng(SEED), 0.2)
    bundle, seconds = trained(outer.past, n_trials)
    has_future = np.flatnonzero(np.diff(outer.future.indptr))
    judged = {
        name: judge(score, outer, has_future, outer.future, only_new=True)
        for name, score in scores_of(bundle).items()
    }
    peers, configs = {}, {}
    for kind, name in PEERS.items():
        peer, configs[name] = tuned_peer(kind, outer.past, n_trials)
        peers[name] = judge(peer.score_batch, outer, has_future, outer.future, only_new=True)
    return {
        "data": "HetRec Last.fm, 80/20 by listener, listeners with 5 artists or more",
        "n_items": everything.n_items,
        "train_s": seconds,
        "ndcg_20": means(judged | peers),
        "configs": described(bundle, configs),
        "new": compare(judged["blend"], peers),
    }


def read_hetrec(shared: Path) -> Interactions:
    """Read every listener's counts of artists."""
    table = np.loadtxt(shared / "data/hetrec_lastfm/user_artists.dat", skiprows=1, dtype=np.int64)
    listeners, rows = np.unique(table[:, 0], return_inverse=True)
    artists, columns = np.unique(table[:, 1], return_inverse=True)
    return gather(
        tuple(f"listener-{each}" for each in listeners),
        Vocabulary(tuple(f"track:{each:06d}" for each in artists)),
        Pairs(rows, columns, table[:, 2]),
    )


def measure_gaps(shared: Path, n_trials: int) -> dict[str, Any]:
    """Measure part (b)."""
    everything = read_gaps(shared / "data/lastfm_gaps")
    timed = np.diff(everything.play_starts) > 0
    outer = hide_last(everything, timed, 0.2)
    bundle, seconds = trained(outer.past, n_trials)
    everyone = np.flatnonzero(np.diff(outer.future.indptr))
    met_new = np.flatnonzero(np.diff(outer.novel.indptr))
    of_all = {
        name: judge(score, outer, everyone, outer.future, only_new=False)
        for name, score in scores_of(bundle).items()
    }
    for name, score in repeats(everything.n_items).items():
        of_all[name] = judge(
            score, outer, everyone, outer.future, only_new=False, n_recent=EVERY_PLAY
        )
    of_new = {
        name: judge(score, outer, met_new, outer.novel, only_new=True)
        for name, score in scores_of(bundle).items()
    }
    peers, configs = {}, {}
    for kind in ("als", "ease"):
        name = PEERS[kind]
        peer, configs[name] = tuned_peer(kind, outer.past, n_trials)
        peers[name] = judge(peer.score_batch, outer, met_new, outer.novel, only_new=True)
    return {
        "data": "lastfm_gaps, last 20 % of each of 403 timed sequences",
        "n_items": everything.n_items,
        "train_s": seconds,
        "ndcg_20_all": means(of_all),
        "ndcg_20_new": means(of_new | peers),
        "configs": described(bundle, configs),
        "all": compare(of_all["blend"], {name: of_all[name] for name in repeats(1)}),
        "new": compare(of_new["blend"], peers),
    }


def read_gaps(folder: Path) -> Interactions:
    """Read the 403 timed sequences, and the 1,615 others as counts without times."""
    timed = read_lines(folder / "event_split_1000-test.txt", np.int64)
    days = read_lines(folder / "time_split_1000-test.txt", np.float64)
    untimed = read_lines(folder / "event_split_1000-train.txt", np.int64)
    lengths = [len(line) for line in timed + untimed]
    rows = np.repeat(np.arange(len(lengths)), lengths)
    columns = np.concatenate(timed + untimed)
    at_s = np.concatenate(days) * DAY_S
    unknown = np.full(len(columns) - len(at_s), np.nan)
    times = np.concatenate((at_s, unknown))
    items, columns = np.unique(columns, return_inverse=True)
    return gather(
        tuple(f"listener-{row}" for row in range(len(lengths))),
        Vocabulary(tuple(f"track:{item:06d}" for item in items)),
        Pairs(rows, columns, np.ones(len(rows)), first_at_s=times, last_at_s=times),
        Plays(rows[: len(at_s)], columns[: len(at_s)], at_s),
    )


def read_lines(file: Path, dtype: type) -> list[np.ndarray]:
    """Read one array a line."""
    lines = file.read_text(encoding="ascii").splitlines()
    return [np.array(line.split(), dtype=dtype) for line in lines if line.strip()]


def repeats(n_items: int) -> dict[str, Scores]:
    """Return the three baselines of repeat consumption, from a taste that holds every play."""

    def each(of: Callable[[Taste], np.ndarray]) -> Scores:
        def answer(tastes: Sequence[Taste]) -> FloatArray:
            scores = np.zeros((len(tastes), n_items))
            for row, taste in zip(scores, tastes, strict=True):
                row[taste.columns] = of(taste)
            return scores

        return answer

    def power(taste: Taste) -> np.ndarray:
        ages_s = np.maximum(taste.recent_age_s, 1)
        summed = np.bincount(taste.recent_columns, weights=ages_s**-0.5, minlength=n_items)
        return summed[taste.columns]

    return {
        "frequency": each(lambda taste: taste.n_plays),
        "age^-1/2": each(power),
        "last played": each(lambda taste: 1 / np.maximum(taste.last_age_s, 1)),
    }


def trained(kept: Interactions, n_trials: int) -> tuple[Bundle, float]:
    """Train the bundle that would serve, and say how many seconds it took."""
    began = time.perf_counter()
    bundle = train(
        kept,
        TrainingConfig(n_trials=n_trials),
        np.random.default_rng(SEED),
        trained_at=datetime.now(UTC),
        progress=lambda step, share: print(f"  {share:4.0%} {step}", flush=True),
    )
    return bundle, round(time.perf_counter() - began, 1)


def scores_of(bundle: Bundle) -> dict[str, Scores]:
    """Return the blend and each of its parts."""
    parts = {name: scorer.score_batch for name, scorer in bundle.scorers.items()}
    return {"blend": bundle.blend.score_batch, **parts}


def means(values: dict[str, np.ndarray]) -> dict[str, float]:
    """Return each mean over listeners, to four places."""
    return {name: round(float(each.mean()), 4) for name, each in values.items()}


def described(bundle: Bundle, peers: dict[str, msgspec.Struct]) -> dict[str, Any]:
    """Return every configuration that was used, and the weights."""
    ours = {n: msgspec.to_builtins(s.config) for n, s in bundle.scorers.items()}
    theirs = {name: msgspec.to_builtins(c) for name, c in peers.items()}
    return ours | theirs | {"weights": dict(bundle.weights)}


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """Print comparisons as a table."""
    print(f"\n{title}")
    for row in rows:
        low, high = row["interval_95"]
        print(
            f"  blend {row['blend']:.4f}  {row['against']:13s} {row['peer']:.4f}  "
            f"difference {row['difference']:+.4f} [{low:+.4f}, {high:+.4f}]  "
            f"{'better' if row['better'] else 'holds' if row['holds'] else 'MISSED'}"
        )


PARTS: dict[str, Callable[[Path, int], dict[str, Any]]] = {
    "hetrec": measure_hetrec,
    "gaps": measure_gaps,
}


def main() -> None:
    """Measure the parts asked for, print them as tables and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--only", choices=list(PARTS), default=None)
    parser.add_argument("--on", type=date.fromisoformat, default=datetime.now(UTC).date())
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    machine = facts(given.on)
    found: dict[str, Any] = {"benchmark": "quality", "machine": machine, "trials": given.trials}
    for name in [given.only] if given.only else PARTS:
        found[name] = PARTS[name](given.shared, given.trials)
        for which in ("all", "new"):
            if which in found[name]:
                show(f"{found[name]['data']}: {which} items, nDCG@20", found[name][which])
    print(sentence(machine))
    text = json.dumps(found, indent=2)
    if given.out is None:
        print(text)
    else:
        given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
