"""A small planted world as the tables read it: outcomes with true intents, answers, and the truth by decision."""

from functools import cache

import numpy as np

from ritornello.signals.intents import INTENTS, number
from ritornello.signals.success import COLUMNS, Outcomes
from ritornello.testing.in_memory import make
from ritornello.worlds import planted


@cache
def read(n_listeners=120, seed=3):
    """Return the world, its outcomes, the table returns, and whether each decision truly satisfied."""
    world = planted.plant(planted.Size(n_listeners=n_listeners), np.random.default_rng(seed))
    tables = make(world.relations, ["outcomes", "returns"])
    bare = Outcomes.of({n: v for n, v in tables["outcomes"].items() if n in COLUMNS})
    number_of, _ = bare.decisions()
    truth = world.truth
    order = np.argsort(truth.decision_id.astype(str))
    words = np.array([number(word) for word in planted.INTENTS])[truth.intent[order]]
    outcomes = Outcomes(bare.columns, np.eye(len(INTENTS))[words][number_of])
    return world, outcomes, tables["returns"], truth.satisfied[order].astype(float)
