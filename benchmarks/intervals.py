"""How often do intervals hold the truth? Logs of stated effective sample size, drawn over and over.

Every world is drawn ``--logs`` times (10,000 where not given); each log is asked by IPS, SNIPS and DR (a model out of fold,
which has no idea of tastes), and their asymptotic and bootstrap intervals at 95 %; by IPS and DR for empirical Bernstein, whose
range is stated: a target that follows tastes more sharply than the log, in the same direction, weighs no action by more
than their number. Said are the share of intervals that hold the truth, with Wilson's interval of that share, and how
often an estimator refused.

    python benchmarks/intervals.py --on DATE

With ``--fix`` it draws other logs instead, of 300 random worlds whose seeds no test and no figure uses, and says how often
asymptotic intervals hold the truth by effective sample size, whatever brought it there: what the threshold in
``evaluate.support`` was fixed by.
"""

import argparse
import json
from datetime import date
from typing import Any

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.evaluate.questions import Intervals
from ritornello.evaluate.synthetic import World
from ritornello.evaluate.trials import share, trials
from ritornello.evaluate.weighing import weigh
from ritornello.measures import bounds
from ritornello.measures import off_policy as op

SEED = 20261121
FIRST_SEED_TO_FIX_BY = 1_000
WORLDS = (World(), World(target=2.5), World(n_listeners=1000, n_rounds=1, target=3.0))
WEIGHTED, BOUNDED = ("IPS", "SNIPS", "DR"), ("IPS", "DR")
EDGES = (0, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000)


def covered(world: World, n_logs: int) -> list[dict[str, Any]]:
    """Return how often each interval of each estimator holds the truth."""
    stated = float(world.n_actions)
    asked = (
        (Intervals("asymptotic"), WEIGHTED),
        (Intervals("bootstrap"), WEIGHTED),
        (Intervals("bernstein", most_weight=stated), BOUNDED),
    )
    figures = []
    for number, (intervals, estimators) in enumerate(asked):
        rng = np.random.default_rng((SEED, number))
        for each in trials(world, n_logs, rng, estimators, intervals):
            figures.append({"interval": intervals.method, **msgspec.to_builtins(each)})  # noqa: PERF401
    return figures


def by_effective_n(n_worlds: int, n_logs: int) -> list[dict[str, Any]]:
    """Return coverage of asymptotic intervals by the effective sample size of the log, over random worlds."""
    found: dict[str, list[tuple[float, bool]]] = {"IPS": [], "SNIPS": []}
    for number in range(n_worlds):
        rng = np.random.default_rng((SEED, FIRST_SEED_TO_FIX_BY + number))
        world = World(
            n_actions=int(rng.choice([3, 10, 30])), n_listeners=int(rng.choice([100, 300, 1000])),
            n_rounds=int(rng.integers(1, 5)), logged=float(rng.uniform(-2, 2)), target=float(rng.uniform(0, 5)),
            base=float(rng.uniform(-3, 0)), seed=FIRST_SEED_TO_FIX_BY + number,
        )  # fmt: skip
        truth = world.true_value()
        for _ in range(n_logs):
            log, target = world.log(rng)
            w = weigh(log, target).w
            for name, estimator in (("IPS", op.ips), ("SNIPS", op.snips)):
                interval = bounds.asymptotic(estimator(w, log.reward), log.listener)
                held = interval.low <= truth <= interval.high
                found[name].append((op.effective_n(w), held))
    return [_binned(name, np.array(rows)) for name, rows in found.items()]


def _binned(name: str, rows: Any) -> dict[str, Any]:
    bins = []
    for low, high in zip(EDGES, (*EDGES[1:], np.inf), strict=True):
        held = rows[(rows[:, 0] >= low) & (rows[:, 0] < high), 1]
        if len(held):
            told = share(int(held.sum()), len(held))
            bins.append({"from": low, "n": len(held), "covers": [told.mean, told.low, told.high]})
    return {"estimator": name, "bins": bins}


def main() -> None:
    """Draw, ask and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--logs", type=int, default=10_000)
    parser.add_argument("--fix", action="store_true", help="how the threshold was fixed")
    options = parser.parse_args()
    machine = facts(options.on)
    if options.fix:
        figures = by_effective_n(300, 20)
        for each in figures:
            for row in each["bins"]:
                covers, low, high = row["covers"]
                print(f"{each['estimator']}, effective n from {row['from']}: {covers:.1%} [{low:.1%}, {high:.1%}] of {row['n']:,}")  # fmt: skip
    else:
        figures = []
        for world in WORLDS:
            for row in covered(world, options.logs):
                figures.append({"world": msgspec.to_builtins(world), **row})
                held = row["coverage"]
                print(
                    f"{row['interval']} of {row['estimator']}, effective n {row['n_effective']:,.0f} of "
                    f"{world.n_listeners * world.n_rounds:,}: {held['mean']:.2%} [{held['low']:.2%}, {held['high']:.2%}] of "
                    f"{row['n_answered']:,}, mean width {row['mean_width']:.4f}, refused {sum(row['refused'].values()):,}",
                    flush=True,
                )
    print(json.dumps({"benchmark": "coverage", "machine": machine, "figures": figures}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
