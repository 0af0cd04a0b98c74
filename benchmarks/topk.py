"""How quickly are the best 100 of everybody found? Ours and implicit's ``recommend``, in turns.

Both multiply the same factors and leave out the same history; ``implicit`` by BLAS and its own selection,
ours by ``models.topk``. Two sets: HetRec Last.fm, and 30,000 listeners × 41,000 items of a seeded world:
item popularity falls as 1 / (rank + 20) (Zipf–Mandelbrot), every listener draws 27 items, four fifths of
them from one of 40 groups of items chosen at random. Factors come from implicit's ALS, 64 of them, so
their lengths are those of a trained model. Each tool gets the number of threads given; BLAS has one,
since both split their work themselves (implicit warns otherwise). Figures are medians of runs taken in
turns, without the compilation of the first call, which is told apart.

Lists count as the same where they hold the same items in the same order. Where two scores are equal to
float32 rounding, the order of the two may differ between tools: such places are counted, with the
largest difference of score.

    python benchmarks/topk.py --shared ../shared --on DATE
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

from machine import facts, sentence
from ritornello.models.topk import Top, top_of_factors

N = 100
N_FACTORS = 64
SEED = 20261121


def hetrec(shared: Path) -> csr_matrix:
    """Read who played which artist."""
    file = shared / "data/hetrec_lastfm/user_artists.dat"
    table = np.loadtxt(file, skiprows=1, dtype=np.int64)
    _, rows = np.unique(table[:, 0], return_inverse=True)
    _, columns = np.unique(table[:, 1], return_inverse=True)
    return csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)))


def synthetic(n_listeners: int = 30_000, n_items: int = 41_000, n_each: int = 27) -> csr_matrix:
    """Draw the seeded world the module describes."""
    rng = np.random.default_rng(SEED)
    popularity = 1 / (np.arange(n_items) + 20.0)
    group_of = rng.integers(0, 40, n_items)
    columns = rng.choice(n_items, size=(n_listeners, n_each), p=popularity / popularity.sum())
    taste_of = rng.integers(0, 40, n_listeners)
    for group in range(40):
        members = np.flatnonzero(group_of == group)
        odds = popularity[members] / popularity[members].sum()
        who = np.flatnonzero(taste_of == group)
        n_own = 4 * n_each // 5
        columns[who, :n_own] = rng.choice(members, size=(len(who), n_own), p=odds)
    rows = np.repeat(np.arange(n_listeners), n_each)
    ones = np.ones(len(rows), dtype=np.float32)
    found = csr_matrix((ones, (rows, columns.ravel())), shape=(n_listeners, n_items))
    found.data[:] = 1
    return found


def measure(heard: csr_matrix, n_threads: int, n_runs: int) -> dict[str, Any]:
    """Train factors, then time both tools in turns and hold their lists against each other."""
    model = AlternatingLeastSquares(
        factors=N_FACTORS, iterations=5, num_threads=n_threads, random_state=SEED, alpha=10
    )
    model.fit(heard, show_progress=False)
    everybody = np.arange(heard.shape[0])
    queries, factors = model.user_factors, model.item_factors

    def theirs() -> Top:
        return Top(*model.recommend(everybody, heard, N=N, filter_already_liked_items=True))

    def ours() -> Top:
        return top_of_factors(queries, factors, N, excluded=heard, n_threads=n_threads)

    first_s, _ = timed(lambda: top_of_factors(queries[:2], factors, N, excluded=heard[:2]))
    times: dict[str, list[float]] = {"implicit": [], "ours": []}
    for _ in range(n_runs):
        for name, run in (("implicit", theirs), ("ours", ours)):
            took_s, top = timed(run)
            times[name].append(took_s)
            if name == "implicit":
                wanted = top
    rates = {name: round(len(everybody) / statistics.median(t)) for name, t in times.items()}
    differ = wanted.columns != top.columns
    return {
        "n_listeners": heard.shape[0],
        "n_items": heard.shape[1],
        "listeners_per_s": rates,
        "ratio": round(rates["ours"] / rates["implicit"], 2),
        "runs_s": {name: [round(t, 3) for t in each] for name, each in times.items()},
        "n_places": int(differ.size),
        "n_places_that_differ": int(differ.sum()),
        "largest_difference_of_score_there": float(
            np.abs(wanted.scores - top.scores)[differ].max(initial=0.0)
        ),
        "n_listeners_with_other_items": int(
            (np.sort(wanted.columns, axis=1) != np.sort(top.columns, axis=1)).any(axis=1).sum()
        ),
        "first_call_s": round(first_s, 2),
    }


def timed(run: Callable[[], Top]) -> tuple[float, Top]:
    """Return how long a run took, and what it found."""
    began = time.perf_counter()
    found = run()
    return time.perf_counter() - began, found


def main() -> None:
    """Measure both sets and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    machine = facts(options.on)
    blas = os.environ["OPENBLAS_NUM_THREADS"]
    figures: dict[str, Any] = {"threads": options.threads, "openblas_num_threads": blas}
    for name, heard in (("hetrec", hetrec(options.shared)), ("synthetic", synthetic())):
        found = figures[name] = measure(heard, options.threads, options.runs)
        rates = found["listeners_per_s"]
        print(
            f"{name}: implicit {rates['implicit']:,}/s, ours {rates['ours']:,}/s, "
            f"{found['ratio']} times; {found['n_places_that_differ']} of {found['n_places']:,} "
            f"places differ, by {found['largest_difference_of_score_there']:.1e} in score"
        )
    print(json.dumps({"benchmark": "topk", "machine": machine, **figures}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
