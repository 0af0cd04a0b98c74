"""Small logs of one shortlist, every column of which can be said."""

import numpy as np

from ritornello.evaluate.logs import Log, Shortlist, checked


def rounds(n=200, n_actions=4, *, seed=0, **columns):
    """A log drawn evenly, each listener with one round, action *a* rewarded with probability (a + 1) / (n_actions + 1)."""
    rng = np.random.default_rng(seed)
    row = np.asarray(columns.pop("row", rng.integers(n_actions, size=n)))
    likely = (row + 1) / (n_actions + 1)
    made = {
        "name": "rounds",
        "actions": tuple(f"a{k}" for k in range(n_actions)),
        "shortlists": (Shortlist(np.arange(n_actions)),),
        "shortlist": np.zeros(n, int),
        "row": row,
        "place": np.zeros(n, int),
        "position": np.zeros(n, int),
        "propensity": np.full(n, 1 / n_actions),
        "reward": (rng.random(n) < likely).astype(float),
        "decision": np.arange(n),
        "listener": np.arange(n),
        "context": np.empty((n, 0)),
    }
    arrays = {k: np.asarray(v) if isinstance(v, list) else v for k, v in columns.items()}
    return checked(Log(**(made | arrays)))
