"""How probable a decision was, told by its own record; and whether that happens as often.

Every stochastic policy, alone and with every objective, is asked three questions of made-up shortlists
with skewed scores, ties, 1 to 3 of 12 genres each, known and unknown artists:

replay       decisions of up to 30 slots from up to 200 candidates, and the order of their shelves, are written as JSON,
             read back, and recomputed from that record alone: how far is any propensity off at most?
sums         at a slot of each of some of them: how far from 1 do the probabilities of all candidates left add up?
calibration  slates of three from six are drawn over and over. At each slot, given what stood before, counts are held
             against the logged propensities by Pearson's χ² (cells expected less than five times together, prefixes
             added up). One p-value a shortlist and slot where there is a choice: they should be spread evenly over
             (0, 1), of which Kolmogorov and Smirnov's test gives a p-value in turn; where a policy lies, they pile
             up at 0.

Then it tells how long a choice takes: 30 of 200 and 12 of 100, medians.

    python benchmarks/replay.py --on DATE
"""

import argparse
import json
import statistics
import time
from collections import Counter
from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from scipy.stats import chi2, kstest

from machine import facts, sentence
from ritornello.kinds.decisions import Candidate, Decision, Shelf, ShelfOrder, Slot
from ritornello.policies import objectives
from ritornello.policies.choice import Choice, FloatArray, Policy, Tilt
from ritornello.policies.names import parse
from ritornello.policies.replay import order_probability, probability
from ritornello.policies.traits import ARTIST, BOOST, ENERGY, GENRE, NEW, Traits
from ritornello.testing.policies import deviation

SEED = 20261121
N_GENRES = 12
N_BELIEFS = 256
POLICIES = ("plackett_luce", "thompson")
OBJECTIVES = (
    "",
    "calibrated(strength=1)",
    "balanced(discovery=1,artists=0.5,boost=1)",
    "sequenced(arc=wave)",
    "calibrated(strength=0.5)+balanced(discovery=0.5,artists=0.3,boost=1)+sequenced(arc=rise)",
)


