"""Tables made in memory are those of the files, and what is missing is empty."""

import numpy as np

from ritornello.testing.in_memory import make
from ritornello.worlds.planted import Size, plant


def test_a_planted_world_reads_as_it_was_planted():
    world = plant(Size(n_listeners=20, n_days=20), np.random.default_rng(1))
    found = make(world.relations, ["visits", "outcomes"])
    assert sorted(found["visits"]["visit_id"]) == sorted(world.truth.visit_id)
    outcomes = found["outcomes"]
    assert len(outcomes["decision_id"]) == len(world.relations["shown"]["decision_id"])
    n_replayed = (world.truth.signals[:, 3] == 1).sum()
    assert (outcomes["n_plays"] == 2).sum() == n_replayed
    assert {None} < set(outcomes["reading"])
    assert np.isnan(outcomes["ms_played"][~outcomes["played"]]).all()


def test_without_inputs_tables_are_empty():
    found = make({}, ["outcomes", "returns"])
    assert all(len(values) == 0 for table in found.values() for values in table.values())
