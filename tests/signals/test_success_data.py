"""Outcomes with their intents and labels, out of a home whose tables are built."""

import numpy as np
import pytest

from ritornello.cli.wiring import make_home
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.signals import declared, success_data
from ritornello.signals.intents import UNKNOWN, number
from ritornello.store import lake


@pytest.fixture(scope="module")
def read(built_once):
    with lake.open_lake(built_once) as duck:
        success_data.open_home(duck, built_once)
        outcomes = success_data.read_outcomes(duck, built_once)
        labels = {
            name: success_data.read_labels(duck, outcomes, name)
            for name in ("return@1d", "answer:satisfied")
        }
        n_slots = duck.execute("SELECT count(*) FROM outcomes").fetchone()[0]
    return outcomes, labels, n_slots


def test_every_slot_is_read(read):
    outcomes, _, n_slots = read
    assert len(outcomes) == n_slots > 0


def test_a_decision_is_for_what_its_surface_declares(read):
    outcomes, _, _ = read
    known = outcomes.column("surface") == "discover_weekly"
    assert known.any()
    at = outcomes.p_intent[:, number("discover")][known]
    assert at.mean() > 0.5
    assert np.allclose(outcomes.p_intent.sum(axis=1), 1)
    assert (outcomes.p_intent[:, number(UNKNOWN)] > 0).any()


def test_labels_stand_beside_their_decisions(read):
    outcomes, labels, _ = read
    n = len(outcomes.decisions()[1])
    assert all(len(each.y) == n for each in labels.values())
    assert np.isin(labels["return@1d"].y[~np.isnan(labels["return@1d"].y)], (0, 1)).all()
    assert (~np.isnan(labels["return@1d"].y)).any()


def test_what_was_read_can_be_scored(read):
    outcomes, _, _ = read
    scored = declared.defaults().score(outcomes)
    assert scored.known.any()
    assert np.isfinite(scored.success).all()


def test_another_outcome_is_refused_by_name(read, built_once):
    outcomes, _, _ = read
    with (
        lake.open_lake(built_once) as duck,
        pytest.raises(BadValue, match="no outcome 'return@0d'"),
    ):
        success_data.read_labels(duck, outcomes, "return@0d")


def test_a_home_without_outcomes_says_what_to_do(tmp_path):
    home = make_home(tmp_path / "home")
    with lake.open_lake(home) as duck:
        success_data.open_home(duck, home)
        with pytest.raises(NotFound, match="signals build"):
            success_data.read_outcomes(duck, home)
