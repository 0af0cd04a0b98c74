"""Does regularization that grows with frequency make better factors? Tried on inner splits alone.

Rendle, Krichene, Zhang and Koren ("Revisiting the performance of iALS", RecSys 2022) regularize the
factors of a row with f entries by λ (f + α₀ N)^ν, N the number of rows on the other side; ``implicit``
knows one λ for all. Both are tuned by the project's tuner with the same trials, ranges and judges: our
``train_ials`` (one λ, conjugate gradients), and an exact alternating solver of this script with ν = 1 and
with ν = 0, which tells apart what the solver does from what the regularization does. In our terms, where
what is known weighs α and the rest 1, the penalty is λ ((α f + N) / m)^ν with m the geometric mean of
both sides, so that λ has one range. Nothing here reads what the quality benchmark hides.

    python benchmarks/ials_regularization.py --shared ../shared --trials 20 --on DATE
"""

import argparse
import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np
from numba import njit
from scipy.sparse import csr_matrix

from machine import facts, sentence
from quality import SEED, Peer, quality_of_new, read_gaps, read_hetrec, weighted
from ritornello.models.holdout import hide, hide_last, hide_some
from ritornello.models.ials import IalsConfig, train_ials
from ritornello.models.interactions import Interactions
from ritornello.models.training import TrainingConfig, ials_ranges, judges
from ritornello.models.tuning import Range, tune

N_ROUNDS = 15


class ExactConfig(msgspec.Struct, frozen=True):
    """What of the exact solver is tuned, ν and the side lengths given; κ as in ``evidence``."""

    n_factors: int = 64
    alpha: float = 15.0
    regularization: float = 50.0
    log_weight: float = 0.05
    exponent: float = 1.0


def exact(past: Interactions, config: ExactConfig) -> Peer:
    """Alternate between both sides; a taste is answered by the same solve."""
    heard = weighted(past.tastes(), past.n_items, config.log_weight)
    by_item = heard.T.tocsr()
    rng = np.random.default_rng(SEED)
    items = rng.normal(0, 0.1 / np.sqrt(config.n_factors), (past.n_items, config.n_factors))
    for _ in range(N_ROUNDS):
        listeners = solved(items, heard, config)
        items = solved(listeners, by_item, config)

    def answer(tastes: Any) -> np.ndarray:
        rows = weighted(tastes, past.n_items, config.log_weight)
        folded = solved(items, rows, config, n_listeners=heard.shape[0])
        return (folded @ items.T).astype(np.float32)

    return Peer(answer)


def solved(
    other: np.ndarray,
    rows: csr_matrix,
    config: ExactConfig,
    n_listeners: int | None = None,
) -> np.ndarray:
    """Return the factors of every row that fit the other side's best."""
    rows.eliminate_zeros()
    n_rows = rows.shape[0] if n_listeners is None else n_listeners
    middle = np.sqrt(float(n_rows) * other.shape[0])
    grown = (config.alpha * np.diff(rows.indptr) + other.shape[0]) / middle
    penalty = config.regularization * grown**config.exponent
    spread, turn = np.linalg.eigh(other.T @ other)
    confidence = config.alpha * rows.data.astype(np.float64)
    turned = np.ascontiguousarray(other @ turn)
    found = solve_rows(turned, spread, rows.indptr, rows.indices, confidence, penalty)
    return found @ turn.T


@njit(cache=True)
def solve_rows(  # noqa: PLR0917 - a kernel takes arrays, not objects
    other, spread, starts, columns, confidence, penalty
):
    """Solve each row in the coordinates in which the gram is diagonal, by the smaller system."""
    n_factors = other.shape[1]
    found = np.zeros((len(starts) - 1, n_factors))
    for row in range(len(found)):
        entries = slice(starts[row], starts[row + 1])
        known, c = other[columns[entries]], confidence[entries]
        if len(c) == 0:
            continue
        diagonal = spread + penalty[row]
        target = known.T @ c
        if len(c) < n_factors:
            thin = known / diagonal
            small = thin @ known.T + np.diag(1 / (c - 1))
            found[row] = target / diagonal - thin.T @ np.linalg.solve(small, thin @ target)
        else:
            system = (known.T * (c - 1)) @ known + np.diag(diagonal)
            found[row] = np.linalg.solve(system, target)
    return found


def measure(kept: Interactions, n_trials: int, most_factors: int) -> dict[str, Any]:
    """Tune each way on the inner split of what was kept; return the best quality of each."""
    rng = np.random.default_rng(SEED)
    inner = hide(kept, rng)
    jury = judges(inner, TrainingConfig().n_judges, rng)
    ranges = dict(ials_ranges(kept.n_items))
    ranges["n_factors"] = Range(48, min(ranges["n_factors"].high, most_factors), "integer")
    plain = {name.removeprefix("evidence."): each for name, each in ranges.items()}
    found = {}
    for name in ("one λ, ours", "ν = 0, exact", "ν = 1, exact"):
        began, best = time.process_time(), 0.0

        def judged(trial: Any, name: str = name) -> float:
            nonlocal best
            if name == "one λ, ours":
                scorer = train_ials(inner.past, trial, np.random.default_rng(SEED))
                quality = jury.quality_of_new(scorer)
            else:
                quality = quality_of_new(jury, exact(inner.past, trial))
            best = max(best, quality)
            return quality

        start = IalsConfig() if name == "one λ, ours" else ExactConfig(exponent=float(name[4]))
        these = ranges if name == "one λ, ours" else plain
        config = tune(start, these, judged, n_trials, np.random.default_rng(SEED))
        found[name] = {
            "ndcg_20_inner": round(best, 4),
            "config": msgspec.to_builtins(config),
            "cpu_s": round(time.process_time() - began, 1),
        }
        print(f"  {name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Measure both data sets and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--most-factors", type=int, default=128)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    given = parser.parse_args()
    timed = read_gaps(given.shared / "data/lastfm_gaps")
    gaps = hide_last(timed, np.diff(timed.play_starts) > 0, 0.2).past
    hetrec = hide_some(read_hetrec(given.shared), np.random.default_rng(SEED), 0.2).past
    machine = facts(given.on)
    found: dict[str, Any] = {"trials": given.trials, "most_factors": given.most_factors}
    for name, kept in (("lastfm_gaps", gaps), ("hetrec", hetrec)):
        print(name, flush=True)
        found[name] = measure(kept, given.trials, given.most_factors)
    print(json.dumps({"benchmark": "ials_regularization", "machine": machine, **found}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
