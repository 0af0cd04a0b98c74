"""Cumulative regret in the carousel world: ours against the policies of Bendada, Salha and Bontempelli (RecSys 2020).

862 playlists, 12 cards of which 3 are in view at first, 100 segments; each round 20 000 listeners come, drawn with replacement
from 50 000, and policies learn of all their streams at once when the round is over. Regret: the streams that the best list of
each listener can expect, less those that the shown lists can expect (the paper counts drawn streams: the same mean, more noise).
Two worlds: in ``cascade`` who streams nothing saw every card, as in the paper; in ``fading`` 6 of 10 leave after the first 3, and
one in ten after each card beyond. Nobody is told what was seen. The peers and their repairs are in ``bandit_peers.py``.

Ours is put together of what is served: ``posteriors.Betas`` (the prior of a segment is what the others say of the arm), trials weighted
by ``examination`` as estimated from streams alone, and lists drawn by ``thompson`` from shares of places, from a shortlist of 200 by
mean + 2 sd, with exact propensities. Its budgets (1 where order is nothing, 0.3 where what stands first is seen most) were chosen on
seeds from 1000 on, which are not reported.

    python benchmarks/bandits.py --on 2026-11-21
    python benchmarks/bandits.py --on 2026-11-21 --seeds 2 --skip ts-lin-naive ts-lin-pessimistic

All of it takes hours; with ``--runs FILE`` every finished run is kept there, and one that is kept is not run again.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numba
import numpy as np
from scipy.stats import t as students_t

import bandit_peers as peers
from machine import facts, sentence
from ritornello.policies.examination import Examination, Slates, fit
from ritornello.policies.posteriors import Betas, Cells
from ritornello.policies.thompson import Thompson
from ritornello.worlds.carousels import CASCADE, FADING, Carousels, Size, make

N_ROUNDS, N_LISTENERS = 100, 20_000
N_SHORTLIST, N_DRAWS = 200, 100
POLICIES = {
    "cascade": Thompson(budget=1.0, floor=0.001, places=12),
    "fading": Thompson(budget=0.3, floor=0.001, places=12),
}
LOOKS_EVERY = 10
N_BINS, BIN_EDGES = 60, np.geomspace(1e-4, 1, 59)
WORLDS = {"cascade": CASCADE, "fading": FADING}


class Ours:
    """Hierarchical beliefs, estimated examination, weights from shares of places."""

    def __init__(self, segment: np.ndarray, n_arms: int, n_cards: int, policy: Thompson) -> None:
        self.segment, self.n_cards, self.policy = segment, n_cards, policy
        self.segments = [f"segment-{i:03}" for i in range(int(segment.max()) + 1)]
        self.arms = np.array([f"playlist-{i:03}" for i in range(n_arms)], dtype=object)
        self.n_success = np.zeros((len(self.segments), n_arms), np.int64)
        self.n_trial = np.zeros_like(self.n_success)
        self.looks: Examination | None = None
        self.n_rounds, self.spread = 0, None
        self.rate = np.empty(0)

    def choose(self, listeners: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return lists (m, n_cards), each listener's drawn from the weights of their segment."""
        cells = Cells.of_grid(self.segments, self.arms, self.n_success, self.n_trial)
        beliefs = Betas.of(cells, spread=self.spread if self.n_rounds % LOOKS_EVERY else None)
        self.spread = beliefs.spread
        ab = np.stack([beliefs.parameters(name, self.arms) for name in self.segments])
        total = ab.sum(axis=2)
        self.rate = ab[..., 0] / total
        hopeful = self.rate + 2 * np.sqrt(self.rate * (1 - self.rate) / (total + 1))
        shortlists = np.argsort(-hopeful, axis=1)[:, :N_SHORTLIST]
        weights = np.empty(shortlists.shape)
        for s, shortlist in enumerate(shortlists):
            draws = beliefs.draws(self.segments[s], self.arms[shortlist], N_DRAWS, rng)
            weights[s] = self.policy.weigh(draws)
        of = self.segment[listeners]
        rows = lists_of(weights, of, self.n_cards, self.policy.budget, rng)
        return np.take_along_axis(shortlists[of], rows, axis=1)

    def learn(self, listeners: np.ndarray, shown: np.ndarray, streamed: np.ndarray) -> None:
        """Count each card as so much of a trial as it was probably looked at."""
        cell = self.segment[listeners, None] * len(self.arms) + shown
        group = np.searchsorted(BIN_EDGES, self.rate.ravel()[cell])
        m, n_cards = shown.shape
        lists = Slates(
            np.zeros(m, np.int64), group, streamed, np.ones(m, np.int64), np.full(m, n_cards)
        )
        if self.looks is None or self.n_rounds % LOOKS_EVERY == 0:
            self.looks = fit(lists, ["any"], N_BINS, self.looks)
        n_trial = np.rint(1000 * self.looks.looked_at(lists)).astype(np.int64)
        np.add.at(self.n_trial.reshape(-1), cell, n_trial)
        np.add.at(self.n_success.reshape(-1), cell, 1000 * streamed)
        self.n_rounds += 1


