"""Rounds whose every estimate obp has told."""

import json

import numpy as np
import pytest

from ritornello.measures.off_policy import expected


@pytest.fixture(scope="session")
def synthetic_rounds(shared):
    """1,000 rounds of six actions as (weights, rewards, q, v, reference)."""
    folder = shared / "oracles/ope/synthetic"
    rows = np.genfromtxt(folder / "logged_bandit.csv", delimiter=",", skip_header=1)
    action, reward, propensity = rows[:, 0].astype(int), rows[:, 1], rows[:, 2]
    target, q = rows[:, 3:9], rows[:, 9:15]
    n = np.arange(len(rows))
    reference = json.loads((folder / "reference.json").read_text())
    w = target[n, action] / propensity
    return w, reward, q[n, action], expected(target, q), reference
