"""What estimating from a million rounds costs, beside the reward model.

A log of a million rounds and 20 actions, the target as probabilities of all actions, a model's expectation of all; timed is
everything after those are there: weights, what the model expects of the target, then value and standard error of IPS, SNIPS
and DR, and of each alone; then the same by listener. CPU seconds, the least of several runs.

obp 0.5.7 does not install on Python 3.11; forced, and measured on another day on this kind of machine, it took 0.042 s for IPS,
0.041 for SNIPS and 0.163 for DR, values alone, and 0.54 for an interval by 100 resamples.

    python benchmarks/off_policy.py --on DATE
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np

from machine import facts, sentence
from ritornello.measures import bounds
from ritornello.measures import off_policy as op

N_ROUNDS, N_ACTIONS, N_LISTENERS = 1_000_000, 20, 50_000
SEED = 20261121
OBP = {"IPS": 0.042, "SNIPS": 0.041, "DR": 0.163}


def made(n: int, rng: np.random.Generator) -> dict[str, Any]:
    """Draw a log, a target and a model."""
    target = rng.random((n, N_ACTIONS))
    target /= target.sum(axis=1, keepdims=True)
    return {
        "target": target,
        "q": rng.random((n, N_ACTIONS)),
        "action": rng.integers(N_ACTIONS, size=n),
        "propensity": np.full(n, 1 / N_ACTIONS),
        "reward": (rng.random(n) < 0.3).astype(float),
        "listener": rng.integers(N_LISTENERS, size=n),
    }


def weights(log: dict[str, Any]) -> Any:
    """Return w of every round."""
    return log["target"][np.arange(len(log["action"])), log["action"]] / log["propensity"]


def ips(log: dict[str, Any]) -> tuple[float, float]:
    """Value and standard error of IPS."""
    found = op.ips(weights(log), log["reward"])
    return found.value, found.standard_error


def snips(log: dict[str, Any]) -> tuple[float, float]:
    """Value and standard error of SNIPS."""
    found = op.snips(weights(log), log["reward"])
    return found.value, found.standard_error


def dr(log: dict[str, Any]) -> tuple[float, float]:
    """Value and standard error of DR."""
    q = log["q"][np.arange(len(log["action"])), log["action"]]
    found = op.dr(weights(log), log["reward"], q, op.expected(log["target"], log["q"]))
    return found.value, found.standard_error


def all_three(log: dict[str, Any]) -> list[tuple[float, float]]:
    """Return what is promised: the three with their standard errors, weights made once."""
    at = (np.arange(len(log["action"])), log["action"])
    w, r = log["target"][at] / log["propensity"], log["reward"]
    v = op.expected(log["target"], log["q"])
    found = (op.ips(w, r), op.snips(w, r), op.dr(w, r, log["q"][at], v))
    return [(each.value, each.standard_error) for each in found]


def by_listener(log: dict[str, Any]) -> float:
    """Return the standard error of SNIPS with rounds tied by listener."""
    return bounds.standard_error(op.snips(weights(log), log["reward"]), log["listener"])


def least(job: Callable[[dict[str, Any]], Any], log: dict[str, Any], n_runs: int) -> float:
    """Return the least CPU seconds of several runs."""
    took = []
    for _ in range(n_runs):
        began = time.process_time()
        job(log)
        took.append(time.process_time() - began)
    return min(took)


def main() -> None:
    """Time every job and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, default=N_ROUNDS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    machine = facts(options.on)
    log = made(options.rounds, np.random.default_rng(SEED))
    jobs = {
        "IPS + SNIPS + DR": all_three, "IPS": ips, "SNIPS": snips, "DR": dr,
        "SNIPS, standard error by listener": by_listener,
    }  # fmt: skip
    figures = {name: round(least(job, log, options.runs), 4) for name, job in jobs.items()}
    for name, took in figures.items():
        peer = f"; obp, value alone, measured elsewhere: {OBP[name]}" if name in OBP else ""
        print(f"{name}, with standard error: {took:.3f} CPU s for {options.rounds:,} rounds{peer}")
    print(json.dumps({"benchmark": "off_policy", "machine": machine, "n_rounds": options.rounds, "cpu_s": figures}))  # fmt: skip
    print(sentence(machine))


if __name__ == "__main__":
    main()
