"""The table of McInerney et al. (KDD 2020): values of slates under three loggings, and which log is refused.

Ten tracks a slate, ten contexts, 5,000 logged slates, ten trials a draw, and the root of the mean squared error pooled over trials
and three targets, against the mean reward of 5,000 slates that the target does serve (``worlds.slates.Playlists``). The
probabilities of a draw were not seeded, so the published numbers are one draw: beside them stand medians and the middle
90 % of many.

Mind their labels: probabilities are sorted rising, so ``1-ideal`` shows the worst tracks first, and the row they print as
"opt" is logging by the policy of least value. Their IIPS weighs by the ratio at the place given those above, not by
marginals; so does the column here.

Whether a log is refused is asked of every pair (``evaluate.slate_support``) for estimators that weigh by what stands above. Logging by
``3-worst`` with target ``1-ideal`` is the failure of support they report (truth 3.9, estimates near 8). Its mirror image,
logging by ``1-ideal`` with target ``3-worst``, has weights of the very same distribution, so no rule that looks at weights
can refuse one and answer the other; that its estimates come out better is luck of the rewards (after one liked track all
are), which no log without support can know.

    python benchmarks/rips.py --on 2026-11-21
    python benchmarks/rips.py --on 2026-11-21 --draws 4
"""

import argparse
import json
import os
from collections.abc import Mapping
from datetime import date
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from machine import facts, sentence
from ritornello.evaluate.slate_support import examine, lacking
from ritornello.measures.slates import Slates, dynamic_rips, iips, rips, sips
from ritornello.worlds.slates import PLAYLIST_POLICIES, Playlists

N_LOGS, N_TRIALS = 5_000, 10
PUBLISHED = {
    "1-ideal": {"IIPS": 0.986, "SNIPS": 1.379, "DynamicRIPS": 0.663},
    "2-rand": {"IIPS": 1.317, "SNIPS": 1.751, "DynamicRIPS": 0.629},
    "3-worst": {"IIPS": 2.553, "SNIPS": 2.971, "DynamicRIPS": 2.229},
}
"""By the policy that logged; printed there as opt, rnd and antiopt."""
OURS_BEFORE = {
    "1-ideal": {"IIPS": 1.10, "SNIPS": 1.59, "DynamicRIPS": 0.50},
    "2-rand": {"IIPS": 1.32, "SNIPS": 1.52, "DynamicRIPS": 0.59},
    "3-worst": {"IIPS": 2.57, "SNIPS": 3.11, "DynamicRIPS": 1.98},
}
"""Medians of 12 draws by another implementation of the same description."""
UNSUPPORTED = ("3-worst", "1-ideal")
MIRRORED = ("1-ideal", "3-worst")


def values(slates: Slates) -> dict[str, float]:
    """Return every estimator's value, and whether the log is refused, as 0 or 1."""
    support = examine(np.cumsum(slates.log_ratio, axis=1), slates.there)
    return {
        "IIPS": iips(slates, slates.log_ratio, normalised=True).value,
        "SNIPS": sips(slates, normalised=True).value,
        "RIPS": rips(slates, normalised=True).value,
        "DynamicRIPS": dynamic_rips(slates)[0].value,
        "refused": float(lacking(support) is not None),
        "share_spoken": support.share,
    }


def trial(world: Playlists, logging: str, rng: np.random.Generator, n: int) -> dict[str, Any]:
    """Return, by target, the truth and what one log says."""
    logs = world.log(PLAYLIST_POLICIES[logging], PLAYLIST_POLICIES, n, rng)
    return {
        name: {"truth": world.served(target, n, rng), **values(logs[name])}
        for name, target in PLAYLIST_POLICIES.items()
    }


def draw(seed: int, n_trials: int = N_TRIALS, n: int = N_LOGS) -> dict[str, list[dict[str, Any]]]:
    """Return the trials of every logging in one world."""
    rng = np.random.default_rng(seed)
    world = Playlists.of(rng)
    return {
        logging: [trial(world, logging, rng, n) for _ in range(n_trials)]
        for logging in PLAYLIST_POLICIES
    }


def rmse(trials: list[dict[str, Any]], estimator: str) -> float:
    """Return the root of the mean squared error over trials and targets."""
    gaps = [each[estimator] - each["truth"] for one in trials for each in one.values()]
    return float(np.sqrt(np.mean(np.square(gaps))))


def table(draws: list[dict[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    """Print errors by logging beside what was published."""
    out: dict[str, Any] = {}
    for logging in PLAYLIST_POLICIES:
        print(f"\nlogged by {logging}")
        for estimator in ("IIPS", "SNIPS", "DynamicRIPS", "RIPS"):
            each = [rmse(one[logging], estimator) for one in draws]
            low, middle, high = np.quantile(each, [0.05, 0.5, 0.95]).tolist()
            known = PUBLISHED[logging].get(estimator)
            beside = f"published {known:.3f}, before {OURS_BEFORE[logging][estimator]:.2f}, {'within' if low <= known <= high else 'OUTSIDE'} the middle 90 %" if known else ""  # fmt: skip
            print(f"  {estimator:12s} {middle:.3f} [{low:.3f}, {high:.3f}]  {beside}")
            out[f"{logging}/{estimator}"] = [low, middle, high]
    return out


def refusals(draws: list[dict[str, list[dict[str, Any]]]]) -> Mapping[str, float]:
    """Print how often each pair is refused, and how far off dynamic RIPS would have been."""
    print(
        "\nlogged by, target: refused, share of the target's slots spoken about, truth, DynamicRIPS"
    )
    out = {}
    for logging in PLAYLIST_POLICIES:
        for target in PLAYLIST_POLICIES:
            each = [one[target] for world in draws for one in world[logging]]
            mean = {name: float(np.mean([one[name] for one in each])) for name in each[0]}
            pair = (logging, target)
            mark = {UNSUPPORTED: "  <- the failure", MIRRORED: "  <- its mirror image"}.get(pair, "")  # fmt: skip
            print(
                f"  {logging:8s} {target:8s} {mean['refused']:7.1%} {mean['share_spoken']:7.1%} "
                f"{mean['truth']:6.2f} {mean['DynamicRIPS']:6.2f}{mark}"
            )
            out[f"{logging}/{target}"] = mean["refused"]
    return out


def main() -> None:
    """Draw worlds and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=0)
    args = parser.parse_args()
    machine = facts(args.on)
    draws = [draw(seed) for seed in range(args.first_seed, args.first_seed + args.draws)]
    print(sentence(machine))
    print(
        f"{args.draws} draws of {N_TRIALS} trials, {N_LOGS:,} slates each: RMSE, median [5 %, 95 %]"
    )
    out = {"rmse": table(draws), "refused": refusals(draws)}
    print(json.dumps({"machine": machine, "draws": args.draws, **out}))


if __name__ == "__main__":
    main()
