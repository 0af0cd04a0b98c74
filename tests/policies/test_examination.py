"""What was looked at: enumeration of every depth, EM that never falls, planted truth."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.policies.examination import Examination, Slates, fit

MODEL = Examination(
    ("mobile", "tv"),
    np.array([[0.9, 0.5, 0.8], [0.6, 0.7, 0.3]]),
    np.array([0.2, 0.6]),
    np.array([0.05, 0.3, 0.6]),
)


def one(device, group, played, least=1, most=4):
    """One list as slates."""
    return Slates(
        np.array([device]), np.array([group]), np.array([played], bool),
        np.array([least]), np.array([most]),
    )  # fmt: skip


def by_hand(device, group, played, least=1, most=4):
    """P(looked at) by going through every depth."""
    length = sum(g >= 0 for g in group)
    looked, total = np.zeros(len(group)), 0.0
    for depth in range(1, length + 1):
        p = 1.0
        for k in range(length):
            rate = MODEL.p_play[group[k]]
            if k >= depth:
                p *= not played[k]
                continue
            p *= rate if played[k] else 1 - rate
            if k < length - 1:
                on = MODEL.after_play[device] if played[k] else MODEL.go_on[device, k]
                p *= on if k < depth - 1 else 1 - on
        possible = least <= depth <= max(most, least) or (
            depth > most and played[depth - 1] and not any(played[depth:])
        )
        p *= possible
        looked[:depth] += p
        total += p
    return looked / total


@given(
    st.integers(0, 1),
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=4),
)
def test_it_is_the_share_of_all_depths(device, slots):
    group = [g for g, _ in slots] + [-1] * (4 - len(slots))
    played = [p for _, p in slots] + [False] * (4 - len(slots))
    found = MODEL.looked_at(one(device, group, played))[0]
    np.testing.assert_allclose(found, by_hand(device, group, played), atol=1e-12)


@pytest.mark.parametrize(("least", "most"), [(1, 4), (2, 4), (3, 3), (1, 2)])
def test_what_is_reported_bounds_it(least, most):
    for played in itertools.product([False, True], repeat=2):
        plays = [*played, False, False]
        found = MODEL.looked_at(one(0, [0, 1, 2, 1], plays, least, most))[0]
        np.testing.assert_allclose(found, by_hand(0, [0, 1, 2, 1], plays, least, most), atol=1e-12)
        assert found[:least] == pytest.approx(1.0)
        assert not found[most:].any()


def test_a_play_beyond_what_was_reported_stands():
    found = MODEL.looked_at(one(0, [0, 1, 2, 1], [False, False, True, False], 1, 1))[0]
    np.testing.assert_allclose(found, [1, 1, 1, 0])


def test_passing_over_what_is_usually_played_says_it_was_not_looked_at():
    dull, liked = ([1, g, g, g] for g in (0, 2))
    nothing = [False] * 4
    looked = [MODEL.looked_at(one(0, group, nothing))[0] for group in (dull, liked)]
    assert (looked[1][1:] < looked[0][1:]).all()


def planted(rng, n=8000, p_known=0.0):
    """Lists of four before two devices, as MODEL has it."""
    device, group = rng.integers(2, size=n), rng.integers(3, size=(n, 4))
    looked = np.zeros((n, 4), bool)
    played = np.zeros((n, 4), bool)
    here = np.ones(n, bool)
    for k in range(4):
        looked[:, k] = here
        played[:, k] = here & (rng.random(n) < MODEL.p_play[group[:, k]])
        if k < 3:
            on = np.where(played[:, k], MODEL.after_play[device], MODEL.go_on[device, k])
            here = here & (rng.random(n) < on)
    known, depth = rng.random(n) < p_known, looked.sum(axis=1)
    least, most = np.where(known, depth, 1), np.where(known, depth, 4)
    return Slates(device, group, played, least, most), looked


@pytest.mark.parametrize("p_known", [0.0, 0.3])
def test_planted_examination_is_recovered(p_known):
    slates, looked = planted(np.random.default_rng(1), p_known=p_known)
    found = fit(slates, MODEL.devices, 3)
    assert found.devices == MODEL.devices
    np.testing.assert_allclose(found.p_play, MODEL.p_play, atol=0.03)
    np.testing.assert_allclose(found.go_on, MODEL.go_on, atol=0.09 if p_known == 0 else 0.05)
    np.testing.assert_allclose(found.after_play, MODEL.after_play, atol=0.05)
    p = found.looked_at(slates)
    for low, high in itertools.pairwise(np.linspace(0, 1, 6)):
        some = (p > low) & (p <= high)
        if some.sum() > 300:
            assert looked[some].mean() == pytest.approx(p[some].mean(), abs=0.05)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1))
def test_em_never_falls(seed, p_known):
    slates, _ = planted(np.random.default_rng(seed), 200, p_known)
    steps = np.array(fit(slates, MODEL.devices, 3).log_posterior)
    assert len(steps) > 1
    assert (np.diff(steps) >= -1e-9 * np.abs(steps[1:])).all()


def test_starting_where_it_ended_ends_there():
    slates, _ = planted(np.random.default_rng(2), 2000)
    found = fit(slates, MODEL.devices, 3)
    again = fit(slates, MODEL.devices, 3, found)
    assert len(again.log_posterior) <= 3
    np.testing.assert_allclose(again.go_on, found.go_on, atol=1e-3)


def test_a_device_without_lists_keeps_what_is_usual():
    slates, _ = planted(np.random.default_rng(3), 500)
    found = fit(slates, ("mobile", "tv", "car"), 4)
    np.testing.assert_allclose(found.go_on[2], 0.9)
    assert found.after_play[2] == pytest.approx(0.5)
    np.testing.assert_allclose(found.reach("car"), [1, 0.9, 0.81, 0.729])
    assert found.p_play[3] == pytest.approx(slates.played.mean(), rel=0.01)


def test_lists_of_one_place_teach_nothing_of_going_on():
    slates = Slates(*(np.zeros(3, int), np.zeros((3, 1), int), np.ones((3, 1), bool), np.ones(3, int), np.ones(3, int)))  # fmt: skip
    found = fit(slates, ["tv"], 1)
    assert found.reach("tv").tolist() == [1.0]
    assert found.looked_at(slates).tolist() == [[1.0]] * 3


def test_lists_of_two_hundred_do_not_underflow():
    rng = np.random.default_rng(4)
    group = np.zeros((5, 200), int)
    slates = Slates(np.zeros(5, int), group, rng.random((5, 200)) < 0.5, np.ones(5, int), np.full(5, 200))  # fmt: skip
    assert np.isfinite(fit(slates, ["tv"], 1).looked_at(slates)).all()


@pytest.mark.parametrize(
    ("group", "played", "least", "most", "message"),
    [
        ([-1, 0], [0, 0], 1, 2, "first place"),
        ([0, -1, 0], [0, 0, 0], 1, 3, "no gap"),
        ([0, -1], [0, 1], 1, 2, "nothing stood"),
        ([0, 0], [0, 0], 2, 1, "at most"),
        ([0, 0], [0, 0, 0], 1, 1, "do not fit"),
    ],
)
def test_impossible_lists_are_refused(group, played, least, most, message):
    with pytest.raises(BadValue, match=message):
        one(0, group, played, least, most)


def test_fitting_needs_lists_and_known_names():
    none = Slates(*(np.zeros(0, int), np.zeros((0, 2), int), np.zeros((0, 2), bool), np.zeros(0, int), np.zeros(0, int)))  # fmt: skip
    with pytest.raises(BadValue, match="without a list"):
        fit(none, ["tv"], 1)
    with pytest.raises(BadValue, match="more than"):
        fit(one(1, [0, 0], [0, 0]), ["tv"], 1)
    with pytest.raises(BadValue, match="more than"):
        fit(one(0, [0, 1], [0, 0]), ["tv"], 1)
