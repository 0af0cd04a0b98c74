"""The order of shelves: by need before anything is learned, by beliefs after, with exact chances."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from ritornello.kinds.decisions import Candidate, Shelf
from ritornello.policies.contexts import Contexts
from ritornello.policies.names import parse
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells
from ritornello.surfaces.shelf_order import Asked, draw, prior_means

SERVES = {"again": "now", "yours": "familiar", "other": "new"}
SHELVES = [
    Shelf(name, name.title(), "greedy", (Candidate("track:a", "s", 1.0),)) for name in SERVES
]
NEEDS = np.array([0.2, 0.3, 0.5])
GREEDY = parse("thompson(budget=0,floor=0.01)")


def order(asked, policy=GREEDY, seed=1):
    return draw(SHELVES, list(SERVES.values()), asked, policy, np.random.default_rng(seed))


def names(drawn):
    return [shelf.name for shelf in drawn[1]]


def test_before_anything_is_learned_the_need_orders_the_shelves():
    assert names(order(Asked(NEEDS, "new/desk"))) == ["other", "yours", "again"]
    assert names(order(Asked(NEEDS[::-1], "now/road"))) == ["again", "yours", "other"]
    assert prior_means(["now", "familiar", "new"], NEEDS) == pytest.approx([0.06, 0.09, 0.15])


def test_what_was_learned_of_a_segment_outweighs_the_need_there_and_nearly_only_there():
    cells = Cells.of(
        [("new/desk", "again", 300_000, 1_000_000), ("new/desk", "other", 0, 1_000_000)]
    )
    beliefs = Betas.of(cells, spread=USUAL_SPREAD)
    assert names(order(Asked(NEEDS, "new/desk", beliefs)))[0] == "again"
    assert names(order(Asked(NEEDS, "new/desk", beliefs)))[-1] == "other"
    drawn, _ = order(Asked(NEEDS, "new/desk", beliefs))
    assert drawn.segment == "new/desk"


def test_by_context_what_the_road_taught_under_one_need_orders_it_under_another():
    cells = Cells.of(
        [
            ("now/road", "again", 0, 300_000),
            ("now/road", "yours", 90_000, 300_000),
            ("new/desk", "other", 60_000, 300_000),
        ]
    )
    asked = Asked(np.array([0.4, 0.3, 0.3]), "familiar/road", Contexts.of(cells))
    assert names(order(asked))[0] == "yours"
    assert names(order(asked))[-1] == "again"


def test_the_log_replays_and_says_what_was_explored():
    policy = parse("thompson(budget=0.2,floor=0.05)")
    drawn, shelves = order(Asked(NEEDS, "new/desk"), policy)
    rows = [drawn.names.index(shelf.name) for shelf in shelves]
    again = parse(drawn.policy).probabilities(drawn.weights, rows)
    assert again == pytest.approx(drawn.propensities, abs=1e-12)
    assert drawn.budget == 0.2
    assert 0 < drawn.explored <= 0.2
    assert sum(drawn.weights) == pytest.approx(1)


def test_orders_come_as_often_as_their_chances_say():
    """All draws of the order from one set of weights, against the products of their propensities."""
    policy = parse("thompson(budget=0.3,floor=0.05)")
    weights = np.array(order(Asked(NEEDS, "new/desk"), policy)[0].weights)
    rng = np.random.default_rng(3)
    every = list(permutations(range(3)))
    expected = [policy.probabilities(weights, list(rows)).prod() for rows in every]
    met = dict.fromkeys(every, 0)
    for _ in range(4000):
        met[tuple(policy.choose(weights, 3, rng).rows.tolist())] += 1
    assert sum(expected) == pytest.approx(1)
    assert chisquare(list(met.values()), np.array(expected) * 4000).pvalue > 1e-3
