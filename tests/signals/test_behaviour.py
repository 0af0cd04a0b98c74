"""Decisions as numbers, counted by hand; norms between a listener's own and everybody's."""

import numpy as np
import pytest

from ritornello.signals.behaviour import FEATURES, LONGEST_WAIT_S, NEEDS, Norms, behaviour, norms_of
from ritornello.signals.success import COLUMNS, Outcomes

NAMES = list(FEATURES)


def outcomes(rows):
    """Return outcomes of rows in which only what matters is said."""
    usual = {"listener_id": "ada", "device": "mobile", "played": 0, "seen": 0}
    columns = {
        name: np.array([{**usual, **row}.get(name) for row in rows], dtype=object)
        if COLUMNS[name] == "text"
        else np.array([{**usual, **row}.get(name, np.nan) for row in rows], dtype=float)
        for name in NEEDS
    }
    return Outcomes.of(columns)


PLAY = {
    "played": 1,
    "seen": 1,
    "reading": "play",
    "ms_played": 180_000,
    "fraction_played": 1.0,
    "n_plays": 1,
}
SKIP = {
    "played": 1,
    "seen": 1,
    "reading": "skip",
    "ms_played": 6_000,
    "fraction_played": 0.03,
    "n_plays": 0,
}


def test_a_decision_is_summed_up():
    found = behaviour(outcomes([
        {"decision_id": "b", **PLAY, "n_plays": 3, "saved": 1, "seconds_to_play": 40, "next_in_visit": "same_list"},
        {"decision_id": "b", **SKIP, "seconds_to_play": 20, "next_in_visit": "other_content"},
        {"decision_id": "a", "seen": 1},
        {"decision_id": "a", "seen": 1},
        {"decision_id": "a", "seen": np.nan},
        {"decision_id": "c"},
    ]))  # fmt: skip
    nobody = Norms(np.array([], dtype=str), np.zeros((1, 2)), np.ones((1, 2)))
    a, b, c = (dict(zip(NAMES, row, strict=True)) for row in found.features(nobody))
    assert found.known.tolist() == [True, True, False]
    assert b["skipping"] == 0.5
    assert b["minutes"] == pytest.approx(np.log1p(186 / 60))
    assert (b["kept"], b["peak"], b["scrolling"], b["leaving"]) == (1, 3, 0, 1)
    assert b["waiting"] == pytest.approx(np.log1p(20))
    assert (a["scrolling"], a["skipping"], a["minutes"]) == (2, 0, 0)
    assert a["waiting"] == c["waiting"] == pytest.approx(np.log1p(LONGEST_WAIT_S))


def test_what_is_unknown_counts_as_not_done():
    found = behaviour(outcomes([{"decision_id": "a", "played": 1, "seen": 1}]))
    everybody = norms_of(found)
    assert np.isfinite(found.features(everybody)).all()


def shrunk(n_visits, own=5.0, n_others=30):
    """Return the norm of minutes of a listener with some visits among thirty others with twenty each."""
    rng = np.random.default_rng(1)
    rows = [
        {"decision_id": f"{who}-{i}", "listener_id": f"l{who}", **PLAY, "ms_played": 60_000 * rng.uniform(8, 12)}
        for who in range(n_others)
        for i in range(20)
    ]  # fmt: skip
    rows += [
        {"decision_id": f"own-{i}", "listener_id": "own", **PLAY, "ms_played": 60_000 * own * rng.uniform(0.8, 1.2)}
        for i in range(n_visits)
    ]  # fmt: skip
    norms = norms_of(behaviour(outcomes(rows)))
    mean, deviation = norms.of(np.array(["own", "l3", "a stranger"]))
    return mean[:, 1], deviation[:, 1]


def test_a_norm_lies_between_the_listeners_own_and_everybodys():
    (few, _, stranger), _ = shrunk(1)
    (many, _, _), _ = shrunk(200)
    assert np.log1p(5) - 0.1 < many < few < stranger
    assert many == pytest.approx(np.log1p(5), abs=0.05)


def test_everybodys_spread_is_wider_than_ones_own():
    _, (_, one, stranger) = shrunk(200)
    assert stranger > one > 0


def test_norms_of_nothing_and_of_one_decision_are_finite():
    for rows in ([], [{"decision_id": "a", **PLAY}]):
        norms = norms_of(behaviour(outcomes(rows)))
        assert np.isfinite(norms.mean).all()
        assert (norms.deviation > 0).all()
