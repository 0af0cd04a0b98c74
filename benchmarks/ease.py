"""Exact EASE on HetRec Last.fm: how long it takes, and whether either side gives the same scores.

Trains on all 1,892 listeners × 17,632 artists: from the side of the listeners (Woodbury, what the size
chooses), and from the side of the items as a reference of our own: float32 Cholesky, and where
``--inverse`` is given a plain ``numpy.linalg.inv`` too, as most implementations have it. The packages
that have EASE (LensKit, RecTools) do not install beside this project, so no peer's code runs here. CPU
seconds are of all threads; the first training, which may compile, is told apart.

    python benchmarks/ease.py --shared ../shared --on DATE
"""

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from threadpoolctl import threadpool_limits

from machine import facts, sentence
from quality import read_hetrec
from ritornello.models.ease import EaseConfig, train_ease
from ritornello.models.evidence import evidence_of_all
from ritornello.models.interactions import Interactions

CONFIG = EaseConfig(regularization=100.0, dropout=0.0)
Made = TypeVar("Made")


def timed(make: Callable[[], Made]) -> tuple[dict[str, float], Made]:
    """Return the wall and CPU seconds of a run, and what it made."""
    wall, cpu = time.perf_counter(), time.process_time()
    made = make()
    took = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    return {name: round(value, 2) for name, value in took.items()}, made


def by_inverse(interactions: Interactions) -> np.ndarray:
    """Return B by a general inverse in float32, column i divided by the i-th of the diagonal."""
    values = np.maximum(evidence_of_all(interactions, CONFIG.evidence), 0)
    matrix = interactions.matrix(values)
    products = (matrix.T @ matrix).toarray()
    products[np.diag_indices_from(products)] += CONFIG.regularization
    weights = np.linalg.inv(products)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return weights


def measure(interactions: Interactions, n_runs: int, *, inverse: bool) -> dict[str, Any]:
    """Train from both sides, compare their scores, and time one listener's."""
    first, _ = timed(lambda: train_ease(interactions, CONFIG))
    runs = [timed(lambda: train_ease(interactions, CONFIG)) for _ in range(n_runs)]
    scorer = runs[0][1]
    listeners_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tastes = interactions.tastes()[:200]
    with threadpool_limits(1, "blas"):
        scorer.score(tastes[0])
        took_s = [timed_score(scorer.score, taste) for taste in tastes]
    large = msgspec.structs.replace(CONFIG, most_listeners=0, most_items=interactions.n_items)
    items, other = timed(lambda: train_ease(interactions, large))
    ours, theirs = scorer.score_batch(tastes), other.score_batch(tastes)
    del other
    figures = {
        "first_training": first,
        "side_of_listeners": {
            name: statistics.median(took[name] for took, _ in runs) for name in ("wall_s", "cpu_s")
        },
        "side_of_items": items,
        "peak_mib_side_of_listeners": round(listeners_mib),
        "largest_difference": float(np.abs(ours - theirs).max()),
        "largest_score": float(theirs.max()),
        "score_p50_ms": round(statistics.median(took_s) * 1000, 2),
        "score_p99_ms": round(float(np.quantile(took_s, 0.99)) * 1000, 2),
    }
    if inverse:
        figures["plain_inverse"], _ = timed(lambda: by_inverse(interactions))
    return figures


def timed_score(score: Callable[[Any], Any], taste: Any) -> float:
    """Return how long one score took."""
    began = time.perf_counter()
    score(taste)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--inverse", action="store_true", help="also the plain inverse (minutes)")
    options = parser.parse_args()
    machine = facts(options.on)
    found = measure(read_hetrec(options.shared), options.runs, inverse=options.inverse)
    print(json.dumps({"benchmark": "ease", "machine": machine, **found}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
