"""What measures cost: nDCG@100, R@20 and AP@100 for 100,000 listeners × 100 places, in one process on one core.

Ours start from plain arrays of topics, items and scores, once with the rows of a listener together and once in no order;
matching and measuring are timed apart. pytrec_eval (and ranx, where it is installed) are given what they take: what
building that costs is timed apart, too. CPU seconds of this process, the best of three rounds that take turns. Values are
compared: the largest difference of a listener's value is reported.

    OMP_NUM_THREADS=1 python benchmarks/measures.py --on 2026-11-21 [--listeners 100000]
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import date
from typing import Any

os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import numpy as np
import pytrec_eval

from machine import facts, sentence
from ritornello.measures import names
from ritornello.measures.matching import Judged, Ranked, match

ASKED = ("nDCG@100", "R@20", "AP@100")
TREC = ("ndcg_cut_100", "recall_20", "map_cut_100")
RANX = ("ndcg@100", "recall@20", "map@100")
N_PLACES, N_ITEMS, N_JUDGED = 100, 100_000, 10
ROUNDS = 3
BAR_S, AIM_S = 0.5, 0.1


def world(n: int, rng: np.random.Generator) -> tuple[Ranked, Judged]:
    """Return runs of 100 items a listener and 10 judgements, half of them returned; nothing sorted by score."""
    stripe = N_ITEMS // N_PLACES
    items = np.arange(N_PLACES) * stripe + rng.integers(0, stripe // 2, size=(n, N_PLACES))
    others = rng.integers(stripe // 2, stripe, size=(n, N_JUDGED))
    known = np.arange(N_JUDGED) * stripe * 10 + others
    known[:, ::2] = items[:, ::20]
    ranked = Ranked(np.repeat(np.arange(n), N_PLACES), items.ravel(), rng.normal(size=n * N_PLACES))
    grades = rng.integers(1, 4, size=n * N_JUDGED)
    return ranked, Judged(np.repeat(np.arange(n), N_JUDGED), known.ravel(), grades)


def cpu(job: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds a job took in this process, and what it gave."""
    began = time.process_time()
    found = job()
    return time.process_time() - began, found


def of_ours(ranked: Ranked, judged: Judged) -> tuple[dict[str, float], list[np.ndarray]]:
    """Match and measure."""
    took, matched = cpu(lambda: match(ranked, judged))
    measuring, values = cpu(lambda: [names.parse(each)(matched) for each in ASKED])
    return {"prepare": took, "measure": measuring}, values


def dicts(topics: np.ndarray, items: np.ndarray, values: np.ndarray) -> dict[str, dict[str, Any]]:
    """Return rows as nested dicts with ids that sort as the numbers do."""
    found: dict[str, dict[str, Any]] = {}
    for topic, item, value in zip(topics.tolist(), items.tolist(), values.tolist(), strict=True):
        found.setdefault(f"q{topic:06d}", {})[f"d{item:06d}"] = value
    return found


def of_pytrec_eval(ranked: Ranked, judged: Judged) -> tuple[dict[str, float], list[np.ndarray]]:
    """Build nested dicts and ask."""
    building, (run, qrels) = cpu(
        lambda: (
            dicts(ranked.topics, ranked.items, ranked.scores),
            dicts(judged.topics, judged.items, judged.grades),
        )
    )
    measuring, found = cpu(lambda: pytrec_eval.RelevanceEvaluator(qrels, set(TREC)).evaluate(run))
    topics = sorted(found)
    values = [np.array([found[topic][each] for topic in topics]) for each in TREC]
    return {"prepare": building, "measure": measuring}, values


def of_ranx(ranked: Ranked, judged: Judged) -> tuple[dict[str, float], list[np.ndarray]]:
    """Build ranx's own objects and ask; its ids sort as ours, its ties do not."""
    from ranx import Qrels, Run, evaluate

    def build() -> tuple[Any, Any]:
        run = dicts(ranked.topics, ranked.items, ranked.scores)
        return Run(run), Qrels(dicts(judged.topics, judged.items, judged.grades))

    building, (run, qrels) = cpu(build)
    measuring, found = cpu(lambda: evaluate(qrels, run, list(RANX), return_mean=False))
    return {"prepare": building, "measure": measuring}, [found[each] for each in RANX]


def main() -> None:
    """Time every tool in turns; print a table, and the whole as JSON in the last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", required=True, type=date.fromisoformat)
    parser.add_argument("--listeners", type=int, default=100_000)
    given = parser.parse_args()
    machine, rng = facts(given.on), np.random.default_rng(7)
    ranked, judged = world(given.listeners, rng)
    order = rng.permutation(len(ranked.topics))
    shuffled = Ranked(ranked.topics[order], ranked.items[order], ranked.scores[order])
    tools: dict[str, Callable[[], Any]] = {
        "ours, listeners together": lambda: of_ours(ranked, judged),
        "ours, rows in no order": lambda: of_ours(shuffled, judged),
        "pytrec_eval": lambda: of_pytrec_eval(ranked, judged),
    } | with_ranx(ranked, judged)
    of_ours(*world(100, rng))  # compiled
    best: dict[str, dict[str, float]] = {}
    first: list[np.ndarray] = []
    for _ in range(ROUNDS):
        for tool, job in tools.items():
            took, values = job()
            first = first or values
            apart = max(float(np.abs(a - b).max()) for a, b in zip(first, values, strict=True))
            found = best.setdefault(tool, {**took, "apart": apart})
            best[tool] = {key: min(found[key], value) for key, value in took.items()} | {
                "apart": max(found["apart"], apart)
            }
    print(f"{', '.join(ASKED)} of {given.listeners:,} × {N_PLACES} on {sentence(machine)}")
    for tool, found in best.items():
        told = f"prepare {found['prepare']:.2f}, measure {found['measure']:.2f} CPU s"
        print(f"  {tool:26} {told}, largest difference {found['apart']:.1e}")
    total = max(
        sum(best[tool][part] for part in ("prepare", "measure")) for tool in tools if "ours" in tool
    )
    print(
        f"bar {BAR_S} CPU s, aim {AIM_S}: ours {total:.2f}: {'holds' if total <= BAR_S else 'MISSED'}"
    )
    print(json.dumps({"measures": best, "machine": machine}, ensure_ascii=False))


def with_ranx(ranked: Ranked, judged: Judged) -> dict[str, Callable[[], Any]]:
    """Return ranx where it is installed; it is in no group of ours."""
    try:
        import ranx  # noqa: F401
    except ImportError:
        print("ranx is not installed and is left out")
        return {}
    return {"ranx": lambda: of_ranx(ranked, judged)}


if __name__ == "__main__":
    main()