@numba.njit(cache=True)
def lists_of(weights: np.ndarray, of: np.ndarray, k: int, budget: float, rng: Any) -> np.ndarray:
    """Return what ``Thompson(budget).choose(weights[s], k, rng)`` would for each s of ``of``: (m, k) rows."""
    rows = np.empty((len(of), k), np.int64)
    for i in range(len(of)):
        left = weights[of[i]].copy()
        for slot in range(k):
            best = left.argmax()
            others = left.sum() - left[best]
            p_other = min(budget, others / (others + left[best]))
            u, at = rng.random(), best
            if u < p_other:
                rest = u / p_other * others
                for row in range(len(left)):
                    if row != best and left[row] > 0:
                        at = row
                        rest -= left[row]
                        if rest <= 0:
                            break
            rows[i, slot] = at
            left[at] = 0.0
    return rows


def policies(world: Carousels, name: str) -> dict[str, Callable[[], Any]]:
    """Return how each policy of a world is made.

    The peers count of a list without a stream all cards in the cascade world and 3 in the fading one, as repair (a) says; the best of
    them also runs there as released, with all.
    """
    n_no_stream = 12 if name == "cascade" else 3
    n_arms, n_cards = world.p.shape[1], world.browsing.n_cards
    by_segment = (world.segment, n_arms, n_cards, n_no_stream)
    linear = (world.features, n_arms, n_cards, n_no_stream)
    found: dict[str, Callable[[], Any]] = {
        "random": lambda: peers.Random(*by_segment),
        "etc-seg-explore": lambda: peers.ExploreThenCommit(*by_segment, min_n=100),
        "etc-seg-exploit": lambda: peers.ExploreThenCommit(*by_segment, min_n=20),
        "epsilon-greedy-explore": lambda: peers.EpsilonGreedy(*by_segment, epsilon=0.1),
        "epsilon-greedy-exploit": lambda: peers.EpsilonGreedy(*by_segment, epsilon=0.01),
        "kl-ucb-seg": lambda: peers.KLUCB(*by_segment),
        "ts-seg-naive": lambda: peers.ThompsonBySegment(*by_segment, alpha=1, beta=1),
        "ts-seg-pessimistic": lambda: peers.ThompsonBySegment(*by_segment, alpha=1, beta=99),
        "ts-lin-naive": lambda: peers.LinearThompson(*linear, level=0.0),
        "ts-lin-pessimistic": lambda: peers.LinearThompson(*linear, level=-5.0),
        "ours": lambda: Ours(world.segment, n_arms, n_cards, POLICIES[name]),
    }
    if name == "fading":
        as_released = (world.segment, n_arms, n_cards, n_cards)
        found["ts-seg-pessimistic-released"] = lambda: peers.ThompsonBySegment(
            *as_released, alpha=1, beta=99
        )
    return found


