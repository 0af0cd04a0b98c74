"""On which logs the thresholds of ``evaluate.slate_support`` were fixed: random worlds of slates, none of them reported elsewhere.

A world has 6 to 20 items in 1 to 8 contexts, slates of 2 to 12 places, 500 to 20,000 of them, items liked with probabilities from
a Beta, and listeners of one of four kinds: each place by itself; fading with the place; done after the first liked one; pleased
with all that follows it. Logging policy and target are each epsilon-greedy in some order or a Plackett–Luce draw. Printed is,
by the share of the target's slots that the log can speak about, how far dynamic RIPS was from the truth (the mean
reward of 20,000 served slates).

    python benchmarks/slate_worlds.py --on 2026-11-21
"""

import argparse
import os
from datetime import date
from functools import partial
from itertools import pairwise

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from machine import facts, sentence
from ritornello.evaluate.slate_support import examine
from ritornello.kinds.errors import BadValue
from ritornello.measures.slates import Slates, dynamic_rips
from ritornello.worlds.slates import Drawing, by_weight, drawn, epsilon_greedy, propensities

N_SERVED = 20_000
FIRST_SEED = 1_000
EDGES = (0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def policy(n_items: int, rng: np.random.Generator) -> Drawing:
    """Return one of the policies of a world."""
    if rng.random() < 0.5:
        orders = (np.arange(n_items), np.arange(n_items)[::-1], rng.permutation(n_items))
        epsilon = float(rng.choice([0.02, 0.05, 0.1, 0.2, 0.4, 1.0]))
        return partial(epsilon_greedy, orders[rng.integers(3)], epsilon)
    lean = float(rng.choice([-4, -2, 0, 2, 4])) * np.arange(n_items) / n_items
    noise = float(rng.choice([0.3, 1, 2])) * rng.normal(size=n_items)
    return partial(by_weight, np.exp(lean + noise))


def earned(items: np.ndarray, p: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return what each slot earns before listeners of a kind, in contexts drawn evenly."""
    chance = p[rng.integers(len(p), size=(len(items), 1)), items]
    if kind == "fading":
        chance = chance * 0.8 ** np.arange(items.shape[1])
    liked = rng.random(items.shape) < chance
    if kind == "pleased":
        liked = np.maximum.accumulate(liked, axis=1)
    if kind == "done":
        liked &= np.cumsum(liked, axis=1) == 1
    return liked.astype(np.float64)


def world(seed: int) -> tuple[float, float] | None:
    """Return the share spoken about and the relative error of dynamic RIPS; none where nothing is earned or weighed."""
    rng = np.random.default_rng(seed)
    n_items, n = int(rng.integers(6, 21)), int(np.exp(rng.uniform(np.log(500), np.log(20_000))))
    n_places = int(rng.integers(2, min(n_items, 12) + 1))
    shape = (int(rng.integers(1, 9)), n_items)
    p = np.sort(rng.beta(rng.choice([0.3, 0.5, 1, 2]), rng.choice([1, 2, 4]), size=shape), axis=1)
    kind = str(rng.choice(["alone", "fading", "done", "pleased"]))
    logging, target = policy(n_items, rng), policy(n_items, rng)
    items, logged = drawn(logging, n, n_items, n_places, rng)
    slates = Slates.of(earned(items, p, kind, rng), logged, propensities(target, items, n_items))
    served = drawn(target, N_SERVED, n_items, n_places, rng)[0]
    truth = float(earned(served, p, kind, rng).sum(axis=1).mean())
    try:
        value = dynamic_rips(slates)[0].value
    except BadValue:
        return None
    share = examine(np.cumsum(slates.log_ratio, axis=1), slates.there).share
    return (share, abs(value / truth - 1)) if truth > 0.01 else None


def main() -> None:
    """Draw worlds and print errors by share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--worlds", type=int, default=2_500)
    args = parser.parse_args()
    print(sentence(facts(args.on)))
    found = [each for seed in range(FIRST_SEED, FIRST_SEED + args.worlds) if (each := world(seed))]
    share, error = np.array(found).T
    print(
        "share spoken about: worlds, median error, off by a quarter, off by half of the truth or more"
    )
    for low, high in pairwise(EDGES):
        of = error[(share >= low) & (share < high)]
        if of.size:
            line = f"{np.median(of):7.1%} {(of >= 0.25).mean():7.1%} {(of >= 0.5).mean():7.1%}"
            print(f"  {low:4.0%} to {min(high, 1):4.0%} {len(of):5d} {line}")


if __name__ == "__main__":
    main()
