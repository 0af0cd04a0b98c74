"""A tiny world of slates drawn by our own policies, and the truth about it: every slate gone through."""

from itertools import permutations

import numpy as np

from ritornello.evaluate.logs import Log, Shortlist
from ritornello.policies.names import parse

WEIGHTS = parse("plackett_luce").weigh(
    [3.0, 2.0, 1.0, 0.0]
)  # weighing their logs again gives them back
ITEMS = ("track-a", "track-b", "track-c", "track-d")
GOOD = np.array([0.1, 0.3, 0.5, 0.8])
N_PLACES = 3


def chances(rows):
    """What each slot of a slate is liked with: less where something better stands above it."""
    above = np.concatenate([[0.0], np.maximum.accumulate(GOOD[list(rows)])[:-1]])
    return GOOD[list(rows)] * (1 - 0.6 * above)


def probability(policy, weights, rows):
    return policy.probabilities(weights, list(rows))


def truth(policy_text, weights=WEIGHTS):
    """The expected reward of a slate of a policy."""
    policy = parse(policy_text)
    return sum(
        np.prod(probability(policy, weights, rows)) * chances(rows).sum()
        for rows in permutations(range(len(weights)), N_PLACES)
    )


def marginal(policy_text, weights=WEIGHTS):
    """How likely each item stands at each place, (n_places, n_items)."""
    policy, found = parse(policy_text), np.zeros((N_PLACES, len(weights)))
    for rows in permutations(range(len(weights)), N_PLACES):
        found[np.arange(N_PLACES), rows] += np.prod(probability(policy, weights, rows))
    return found


def log_of(n, policy_text, rng, *, n_listeners=None, seen=1.0):
    """A log of ``n`` slates; after each slot a listener goes on looking with probability ``seen``."""
    policy, rows, p, reward, kept, shortlists = parse(policy_text), [], [], [], [], []
    for _ in range(n):
        choice = policy.choose(WEIGHTS, N_PLACES, rng)
        rows.append(choice.rows)
        p.append(choice.propensities)
        reward.append(rng.random(N_PLACES) < chances(choice.rows))
        kept.append(np.cumprod(rng.random(N_PLACES) < seen).astype(bool))
        shortlists.append(
            Shortlist(np.arange(4), WEIGHTS, choice.rows, policy=policy_text, shelf="new")
        )
    place, number = np.tile(np.arange(N_PLACES), n), np.repeat(np.arange(n), N_PLACES)
    looked = np.concatenate(kept)
    listener = number % (n_listeners or n)
    columns = {
        "shortlist": number,
        "row": np.concatenate(rows),
        "place": place,
        "position": place,
        "propensity": np.concatenate(p),
        "reward": np.concatenate(reward).astype(np.float64),
        "decision": number,
        "listener": listener,
        "context": np.ones((len(place), 1)),
    }
    columns = {name: values[looked] for name, values in columns.items()}
    columns["listener"] = np.unique(columns["listener"], return_inverse=True)[1]
    return Log(name="tiny", actions=ITEMS, shortlists=tuple(shortlists), **columns)