def regret(world: Carousels, policy: Any, seed: int) -> np.ndarray:
    """Return the cumulative regret after each round; listeners of a round are the same for every policy."""
    lost = np.empty(N_ROUNDS)
    for i in range(N_ROUNDS):
        listeners = np.random.default_rng([seed, i]).integers(len(world.segment), size=N_LISTENERS)
        rng = np.random.default_rng([seed, i, 1])
        shown = policy.choose(listeners, rng)
        policy.learn(listeners, shown, world.respond(listeners, shown, rng)[0])
        lost[i] = world.best[listeners].sum() - world.expected(listeners, shown).sum()
    return np.cumsum(lost)


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Return mean and 95 % interval over seeds."""
    mean = float(values.mean())
    if len(values) < 2:
        return mean, float("nan"), float("nan")
    half = students_t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return mean, float(mean - half), float(mean + half)


def kept_runs(file: Path | None) -> dict[tuple[str, int, str], list[float]]:
    """Return the finished runs of a file: the cumulative regret of each round by world, seed and policy."""
    if file is None or not file.exists():
        return {}
    rows = (json.loads(line) for line in file.read_text().splitlines())
    return {(name, seed, policy): lost for name, seed, policy, lost in rows}


def run(world: Carousels, name: str, seed: int, policy: str, file: Path | None) -> np.ndarray:
    """Run one policy, say what it cost, and keep the run where asked."""
    began = time.process_time()
    lost = regret(world, policies(world, name)[policy](), seed)
    print(
        f"{name} {seed} {policy}: {lost[-1]:,.0f} ({time.process_time() - began:.0f} CPU s)",
        flush=True,
    )
    if file is not None:
        with file.open("a") as out:
            out.write(json.dumps([name, seed, policy, lost.round(3).tolist()]) + "\n")
    return lost


def summary(name: str, found: dict[str, list[np.ndarray]]) -> dict[str, Any]:
    """Print one world: regret at rounds 10, 30 and 100 and, paired over seeds, ours less each."""
    curves = {policy: np.array(runs) for policy, runs in found.items()}
    print(
        f"\n{name}: {len(next(iter(curves.values())))} seeds, thousands of streams lost by round 10, 30, 100"
    )
    out = {}
    for policy, each in sorted(curves.items(), key=lambda pair: pair[1][:, -1].mean()):
        at = [interval(each[:, r - 1] / 1000) for r in (10, 30, 100)]
        gap = interval((curves["ours"][:, -1] - each[:, -1]) / 1000) if "ours" in curves else None
        shown = "  ".join("{:7.1f}".format(*value) for value in at)
        line = f"  {policy:28s} {shown} [{at[2][1]:.1f}, {at[2][2]:.1f}]"
        if gap and policy != "ours":
            line += "   ours − it: {:+.1f} [{:+.1f}, {:+.1f}]".format(*gap)
        print(line)
        out[policy] = {"at_10_30_100": at, "ours_less_it": gap}
    return out


def main() -> None:
    """Run the worlds over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS), choices=list(WORLDS))
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    machine = facts(args.on)
    print(sentence(machine))
    results, kept = {}, kept_runs(args.runs)
    for name in args.worlds:
        found: dict[str, list[np.ndarray]] = {}
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            world = make(Size(), WORLDS[name], np.random.default_rng([seed, 0, 0]))
            for policy in policies(world, name):
                if policy in args.skip or (args.only and policy not in args.only):
                    continue
                lost = kept.get((name, seed, policy))
                if lost is None:
                    lost = run(world, name, seed, policy, args.runs)
                found.setdefault(policy, []).append(np.asarray(lost))
        results[name] = summary(name, found)
    if args.json:
        print(json.dumps({"machine": machine, **results}))


if __name__ == "__main__":
    main()