def traits_of(rng: np.random.Generator, n: int) -> Traits:
    """Make up the traits of n candidates and a listener's target."""
    shares = rng.dirichlet(np.full(3, 0.5), n)
    genres = np.zeros((n, N_GENRES))
    for place in range(3):
        np.add.at(genres, (np.arange(n), rng.integers(0, N_GENRES, n)), shares[:, place])
    columns = (
        rng.integers(0, 2, n),
        rng.integers(-1, max(n // 3, 1), n),
        rng.choice([0, 0, 0, 1, 2.5], n),
        rng.beta(2, 2, n),
    )
    names = (*(f"{GENRE}{place}" for place in range(N_GENRES)), NEW, ARTIST, BOOST, ENERGY)
    target = (*rng.dirichlet(np.full(N_GENRES, 0.4)).tolist(), 0.0, 0.0, 0.0, 0.0)
    return Traits.of(names, np.column_stack([genres, *columns]), target)


def policy_of(rng: np.random.Generator, name: str) -> Policy:
    """Return the policy with parameters as a recipe might have them."""
    budget = rng.choice([0.02, 0.1, 0.3, 1.0])
    if name == "thompson":
        return parse(
            f"thompson(budget={budget},floor={rng.choice([0.01, 0.1])},places={rng.integers(1, 31)})"
        )
    floor, temperature = rng.choice([0.0, 0.05]), rng.choice([0.3, 1.0, 2.0])
    return parse(f"plackett_luce(budget={budget},temperature={temperature},floor={floor})")


def weights_of(rng: np.random.Generator, policy: Policy, n: int) -> FloatArray:
    """Weigh skewed scores with ties, or for Thompson draws of a belief in them."""
    scores = np.round(rng.gamma(2.0, size=n), 1)
    if str(policy).startswith("thompson"):
        return policy.weigh(scores + rng.normal(size=(N_BELIEFS, n)))
    return policy.weigh(scores)


def tilt_of(objective: str, traits: Traits) -> Tilt | None:
    """Return the tilt of an objective, if there is one."""
    return objectives.parse(objective).tilt(traits) if objective else None


def decided(rng: np.random.Generator, name: str, objective: str) -> Decision:
    """Make one decision of one shelf drawn from up to 200 candidates, among five shelves."""
    n = int(rng.integers(1, 201))
    policy, traits = policy_of(rng, name), traits_of(rng, n)
    weights = weights_of(rng, policy, n)
    choice = policy.choose(weights, int(rng.integers(1, 31)), rng, tilt_of(objective, traits))
    rows = zip(weights.tolist(), traits.values.tolist(), strict=True)
    shortlist = tuple(
        Candidate(f"track:{row}", "made", weight, tuple(numbers) if objective else ())
        for row, (weight, numbers) in enumerate(rows)
    )
    shelf = Shelf(
        "first", "First", str(policy), shortlist, budget=policy.budget, explored=choice.explored
    )
    if objective:
        shelf = msgspec.structs.replace(
            shelf, objective=objective, traits=traits.names, target=traits.target
        )
    of_shelves = weights_of(rng, policy, 5)
    order = ShelfOrder(
        str(policy),
        ("first", *"abcd"),
        tuple(of_shelves.tolist()),
        tuple(policy.probabilities(of_shelves, [0]).tolist()),
    )
    return Decision(
        decision_id=UUID(int=int(rng.integers(2**60))), listener_id="listener-1", surface="home",
        made_at=datetime(2026, 11, 21, tzinfo=UTC), shelves=(shelf,), slots=slots_of(shelf, choice),
        shelf_order=order, rung="personal", policy_version="1", model_version="m", recipe_hash="h",
    )  # fmt: skip


def slots_of(shelf: Shelf, choice: Choice) -> tuple[Slot, ...]:
    """Write down what was chosen."""
    return tuple(
        Slot(shelf.name, place, shelf.shortlist[row].item_id, float(p), "made", 0.0)
        for place, (row, p) in enumerate(zip(choice.rows, choice.propensities, strict=True))
    )


def replayed(name: str, objective: str, n_decisions: int, n_sums: int) -> dict[str, Any]:
    """Replay decisions from their own JSON; add up the probabilities at a slot of some."""
    rng = np.random.default_rng(SEED)
    worst = worst_order = worst_sum = 0.0
    n_slots = 0
    for n in range(n_decisions):
        text = msgspec.json.encode(decided(rng, name, objective))
        decision = msgspec.json.decode(text, type=Decision)
        logged = np.array([slot.propensity for slot in decision.slots])
        worst = max(worst, float(np.abs(probability(decision) - logged).max()))
        order = np.abs(order_probability(decision) - decision.shelf_order.propensities)
        worst_order = max(worst_order, float(order.max()))
        n_slots += len(logged)
        if n < n_sums:
            worst_sum = max(
                worst_sum, off_one(decision.shelves[0], int(rng.integers(len(logged))), decision)
            )
    return {
        "n_decisions": n_decisions,
        "n_slots": n_slots,
        "largest_difference": worst,
        "largest_difference_of_orders": worst_order,
        "n_sums": min(n_sums, n_decisions),
        "largest_difference_of_a_sum_from_1": worst_sum,
    }


def off_one(shelf: Shelf, slot: int, decision: Decision) -> float:
    """Return how far from 1 the probabilities of all candidates left at a slot add up."""
    before = [int(each.item_id.removeprefix("track:")) for each in decision.slots[:slot]]
    weights = [candidate.weight for candidate in shelf.shortlist]
    policy = parse(shelf.policy)
    tilt = tilt_of(shelf.objective, Traits.logged(shelf)) if shelf.objective else None
    left = set(range(len(weights))) - set(before)
    return abs(1 - sum(policy.probabilities(weights, [*before, row], tilt)[-1] for row in left))


def calibrated(name: str, objective: str, n_shortlists: int, n_draws: int) -> dict[str, Any]:
    """Draw slates of three from six over and over; return the p-values of χ² by slot."""
    rng = np.random.default_rng(SEED)
    chances: list[list[float]] = [[], [], []]
    for _ in range(n_shortlists):
        policy, tilt = policy_of(rng, name), tilt_of(objective, traits_of(rng, 6))
        weights = weights_of(rng, policy, 6)
        drawn = Counter(
            tuple(policy.choose(weights, 3, rng, tilt).rows.tolist()) for _ in range(n_draws)
        )
        for slot in range(3):
            off, n_free = deviation_at(slot, drawn, policy, weights, tilt)
            if n_free:
                chances[slot].append(float(chi2.sf(off, n_free)))
    every = np.concatenate(chances)
    return {
        "n_draws": n_shortlists * n_draws,
        "n_p_values": every.size,
        "smallest_p": float(every.min()),
        "share_below_0.05": float((every < 0.05).mean()),
        "p_of_even_spread": float(kstest(every, "uniform").pvalue),
        "p_of_even_spread_by_slot": [float(kstest(each, "uniform").pvalue) for each in chances],
    }


def deviation_at(
    slot: int,
    drawn: Counter[tuple[int, ...]],
    policy: Policy,
    weights: FloatArray,
    tilt: Tilt | None,
) -> tuple[float, int]:
    """Return χ² of the counts at a slot given what stood before, and its freedom; a sum over all prefixes."""
    off, n_free = 0.0, 0
    counts: dict[tuple[int, ...], Counter[int]] = {}
    for slate, n in drawn.items():
        counts.setdefault(slate[:slot], Counter())[slate[slot]] += n
    for before, found in counts.items():
        left = [row for row in range(len(weights)) if row not in before]
        p = np.array([policy.probabilities(weights, [*before, row], tilt)[-1] for row in left])
        one_off, one_free = deviation([found[row] for row in left], p * found.total())
        off, n_free = off + one_off, n_free + one_free
    return off, n_free


def timed(name: str, objective: str, n_slots: int, n: int, n_runs: int = 200) -> float:
    """Return the median time of one choice in ms, its tilt made anew each time."""
    rng = np.random.default_rng(SEED)
    policy, traits = parse(name), traits_of(rng, n)
    weights = weights_of(rng, policy, n)
    took = []
    for _ in range(n_runs):
        began = time.perf_counter()
        policy.choose(weights, n_slots, rng, tilt_of(objective, traits))
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def main() -> None:
    """Ask all questions of every policy and objective, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--sums", type=int, default=200)
    parser.add_argument("--shortlists", type=int, default=20)
    parser.add_argument("--draws", type=int, default=10_000, help="of each shortlist")
    options = parser.parse_args()
    machine = facts(options.on)
    figures = []
    for name, objective in product(POLICIES, OBJECTIVES):
        found = {
            "policy": name,
            "objective": objective,
            **replayed(name, objective, options.decisions, options.sums),
            **calibrated(name, objective, options.shortlists, options.draws),
            "choose_30_of_200_p50_ms": round(timed(name, objective, 30, 200), 3),
            "choose_12_of_100_p50_ms": round(timed(name, objective, 12, 100), 3),
        }
        figures.append(found)
        print(
            f"{name} {objective or 'alone'}: {found['n_decisions']:,} decisions replay to "
            f"{found['largest_difference']:.1e}, orders to {found['largest_difference_of_orders']:.1e}, sums to "
            f"{found['largest_difference_of_a_sum_from_1']:.1e}; {found['n_draws']:,} draws: smallest of "
            f"{found['n_p_values']} p-values {found['smallest_p']:.3g}, even spread p = {found['p_of_even_spread']:.2g}; "
            f"30 of 200 in {found['choose_30_of_200_p50_ms']} ms, 12 of 100 in {found['choose_12_of_100_p50_ms']} ms"
        )
    print(json.dumps({"benchmark": "replay", "machine": machine, "figures": figures}))
    print(sentence(machine))


if __name__ == "__main__":
    main()
